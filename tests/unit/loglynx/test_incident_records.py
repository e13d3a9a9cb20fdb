"""Jobs and incidents as sent by the server, turned into what is shown."""

from __future__ import annotations

from array import array
from typing import Any

from loglynx.findings import ShownLine
from loglynx.incident_records import anomalies_of_jobs, anomaly_of_incident, flagged_lines
from loglynx.line_map import EventLines, LineMap

ANALYSIS = {
    "category": "timeout",
    "explanation": "Line 2 timed out.",
    "probable_cause": "load",
    "evidence": [2],
    "actions": [{"id": "look", "text": "Look at the load"}],
    "engine": "rules",
    "language": "en",
}


def a_flag(
    window_id: str, first_event: int, score: float = 0.9, incident: str = "i1", **fields: Any
) -> dict[str, Any]:
    return {
        "verdict": {
            "window_id": window_id,
            "stream": "web",
            "score": score,
            "severity": "medium",
            "reasons": [{"code": "new_template", "events": [1], "detail": ""}],
        },
        "lines": [
            {"number": n + 1, "event": first_event + n, "text": text, "surprise": 0.1}
            for n, text in enumerate(["INFO ok", "ERROR timeout\n  at f()"])
        ],
        "incident": incident
        and {"id": incident, "title": "Timeout", "severity": "high", "state": "open", "analysis": ANALYSIS} | fields,
    }


def test_flags_of_one_incident_are_one_anomaly_and_shared_flags_count_once() -> None:
    jobs = [{"flags": [a_flag("w1", 0), a_flag("w2", 10, 0.99)]}, {"flags": [a_flag("w2", 10, 0.99)]}]
    (anomaly,) = anomalies_of_jobs(jobs)
    assert (anomaly.title, anomaly.severity, anomaly.score, anomaly.count) == ("Timeout", "high", 0.99, 2)
    assert anomaly.actions == ("Look at the load",)
    assert anomaly.line_numbers == (1, 2, 11, 12)


def test_lines_and_evidence_are_those_of_the_file_when_it_was_pushed_from_here() -> None:
    known = LineMap()
    known.add(0, EventLines(array("L", [500, 501, 503]), array("L", [0, 1, 3])))
    (anomaly,) = anomalies_of_jobs([{"flags": [a_flag("w1", 0)]}], {"web": known})
    assert anomaly.lines == (
        ShownLine(500, "INFO ok", cited_as=1),
        ShownLine(501, "ERROR timeout", cited_as=2),
        ShownLine(503, "  at f()"),
    )
    assert anomaly.evidence == (501, 503)
    assert anomaly.line_numbers == (500, 501, 503)


def test_the_lines_shown_are_those_that_the_explanation_cites() -> None:
    flags = [a_flag("w1", 0, score=0.6), a_flag("w2", 10, score=0.9)]
    for flag in flags:
        flag["incident"]["analysed_window"] = "w1"
        flag["verdict"]["reasons"] = []
    (anomaly,) = anomalies_of_jobs([{"flags": flags}])
    assert [line.number for line in anomaly.lines] == [1, 2]
    assert (anomaly.evidence, anomaly.score) == ((2,), 0.9)
    (elsewhere,) = anomalies_of_jobs([{"flags": [flags[1], a_flag("w3", 20, score=0.5)]}])
    assert elsewhere.evidence == ()  # the citations belong to lines that are not shown


def test_the_worst_comes_first() -> None:
    jobs = [{"flags": [a_flag("w1", 0), a_flag("w2", 9, incident="i2", severity="critical")]}]
    assert [anomaly.incident_id for anomaly in anomalies_of_jobs(jobs)] == ["i2", "i1"]


def test_a_flag_without_incident_is_shown_by_its_reasons() -> None:
    (anomaly,) = anomalies_of_jobs([{"flags": [a_flag("w1", 0, incident="")]}])
    assert (anomaly.title, anomaly.severity) == ("new_template", "medium")


def test_an_incident_in_a_list_has_no_lines() -> None:
    anomaly = anomaly_of_incident({"id": "i1", "title": "T", "severity": "odd", "streams": ["a", "b"], "count": 3})
    assert (anomaly.lines, anomaly.stream, anomaly.count, anomaly.severity) == ((), "a, b", 3, "low")
    assert anomaly.score is None


def test_flagged_lines_name_incident_and_category() -> None:
    (flag,) = flagged_lines([{"flags": [a_flag("w1", 0)]}], {})
    assert (flag.stream, flag.incident_id, flag.category, flag.lines) == ("web", "i1", "timeout", frozenset({1, 2}))
