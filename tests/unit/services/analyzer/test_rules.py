"""What the rules make of windows written for the purpose: every category, two languages, many systems, decoys."""

from __future__ import annotations

import subprocess
import sys

import pytest
from flag_builders import a_flag, among_calm
from told_windows import DECOYS, WINDOWS

from services.analyzer.grounding import unsupported_claims
from services.analyzer.rules import explain
from shared.core.actions import ACTIONS, ACTIONS_FOR
from shared.core.records import Severity
from shared.core.taxonomy import LANGUAGES, TAXONOMY, Category


def _id(case: tuple[str, ...]) -> str:
    return "-".join(part for part in case if isinstance(part, str))


@pytest.mark.parametrize(
    "category, language, lines", WINDOWS, ids=[f"{i}-{c}-{la}" for i, (c, la, _) in enumerate(WINDOWS)]
)
def test_window_is_read_as_its_category(category: str, language: str, lines: tuple[str, ...]) -> None:
    flag = among_calm(*lines, language=language)
    analysis = explain(flag)
    assert analysis.category.value == category, f"{analysis.category} {analysis.explanation}"
    assert analysis.language == language
    assert set(analysis.evidence) <= set(range(4, 4 + len(lines))), "evidence lies in a calm line"
    assert 0.3 <= analysis.confidence <= 0.92
    assert analysis.severity in (TAXONOMY[analysis.category].severity, flag.verdict.severity)
    assert [action.id for action in analysis.actions] == list(ACTIONS_FOR[analysis.category])


@pytest.mark.parametrize(
    "category, language, lines", WINDOWS, ids=[f"{i}-{c}-{la}" for i, (c, la, _) in enumerate(WINDOWS)]
)
def test_rules_claim_nothing_that_the_cited_lines_do_not_say(
    category: str, language: str, lines: tuple[str, ...]
) -> None:
    flag = among_calm(*lines, language=language)
    analysis = explain(flag)
    cited = [event.text for event in flag.events if event.number in analysis.evidence]
    facts = [*cited, str(len(cited))]
    for text in (analysis.title, analysis.explanation):
        assert unsupported_claims(text, facts, analysis.evidence, len(flag.events)) == []
    for entity in analysis.entities:
        assert entity.line in analysis.evidence
        assert entity.span in next(event.text for event in flag.events if event.number == entity.line)


@pytest.mark.parametrize("language, lines", DECOYS, ids=[f"{i}-{la}" for i, (la, _) in enumerate(DECOYS)])
def test_trouble_that_is_denied_or_over_is_benign(language: str, lines: tuple[str, ...]) -> None:
    analysis = explain(among_calm(*lines, language=language))
    assert analysis.category is Category.BENIGN, f"{analysis.category} {analysis.explanation}"
    assert analysis.severity is Severity.LOW


def test_all_categories_but_those_of_silence_are_covered() -> None:
    by_detector_alone = {"new_behaviour", "benign", "unknown"}
    assert {category for category, _, _ in WINDOWS} | by_detector_alone == {category.value for category in Category}
    assert len(WINDOWS) + len(DECOYS) >= 60


def test_init_script_that_could_not_stop_a_program_is_named_for_sure() -> None:
    """For sure: an engine of less certain readers calls it a hardware error."""
    analysis = explain(among_calm("Jun 10 11:31:50 combo rc: smartd shutdown failed"))
    assert "a program could not be stopped" in analysis.explanation
    assert analysis.confidence >= 0.8


@pytest.mark.parametrize("language", LANGUAGES)
def test_either_language_can_be_asked_for(language: str) -> None:
    flag = among_calm("ERROR cart - connect to 10.3.4.5:6379: connection refused")
    analysis = explain(flag, language)
    assert analysis.language == language
    assert TAXONOMY[Category.CONNECTION_FAILURE].name[language] in analysis.title  # type: ignore[index]
    assert "10.3.4.5:6379" in analysis.title


def test_severity_never_falls_below_the_flags() -> None:
    flag = among_calm("INFO job - finished with 0 errors", severity=Severity.CRITICAL)
    assert explain(flag).severity is Severity.CRITICAL


def test_root_exception_of_a_long_trace_decides() -> None:
    trace = (
        "ERROR web - request failed\norg.app.ServiceException: could not save order\n"
        + "".join(f"\tat org.app.Service.step{i}(Service.java:{i})\n" for i in range(40))
        + "Caused by: org.app.RepositoryException: write failed\n\tat org.app.Repo.save(Repo.java:9)\n"
        + "Caused by: java.io.IOException: No space left on device\n\t... 12 more"
    )
    analysis = explain(among_calm(trace))
    assert analysis.category is Category.DISK_FULL
    assert "No space left on device" in analysis.explanation


