"""Rows divided into training, validation and test, with nothing on two sides.

In: rows, shares, a seed. Out: the rows of each part in the order of the file. What must not be torn apart is a unit:
rows with the same ``group``, rows with the very same lines and, by template, rows whose lines look the same once
variables are masked. Units are dealt out, not rows, so shares are met as nearly as units allow.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from random import Random

from loglynx.bench.own_rows import label_of, time_of
from loglynx.datafiles.row_files import Row
from loglynx.failures import InputUnreadable
from loglynx.records_in import LIST_KEYS, TEXT_KEYS
from shared.core.normalising import template_of
from shared.core.parsing import LineParser

PARTS = ("train", "validation", "test")
_GROUP_KEYS = ("group", "group_id", "session")
_STRATUM_KEYS = ("category", "label", "target")


class By(StrEnum):
    """stratified: every category alike in each part; time: the test came last; template: no story on two sides."""

    STRATIFIED = "stratified"
    TIME = "time"
    TEMPLATE = "template"


def divide(
    rows: Sequence[Row], shares: Mapping[str, float], by: By, seed: int, trains_on_normal: bool = False
) -> dict[str, list[Row]]:
    """``shares`` of PARTS, in any unit; a part of share 0 stays empty. Raises InputUnreadable.

    trains_on_normal  units with an anomaly that were dealt to training are tested on instead
    """
    units = _units(rows, by)
    total = sum(shares.values())
    wanted = {part: shares[part] / total for part in PARTS}
    of_row = _by_time(rows, units, wanted) if by is By.TIME else _dealt(rows, units, wanted, seed)
    if trains_on_normal:
        wrong = [unit for unit in units if of_row[unit[0]] == "train" and any(map(_is_anomaly, _at(rows, unit)))]
        of_row |= {at: "test" for unit in wrong for at in unit}
    parts: dict[str, list[Row]] = {part: [] for part in PARTS}
    for at, row in enumerate(rows):
        parts[of_row[at]].append(row)
    return parts


def _dealt(
    rows: Sequence[Row], units: Sequence[Sequence[int]], wanted: Mapping[str, float], seed: int
) -> dict[int, str]:
    """Stratum by stratum, the largest units first, each to the part that lacks most of that stratum.

    Only what rounding left over goes from one stratum to the next: a large unit of one is not paid for by another.
    """
    strata: dict[str, list[Sequence[int]]] = defaultdict(list)
    for unit in units:
        strata[_stratum(rows[unit[0]])].append(unit)
    rng = Random(f"split:{seed}")
    owed = dict.fromkeys(PARTS, 0.0)
    of_row: dict[int, str] = {}
    for name in sorted(strata):
        rng.shuffle(strata[name])
        given, seen = dict.fromkeys(PARTS, 0), 0
        for unit in sorted(strata[name], key=len, reverse=True):
            seen += len(unit)
            lacking = {part: owed[part] + wanted[part] * seen - given[part] for part in PARTS if wanted[part] > 0}
            part = max(lacking, key=lambda part: lacking[part])
            given[part] += len(unit)
            of_row |= dict.fromkeys(unit, part)
        owed = {part: max(-1.0, min(1.0, owed[part] + wanted[part] * seen - given[part])) for part in PARTS}
    return of_row


def _by_time(rows: Sequence[Row], units: Sequence[Sequence[int]], wanted: Mapping[str, float]) -> dict[int, str]:
    """By the last moment of each unit, so that nothing learnt came after the cut. Without times: as they stand."""
    times = _times(rows)
    ordered = sorted(units, key=lambda unit: max(times[at] for at in unit))
    of_row: dict[int, str] = {}
    ends = {"train": wanted["train"], "validation": wanted["train"] + wanted["validation"], "test": 2.0}
    for unit in ordered:
        share = (len(of_row) + len(unit) / 2) / len(rows)
        part = next(part for part in PARTS if share < ends[part])
        of_row |= dict.fromkeys(unit, part)
    return of_row


def _times(rows: Sequence[Row]) -> list[tuple[int, int]]:
    """(milliseconds, place) of each row; a row without a time stands with the one before it."""
    found: list[tuple[int, int]] = []
    at_ms = 0
    for at, row in enumerate(rows):
        said = time_of(row)
        if said is None:
            stamps = (LineParser().parse(line, 0).timestamp_ms for line in lines_of(row, at))
            said = next((stamp for stamp in stamps if stamp is not None), None)
        at_ms = at_ms if said is None else said
        found.append((at_ms, at))
    return found


def _units(rows: Sequence[Row], by: By) -> list[list[int]]:
    """Places of rows that stay together, each unit in the order of the file."""
    parent = list(range(len(rows)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first: dict[tuple[str, object], int] = {}
    for at, row in enumerate(rows):
        lines = lines_of(row, at)
        keys: list[tuple[str, object]] = [("lines", "\n".join(lines))]
        keys += [("group", str(row[key])) for key in _GROUP_KEYS if row.get(key) not in (None, "")][:1]
        if by is By.TEMPLATE:
            keys.append(("story", "\n".join(_story(lines))))
        for key in keys:
            parent[root(at)] = root(first.setdefault(key, at))
    units: dict[int, list[int]] = defaultdict(list)
    for at in range(len(rows)):
        units[root(at)].append(at)
    return list(units.values())


def _story(lines: Sequence[str]) -> list[str]:
    parser = LineParser()
    return [template_of(parser.parse(line, 0).message) for line in lines]


def lines_of(row: Row, at: int) -> list[str]:
    """The log text of a row, or of a chat the question. Raises InputUnreadable."""
    value = next((row[key] for key in (*LIST_KEYS, "window", *TEXT_KEYS, "input") if row.get(key)), None)
    if value is None and isinstance(row.get("messages"), list):
        value = _said(row["messages"])
    if value is None and isinstance(row.get("conversations"), list):
        value = _said(row["conversations"])
    if isinstance(value, str):
        return value.split("\n")
    if isinstance(value, list) and value and all(isinstance(line, str) for line in value):
        return value
    raise InputUnreadable(f"row {at + 1} holds no log text", f"one of {', '.join((*LIST_KEYS, *TEXT_KEYS))}")


def _at(rows: Sequence[Row], unit: Sequence[int]) -> list[Row]:
    return [rows[at] for at in unit]


def _is_anomaly(row: Row) -> bool:
    try:
        return bool(label_of(row.get("label")))
    except ValueError as error:
        raise InputUnreadable("a row has a label that is none", "0, 1, or a word") from error


def _said(turns: Sequence[object]) -> list[str]:
    return [str(turn.get("value", turn.get("content"))) for turn in turns if isinstance(turn, dict)]


def _stratum(row: Row) -> str:
    """What must be alike in all parts: the category, else the label."""
    value = next((row[key] for key in _STRATUM_KEYS if row.get(key) is not None), None)
    return str(value.get("category") if isinstance(value, dict) else value)
