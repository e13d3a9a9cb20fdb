"""``loglynx detect``: judge one line."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.text import Text

from loglynx.choosing import scorer_for
from loglynx.failures import EXIT_FOUND
from loglynx.language import Language, chosen_language, words
from loglynx.options import AsJson, Key, Lang, MaybeUrl, Threshold
from loglynx.scoring import DEFAULT_THRESHOLD, SequenceScore
from loglynx.terminal import print_json, results


def detect(
    log: Annotated[str, typer.Argument(metavar="LOG", help="The line.")],
    threshold: Threshold = None,
    url: MaybeUrl = None,
    key: Key = None,
    as_json: AsJson = False,
    lang: Lang = Language.AUTO,
) -> int:
    """Judge one log line. Exit 1 when it is an anomaly.

    A line on its own says little; `scan` and `push` see it among its neighbours.

    \b
    loglynx detect "2023-10-10 08:02:30 ERROR DFSClient: Failed to read block blk_42"
    loglynx detect "failed login" -t 0.9 --json
    """
    with scorer_for(url, key) as scorer:
        found = scorer.score([[log]])[0].against(threshold)
    shown = DEFAULT_THRESHOLD if threshold is None else threshold
    if as_json:
        print_json({"log_text": log, "threshold": shown} | found.to_json(), indent=None)
    else:
        results().print(verdict_line(found, shown, chosen_language(lang)))
    return EXIT_FOUND if found.is_anomaly else 0


def verdict_line(found: SequenceScore, threshold: float, language: str) -> Text:
    """``ANOMALY  score 0.97 (threshold 0.50)  new_template``."""
    say = words(language)
    word = Text(say("is_anomaly"), style="bold red") if found.is_anomaly else Text(say("is_normal"), style="green")
    reasons = f"  {', '.join(found.reasons)}" if found.reasons else ""
    score = say("score_and_threshold", score=f"{found.score:.4f}", threshold=f"{threshold:.2f}")
    return word.append(f"  {score}{reasons}", style="none")
