"""Does a request carry code: a path to break out with, a script, SQL, a shell command, a template or a lookup?

In: a raw log line. Out: yes or no. Masking takes such values away, so templates cannot tell. Linear time.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_plus

from shared.core.lexicon import INJECTION
from shared.core.normalising import template_of
from shared.core.request_masks import ODD

_LONGEST_READ = 4000
_MAY = re.compile(r"[%<'\"`;|${]|\.\.|/etc/|://")
_CODE = re.compile(
    r"(?:\.\.[/\\]+){2,}"
    r"|/etc/(?:passwd|shadow)\b|\bboot\.ini\b|\bwin\.ini\b"
    r"|<\s?(?:script|svg|img|iframe|object|embed)\b|\bonerror\s?=|\bjavascript:[a-z]"
    r"|\bunion\s(?:all\s)?select\b|['\"]\s{0,3}(?:or|and)\s{0,3}['\"]?\d{1,9}\b[^=\n]{0,20}(?:=|\blike\b)"
    r"|\b(?:sleep|pg_sleep|benchmark|extractvalue|updatexml|load_file|xp_cmdshell)\s?\(|\bwaitfor\s+delay\b"
    r"|\binformation_schema\b|;\s?(?:drop|truncate)\s+table\b"
    r"|\(\)\s?\{[^}\n]{0,80}\}\s?;|[;|`]\s?(?:cat|wget|curl|nc|id|whoami|uname|ping|powershell)\s+[-/\w]"
    r"|\$\{(?:jndi:|\$\{)|\b(?:php|expect|gopher)://|\bdata://text"
    r"|\b(?:phpinfo|passthru|shell_exec|base64_decode)\s?\("
    r"|<!(?:entity|doctype)\s|\x00",
    re.IGNORECASE,
)


def template_with_code(message: str) -> str:
    """The template of a message, with what is odd about its request named <INJECTION> where it carries code."""
    template = template_of(message)
    return template.replace(ODD, INJECTION) if ODD in template and carries_code(message) else template


def carries_code(line: str) -> bool:
    """Read as it stands and with its escapes resolved, twice, since attackers escape twice."""
    text = line[:_LONGEST_READ]
    for _ in range(3):
        if _MAY.search(text) is None:
            return False
        if _CODE.search(text) is not None:
            return True
        resolved = unquote_plus(text, errors="replace")
        if resolved == text:
            return False
        text = resolved
    return False
