"""The top-level options of the source projects: ``--logs LINE... --window-type fixed|sliding`` and ``--log LINE``.

Typer knows no option with a variable number of values, so these calls are taken out before it sees them.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from loglynx.endings import exit_code_of
from loglynx.failures import EXIT_FOUND
from loglynx.language import Language, chosen_language
from loglynx.scoring import DEFAULT_THRESHOLD, WINDOW_SIZE, WindowType, windows_of
from loglynx.terminal import print_json, results

OPTIONS = ("--log", "--logs", "--window-type")


def is_compatibility_call(arguments: Sequence[str]) -> bool:
    """True when the command line begins with one of the options, and not with a command."""
    return bool(arguments) and arguments[0].split("=", 1)[0] in OPTIONS


def run_compatibility(arguments: Sequence[str]) -> int:
    """Answer such a call; the exit code."""
    parser = argparse.ArgumentParser("loglynx", allow_abbrev=False, add_help=False)
    lines = parser.add_mutually_exclusive_group(required=True)
    lines.add_argument("--log", metavar="LINE")
    lines.add_argument("--logs", metavar="LINE", nargs="+")
    parser.add_argument("--window-type", choices=[kind.value for kind in WindowType], default=WindowType.FIXED.value)
    parser.add_argument("--window-size", type=int, choices=range(1, 257), metavar="1-256", default=WINDOW_SIZE)
    parser.add_argument("-t", "--threshold", type=float)
    parser.add_argument("--url")
    parser.add_argument("--key")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--lang", type=Language, choices=list(Language), default=Language.AUTO)
    options = parser.parse_args(arguments)
    if options.log is not None:
        from loglynx.commands.detect import detect

        return exit_code_of(
            detect, options.log, options.threshold, options.url, options.key, options.json, options.lang
        )
    return exit_code_of(_score_windows, options)


def _score_windows(options: argparse.Namespace) -> int:
    """One verdict per window: a line each, or with ``--json`` one array."""
    from loglynx.choosing import scorer_for
    from loglynx.commands.detect import verdict_line

    windows = windows_of(options.logs, WindowType(options.window_type), options.window_size)
    with scorer_for(options.url, options.key) as scorer:
        scores = [score.against(options.threshold) for score in scorer.score([lines for _, lines in windows])]
    threshold = DEFAULT_THRESHOLD if options.threshold is None else options.threshold
    console = results()
    if options.json:
        records = [
            {"first": first, "last": first + len(lines) - 1} | score.to_json()
            for (first, lines), score in zip(windows, scores, strict=True)
        ]
        print_json(records)
    else:
        for (first, lines), score in zip(windows, scores, strict=True):
            line = verdict_line(score, threshold, chosen_language(options.lang))
            console.print(line.append(f"  [{first}-{first + len(lines) - 1}]", style="dim"))
    return EXIT_FOUND if any(score.is_anomaly for score in scores) else 0
