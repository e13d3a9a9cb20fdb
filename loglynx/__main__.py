"""``python -m loglynx`` is ``loglynx``."""

from loglynx.cli import main

main()
