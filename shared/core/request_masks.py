"""Masks for HTTP request lines: which page was asked for is the event, with which values is not.

In: a collapsed message. Out: the same, request lines reduced to method, path in words and names of parameters.
Never raises; linear time.

A path keeps its short words. Numbers and ids become <ID>, long slugs <SLUG>, names of static files *, and what plain
paths do not hold (quotes, brackets, escapes) <ODD>: scanners and injections show, while a blog's every page does not
become an event of its own.
"""

from __future__ import annotations

import re

ODD = "<ODD>"
_METHOD = "GET|POST|PUT|HEAD|DELETE|PATCH|OPTIONS|CONNECT|PROPFIND|TRACE"
_REQUEST = re.compile(rf"(?<![A-Za-z0-9])({_METHOD}) (/[^\s?]*+)(?:\?(\S*+))?")
_PARAMETER = re.compile(r"([^=&]*+)(=?)([^&]*+)(&?)")
_PLAIN = re.compile(r"[\w.@:+,~=%-]*\Z")
_PLAIN_VALUE = re.compile(r"[\w.@:+,-]*\Z")
_ID = re.compile(r"0f(?:-0f)*\Z|[^0]*0[^0]+0|0\Z")
_STATIC = re.compile(
    r"\.(?:css|js|map|png|jpe?g|gif|ico|svg|webp|ttf|woff0?|eot|pdf|mp0|zip|gz|tgz|rpm|deb)\Z", re.IGNORECASE
)
_EXTENSION = re.compile(r"\.[A-Za-z]{1,5}\Z")
_CLIMB = re.compile(r"(?:\.\./+){2,}")
_MAX_WORD, _MAX_SEPARATORS = 24, 2
_SLASH = "\u2215"  # stands for "/" in a requested path while the path mask is at work


def mask_requests(text: str) -> str:
    """The text with its request lines masked; their slashes are U+2215 until ``restore_slashes``."""
    return _REQUEST.sub(_mask_request, text)


def restore_slashes(text: str) -> str:
    """Put back the slashes that ``mask_requests`` took away."""
    return text.replace(_SLASH, "/")


def _mask_request(match: re.Match[str]) -> str:
    method, path, query = match.groups()
    path = _SLASH.join(map(_mask_segment, _CLIMB.sub("../", path).split("/")))
    if not query:
        return f"{method} {path}"
    query, _, hidden = query.partition("?")
    return f"{method} {path}?{_PARAMETER.sub(_mask_parameter, query)}{f'?{ODD}' if hidden else ''}"


def _mask_segment(segment: str) -> str:
    if not segment or segment == "..":
        return segment
    if _PLAIN.match(segment) is None:
        return ODD
    static = _STATIC.search(segment[-8:])
    if static is not None:
        return "*" + static[0].lower()
    if _ID.match(segment):
        return "<ID>"
    if len(segment) <= _MAX_WORD and sum(map(segment.count, "-_+.%,")) <= _MAX_SEPARATORS:
        return segment
    extension = _EXTENSION.search(segment[-8:])
    return "<SLUG>" + (extension[0] if extension else "")


def _mask_parameter(match: re.Match[str]) -> str:
    name, equals, value, more = match.groups()
    if not name and not equals:
        return more
    name = name if len(name) <= _MAX_WORD and _PLAIN.match(name) else ODD
    if not equals:
        return name + more
    return f"{name}={'<V>' if _PLAIN_VALUE.match(value) else ODD}{more}"
