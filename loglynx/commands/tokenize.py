"""``loglynx tokenize``: a line as the model reads it."""

from __future__ import annotations

from typing import Annotated

import typer

from loglynx.choosing import tokens_of
from loglynx.options import AsJson, Key, MaybeUrl
from loglynx.terminal import print_json, results, safe


def tokenize(
    log: Annotated[str, typer.Argument(metavar="LOG", help="The line.")],
    url: MaybeUrl = None,
    key: Key = None,
    as_json: AsJson = False,
) -> int:
    """Print the tokens of a log line, one per line.

    \b
    loglynx tokenize "Failed password for root from 10.0.0.1"
    loglynx tokenize "用户 42 登录失败" --json
    """
    tokens = tokens_of(log, url, key)
    console = results()
    if as_json:
        print_json({"tokens": tokens}, indent=None)
    else:
        for token in tokens:
            console.print(safe(token))
    return 0
