"""User names in a template, as ``<USER>``: what tells one person's line from another's, and not one event's.

The templates of the normaliser keep names, because for the shipped model ``root`` is a word like any other. A model
of one system's own templates would count every person as an event of its own; its Seer takes the names out.
"""

from __future__ import annotations

import re

USER = "<USER>"

# A name begins with a letter or an underscore, and is neither a mask nor a word that goes on with the sentence.
_NO_NAME = (
    r"(?!(?:is|was|has|had|not|does|did|by|from|on|at|in|of|to|and|or|with|for|the|a|an|id|name|agent|user|account|"
    r"session|password|login|logon|space|data|input|request|requests|unknown|invalid|created|deleted|removed|added|"
    r"updated|changed|disabled|enabled|locked|unlocked|blocked|expired|logged|failed|authenticated|authentication|"
    r"authorization|registration|registered|none|null|true|false)\b)"
)
_NAME = r"(?P<name>[A-Za-z_][\w.$-]{0,63}(?<![.])(?:@[\w.-]{1,80}(?<![.]))?)"
_PATTERNS = tuple(
    re.compile(pattern, re.I | re.A)
    for pattern in (
        rf"(?<![\w.-])(?:r?user(?:_?name)?|logname|login_?name|uname|account|ugi|auid)[\"']?"
        rf"(?:=|: ?[\"']?{_NO_NAME})[\"']?{_NAME}",
        rf"\b(?:for|invalid|illegal|by|as|of|unknown) user(?:name)? [\"'‘“]?{_NO_NAME}{_NAME}",
        rf"\buser(?:name)? [\"'‘“]{_NO_NAME}{_NAME}",
        rf"\b(?:password|publickey|keyboard-interactive\S{{0,8}}|none|hostbased|gssapi\S{{0,16}}) for "
        rf"(?:(?:invalid|illegal) user )?(?!(?:user|invalid|illegal)\b){_NAME}",
        rf"\blog(?:in|on|ged in|ged out)[: ] ?(?:failed |succeeded )?(?:for|by|as) (?!user\b){_NAME}",
        rf"\bsession (?:opened|closed) for (?!user\b){_NAME}",
        rf"用户(?:名)?(?:[=:：]| )?{_NO_NAME}{_NAME}",
        rf"账[号户](?:[=:：]| )?{_NO_NAME}{_NAME}",
    )
)


def mask_users(template: str) -> str:
    """The template with the names of users as ``<USER>``; what is masked stays as it is.

    "Failed password for root from <IP>" -> "Failed password for <USER> from <IP>"
    """
    for pattern in _PATTERNS:
        template = pattern.sub(_without_name, template)
    return template


def _without_name(match: re.Match[str]) -> str:
    start = match.start("name") - match.start()
    return match[0][:start] + USER + match[0][match.end("name") - match.start() :]