def test_cause_is_preferred_to_its_consequences() -> None:
    flag = among_calm(
        "ERROR store - write failed: No space left on device: /data",
        "ERROR api - request timed out after 5000 ms",
        "ERROR api - Connection refused: 10.0.0.4:5432",
    )
    assert explain(flag).category is Category.DISK_FULL


def test_one_failed_login_is_no_sure_attack_but_many_are() -> None:
    line = "Mar  4 10:01:07 gate sshd[311]: Failed password for ops from 10.0.0.8 port 50122 ssh2"
    one, many = explain(among_calm(line)), explain(among_calm(*[line] * 5))
    assert one.confidence < 0.6 < many.confidence
    assert (one.severity, many.severity) == (Severity.LOW, Severity.HIGH)
    assert "5 times" in many.title


def test_a_recovery_does_not_excuse_a_crash() -> None:
    flag = among_calm("FATAL shop - process crashed: segmentation fault", "INFO shop - back online")
    assert explain(flag).category is Category.SERVICE_CRASH


def test_a_recovery_before_the_fault_excuses_nothing() -> None:
    flag = among_calm(
        "INFO cache - reconnected to 10.1.1.4:6379", "ERROR cache - connection to 10.1.1.4:6379 refused"
    )
    assert explain(flag).category is Category.CONNECTION_FAILURE


@pytest.mark.parametrize(
    "reasons, category",
    [
        (("new_template",), "new_behaviour"),
        (("missing_events",), "missing_events"),
        (("rare_template",), "new_behaviour"),
        (("unusual_order",), "new_behaviour"),
        (("unusual_value",), "new_behaviour"),
        (("unusual_counts",), "volume_change"),
        (("unusual_value", "unusual_counts"), "volume_change"),
    ],
)
def test_without_any_sign_the_detectors_reason_speaks(reasons: tuple[str, ...], category: str) -> None:
    analysis = explain(among_calm("INFO zed - quux entered phase four", reasons=reasons))
    assert analysis.category.value == category
    assert analysis.evidence == (4,)
    assert analysis.confidence < 0.5


@pytest.mark.parametrize(
    "reasons, says",
    [
        (("rare_template",), "new or rare"),
        (("unusual_order",), "order"),
        (("unusual_value",), "a quantity, or after a pause"),
        (("unusual_value", "unusual_order"), "order"),
    ],
)
def test_the_detectors_reason_is_put_into_words(reasons: tuple[str, ...], says: str) -> None:
    assert says in explain(among_calm("INFO zed - quux entered phase four", reasons=reasons)).explanation


def test_an_error_that_no_rule_knows_is_called_unknown() -> None:
    analysis = explain(among_calm("ERROR zed - quux entered phase four", reasons=("unusual_sequence",)))
    assert analysis.category is Category.UNKNOWN
    assert analysis.evidence == (4,)


def test_secrets_do_not_reach_title_or_explanation() -> None:
    line = "ERROR auth - login failed for bob@example.com password=hunter2hunter2 token: Bearer abcdefgh12345678"
    analysis = explain(among_calm(*[line] * 3))
    told = f"{analysis.title} {analysis.explanation} {[entity.span for entity in analysis.entities]}"
    assert "hunter2" not in told
    assert "bob@example.com" not in told
    assert "abcdefgh12345678" not in told


def test_a_flag_without_events_is_still_answered() -> None:
    assert explain(a_flag([""])).category in (Category.NEW_BEHAVIOUR, Category.UNKNOWN)


def test_every_category_has_its_words_and_actions() -> None:
    assert set(TAXONOMY) == set(ACTIONS_FOR) == set(Category)
    for info in TAXONOMY.values():
        assert all(info.name[language] and info.cause[language] for language in LANGUAGES)
    for actions in ACTIONS_FOR.values():
        assert set(actions) <= set(ACTIONS)


def test_long_and_hostile_lines_are_read_in_bounded_time() -> None:
    lines = [
        "ERROR " + "a " * 16_000,
        "x" * 32_000,
        "error: " * 4_000,
        "(((" * 8_000,
        "失败" * 9_000,
        "timeout=" * 4_000,
    ]
    assert explain(a_flag(lines)).explanation


def test_rules_need_no_redis_and_no_http_client() -> None:
    code = (
        "import sys, services.analyzer.rules\n"
        "heavy = {'redis', 'rq', 'httpx', 'tenacity', 'torch', 'onnxruntime'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
