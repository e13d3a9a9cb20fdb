"""Options that several commands share, declared once."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from loglynx.language import Language
from loglynx.settings import DATA_DIR_VARIABLE, DEFAULT_DATA_DIR, DEFAULT_URL, KEY_VARIABLE, URL_VARIABLE


class ExplainBy(StrEnum):
    """What ``--explain`` takes."""

    EMBEDDED = "embedded"
    RULES = "rules"


Url = Annotated[str, typer.Option("--url", envvar=URL_VARIABLE, help="Server to talk to.")]
MaybeUrl = Annotated[
    str | None, typer.Option("--url", help="Ask this server; without it the shipped model runs in this process.")
]
Key = Annotated[str | None, typer.Option("--key", envvar=KEY_VARIABLE, help="API key.", show_default=False)]
Lang = Annotated[Language, typer.Option("--lang", help="Language of the output; auto: LOGLYNX_LANG, then locale.")]
Explain = Annotated[
    ExplainBy | None,
    typer.Option(
        "--explain",
        show_default=False,
        help="Who explains: the embedded models, or rules alone.  [default: embedded, where its models are]",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
DataDirOption = Annotated[
    Path, typer.Option("--data-dir", metavar="DIR", envvar=DATA_DIR_VARIABLE, help="Where the stack keeps its data.")
]
Threshold = Annotated[
    float | None,
    typer.Option("-t", "--threshold", metavar="0..1", min=0.0, max=1.0, help="A score from here on is an anomaly."),
]

DEFAULT_DATA_PATH = DEFAULT_DATA_DIR
DEFAULT_SERVER_URL = DEFAULT_URL
