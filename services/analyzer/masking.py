"""Secrets and personal data in a text, replaced by what they are: before a language model, an alert or a title sees it.

E-mail, bearer and API tokens, keys, JWT, passwords in assignments and URLs, payment cards (Luhn), Chinese mobile
numbers (手机号) and identity cards (身份证, checksum verified). IP addresses stay: an explanation needs them.
"""

# ruff: noqa: E501 (a pattern broken over lines is harder to read than a long one)

from __future__ import annotations

import re

_ASSIGNED = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|credential|"
    r"auth(?:orization)?|session[_-]?id|sessionid|jsessionid|cookie|client[_-]?secret|signature|密码|口令|令牌|密钥)"
)
_PLAIN: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.{0,8000}?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.S
        ),
        "‹private key›",
    ),
    (re.compile(r"\beyJ[\w-]{6,}\.[\w-]{4,}(?:\.[\w-]*)?"), "‹jwt›"),
    (
        re.compile(
            r"\b(?:bearer|basic|digest|token) (?!(?:was|is|has|not|expired|invalid|missing|auth)\b)[\w+/=.~-]{8,}",
            re.I,
        ),
        "‹token›",
    ),
    (
        re.compile(
            r"\b(?:AKIA|ASIA|AIza|ya29\.|ghp_|gho_|ghs_|github_pat_|glpat-|xox[abprs]-|sk-|pk_live_|sk_live_|rk_live_|LTAI|hf_|npm_)[\w./-]{10,}"
        ),
        "‹key›",
    ),
    (re.compile(r"(?<=://)[^\s/:@]{1,80}:[^\s/@]{1,200}(?=@)"), "‹credentials›"),
    (
        re.compile(
            rf"(?<![A-Za-z])({_ASSIGNED}[\"']?\s?(?:=|:|：|=>|为|是)\s?)(?!‹)(?:\"[^\"\n]{{1,400}}\"|'[^'\n]{{1,400}}'|[^\s,;，；&\"'）)\]}}]{{3,400}})",
            re.I,
        ),
        r"\1‹secret›",
    ),
    (re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])"), "‹email›"),
)
_LONG_DIGITS = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)")
_IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
_MOBILE = re.compile(r"(?<![\d.A-Za-z_-])(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\d.A-Za-z_-])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def mask_secrets(text: str) -> str:
    """``text`` with every recognised secret replaced by its kind in ‹ ›. Masking twice changes nothing more."""
    for pattern, replacement in _PLAIN:
        text = pattern.sub(replacement, text)
    text = _IDENTITY.sub(lambda match: "‹id card›" if _is_identity(match[0]) else match[0], text)
    text = _LONG_DIGITS.sub(lambda match: "‹card›" if _is_card(match[0]) else match[0], text)
    return _MOBILE.sub("‹phone›", text)


def _is_identity(number: str) -> bool:
    """GB 11643-1999 check character."""
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _is_card(number: str) -> bool:
    """Luhn's check, on the first digits that card networks use; epoch milliseconds begin with 1 and are no card."""
    digits = [int(char) for char in number if char.isdigit()]
    if digits[0] not in (2, 3, 4, 5, 6) or len(set(digits)) == 1:
        return False
    doubled = [
        digit if index % 2 == 0 else digit * 2 - 9 * (digit > 4) for index, digit in enumerate(reversed(digits))
    ]
    return sum(doubled) % 10 == 0
