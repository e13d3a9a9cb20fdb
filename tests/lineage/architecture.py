"""Rows of what the whole is: sequences, kinds of anomalies, languages, documents, licence."""

from __future__ import annotations

from lineage.row import Row, Shown

BEHAVIOURS = {"flood.log": "denial_of_service", "intrusion.log": "intrusion", "probing.log": "port_activity"}
KINDS = {"timeout", "connection_failure", "database_error", "disk_full"}


def told_apart(shown: Shown) -> bool:
    """The worst of each file, findings before notes, is its attack, with something to do about it."""
    worst = [[*done.json()["findings"], *done.json()["noted"]][0] for done in shown]
    return [finding.get("behaviour") for finding in worst] == list(BEHAVIOURS.values()) and all(
        finding["explanation"] and finding["actions"] for finding in worst
    )


ROWS = [
    Row(
        3,
        "Whole sequences of 6 to 15 lines are judged",
        "`loglynx batch --json-format`; `POST /score_log`; windows `adaptive:6:15:2.0`",
        (
            "loglynx generate sequences --count 60 --seed 3 --language both -o mixed.jsonl",
            "loglynx batch mixed.jsonl --json-format -o mixed.verdicts.json",
        ),
        (
            lambda shown: all(6 <= len(row["lines"]) <= 15 for row in shown.read("mixed.jsonl")),
            lambda shown: len(shown.read("mixed.verdicts.json")) == 60,
            lambda shown: len({row["score"] for row in shown.read("mixed.verdicts.json")}) > 30,
        ),
    ),
    Row(
        4,
        "Kinds of anomalies: timeout, connection failure, database error and more",
        "`shared/core/taxonomy.py`; `loglynx evaluate analyzer`",
        ("loglynx evaluate analyzer --test kinds.jsonl --engine linear --json",),
        (
            lambda shown: shown.json()["ours"]["accuracy"] >= 0.75,
            lambda shown: set(shown.json()["ours"]["per_class"]) == KINDS,
        ),
    ),
    Row(
        5,
        "Made for Chinese logs",
        "`services/analyzer/wording.py`, `plain_chinese.py`; vocabulary of the shipped model",
        (
            "loglynx scan orders-zh.log --lang zh --json",
            'loglynx tokenize "用户 42 登录失败" --json',
        ),
        (
            lambda shown: shown.json()["findings"][0]["language"] == "zh",
            lambda shown: "行" in shown.json()["findings"][0]["explanation"],
            lambda shown: 500 <= min(shown.json()["findings"][0]["line_numbers"]) <= 560,
            lambda shown: "<NUM>" in shown.json(1)["tokens"] and "[UNK]" not in shown.json(1)["tokens"],
        ),
    ),
    Row(
        6,
        "The large model fine-tuned by QLoRA (TRL or Unsloth)",
        "`loglynx tune`, docs/tuning.md",
        (
            "loglynx tune --base base --data tune.jsonl --golden golden.jsonl -o adapters --steps 2 --batch 2 "
            "--accumulate 1",
        ),
        (
            lambda shown: shown[0].code in (0, 1),  # two steps teach it nothing: usually not promoted
            lambda shown: list((shown.at / "adapters").glob("*/adapter_model.safetensors")),
        ),
    ),
    Row(
        14,
        "A card and requirements for each model, one configuration, one document of the whole",
        "`models/*/MODEL_CARD.md`; extras in `pyproject.toml`; docs/settings.md; ARCHITECTURE.md",
        (
            "loglynx models show shipped --json",
            "python -c \"from importlib.metadata import metadata; print(*metadata('loglynx').get_all('Provides-Extra'))\"",
        ),
        (
            lambda shown: "held_out" in shown.json()["manifest"]["training"],
            lambda shown: {"detector", "analyzer", "trainer", "tune"} <= set(shown[1].out.split()),
        ),
    ),
    Row(
        68,
        "Behaviours (denial of service, intrusion, ports), explained, with what to do about them",
        "`shared/core/behaviours.py`, `actions.py`; `loglynx scan`, `incidents`",
        tuple(f"loglynx scan {name} --baseline quiet.log --all --json" for name in BEHAVIOURS),
        (told_apart,),
    ),
    Row(
        70,
        "MIT licence",
        "LICENSE",
        (
            "python -c \"from importlib.metadata import metadata; said = metadata('loglynx'); "
            "print(said['License-Expression'] or said['License'])\"",
            "loglynx models show shipped --json",
        ),
        (lambda shown: "MIT" in shown[0].out, lambda shown: shown.json(1)["manifest"]["licence"] == "MIT"),
    ),
]
