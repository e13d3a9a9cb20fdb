"""Rows of reading, cutting and scoring lines."""

from __future__ import annotations

from lineage.row import Row, Shown

FAILED = "Oct 10 12:00:00 sshd[1000]: Failed password for root from 192.168.1.10"
ODD = '"FATAL: out of memory, aborting"'
CALM = '"request 3 served in 4 ms"'


def found_by_one(shown: Shown) -> bool:
    """A scorer asked alone said something, and pointed at lines of the file."""
    findings = shown.json()["findings"]
    return bool(findings) and all(finding["line_numbers"] for finding in findings)


def scan_by(scorer: str, share: str = "0.02") -> str:
    return f"loglynx scan today.log --baseline app.log --scorer {scorer} --alarm-budget {share} --json"


def reasons(shown: Shown, place: int) -> set[str]:
    return {reason for finding in shown.json(place)["findings"] for reason in finding["reasons"]}


def points_at_the_fault(shown: Shown) -> bool:
    """today.log breaks at line 300, app.log never does."""
    numbers = [number for finding in shown.json()["findings"] for number in finding["line_numbers"]]
    return any(300 <= number <= 420 for number in numbers)


ROWS = [
    Row(
        30,
        "`detect LOG -t`, 0 to 1",
        "`loglynx detect`",
        (f"loglynx detect {ODD} -t 0.0 --json", f"loglynx detect {ODD} -t 1.0 --json"),
        (
            lambda shown: shown.codes == [1, 0],
            lambda shown: 0 < shown.json(0)["score"] == shown.json(1)["score"] < 1,
        ),
    ),
    Row(
        31,
        "`batch FILE -t -o --json-format`",
        "`loglynx batch`",
        (
            "loglynx batch timeout.log -t 0.5 -o verdicts.json",
            "loglynx batch test.jsonl --json-format -t 0.5 -o sequences.verdicts.json",
        ),
        (
            lambda shown: set(shown.codes) <= {0, 1},
            lambda shown: len(shown.read("verdicts.json")) == 260,
            lambda shown: len(shown.read("sequences.verdicts.json")) == 60,
            lambda shown: len({row["score"] for row in shown.read("sequences.verdicts.json")}) > 10,
        ),
    ),
    Row(
        33,
        "`tokenize LOG`; `--help` on everything",
        "`loglynx tokenize`; every command's `--help` begins with what it does and ends with examples",
        (f'loglynx tokenize "{FAILED}"', "loglynx --help", "loglynx train --help"),
        (
            lambda shown: shown.codes == [0, 0, 0],
            lambda shown: shown[0].out.split()[:2] == ["failed", "password"],
            lambda shown: all(name in shown[1].out for name in ("scan", "train", "tokenize", "workflow")),
            lambda shown: "--anomaly-ratio" in shown[2].out,
        ),
    ),
    Row(
        34,
        "`--logs LINE LINE --window-type sliding`",
        "`loglynx --logs`",
        (f"loglynx --logs {CALM} {CALM} {ODD} --window-type sliding --window-size 2 --json",),
        (
            lambda shown: [(window["first"], window["last"]) for window in shown.json()] == [(1, 2), (2, 3)],
            lambda shown: shown.json()[1]["score"] > shown.json()[0]["score"],
        ),
    ),
    Row(
        35,
        "`--log LINE`",
        "`loglynx --log`",
        ('loglynx --log "failed login" --json',),
        (lambda shown: shown[0].code in (0, 1), lambda shown: 0 < shown.json()["score"] < 1),
    ),
    Row(
        36,
        "Timestamp and level dropped; addresses, user names, paths, numbers as symbols",
        "`shared/core/normalising.py`, `user_names.py` (detectors that one trains)",
        (
            'loglynx tokenize "2023-10-10 08:02:30 ERROR cannot read /var/log/app.log from 192.168.1.1, 42 tries" --json',
            "loglynx scan auth.log --model auth-model --json",
        ),
        (
            lambda shown: {"<PATH>", "<IP>", "<NUM>"} <= set(shown.json()["tokens"]),
            lambda shown: not {"error", "2023", "08"} & set(shown.json()["tokens"]),
            lambda shown: "user <USER>" in shown.read("auth-model/reader.json")["book"].__repr__(),
            lambda shown: "for user root" not in shown.read("auth-model/reader.json")["book"].__repr__(),
            lambda shown: shown[1].code in (0, 1),
        ),
        needs=(41,),
    ),
    Row(
        37,
        "A tokenizer to be used anywhere",
        "`services/ingest/tokenizing.py`",
        (
            'python -c "from pathlib import Path; from services.ingest.tokenizing import Tokenizer; '
            "from shared.artefacts.shipped import shipped_model; "
            f"print(Tokenizer(shipped_model()).tokens('{FAILED}', 0))\"",
        ),
        (lambda shown: "'failed', 'password', 'for', 'root', 'from', '<IP>'" in shown[0].out,),
    ),
    Row(
        40,
        "Fixed windows of 10, joined by `[SEP]`",
        "`shared/core/windowing.py`; `sequences/token_rows.py` joins",
        (
            "loglynx --logs " + " ".join([CALM] * 20) + " --window-type fixed --json",
            "loglynx scan today.log --model tiny --json",
        ),
        (
            lambda shown: [(window["first"], window["last"]) for window in shown.json()] == [(1, 10), (11, 20)],
            lambda shown: shown[1].code in (0, 1),
            lambda shown: shown.read("tiny/detector.json")["window"] == "fixed:10",
            lambda shown: "[SEP]" in repr(shown.read("tiny/reader.json")["book"]),
        ),
        needs=(18,),
    ),
    Row(
        41,
        "Sliding windows, step 1",
        "`shared/core/windowing.py`: `sliding:10:1`",
        (
            "loglynx --logs " + " ".join([CALM] * 12) + " --window-type sliding --json",
            "loglynx train --data auth.log --model-type autoencoder --window sliding:10:1 --epochs 1 -o auth-model --json",
        ),
        (
            lambda shown: [window["first"] for window in shown.json()] == [1, 2, 3],
            lambda shown: shown.json(1)["data"]["window"] == "sliding:10:1",
            lambda shown: shown.json(1)["windows"]["normal"] > 400,
        ),
    ),
    Row(
        43,
        "Head of an MLP on the window's summary, then a sigmoid",
        "`services/trainer/models/sequence_model.py`; scorer `head`",
        (scan_by("head"), f"loglynx detect {ODD} --json"),
        (found_by_one, lambda shown: 0 < shown.json(1)["score"] < 1),
    ),
    Row(
        44,
        "Distance from the mean normal vector",
        "scorer `centroid`",
        (scan_by("centroid"),),
        (found_by_one, points_at_the_fault),
    ),
    Row(45, "Variance of scores", "scorer `variance`", (scan_by("variance"),), (found_by_one,)),
    Row(
        46,
        "Nearest neighbours among window embeddings, beside the head",
        "scorer `knn`",
        (scan_by("knn"),),
        (found_by_one, points_at_the_fault),
    ),
    Row(
        47,
        "Reconstruction error of an autoencoder",
        "scorer `ae`; `train --model-type autoencoder`",
        (
            scan_by("ae"),
            "loglynx train --data app.log --model-type autoencoder --epochs 2 --batch-size 8 -o autoencoder",
            "loglynx scan today.log --model autoencoder --json",
        ),
        (found_by_one, lambda shown: shown.codes[1:] == [0, 1], lambda shown: shown.json(2)["findings"]),
    ),
    Row(
        48,
        "One-class network on normal data",
        "scorer `ocnn`",
        (scan_by("ocnn"),),
        (found_by_one, points_at_the_fault),
    ),
    Row(
        50,
        "Fusion of scores with weights of one's own",
        "`shared/core/fusion.py`; `scan --weights`",
        (
            "loglynx scan today.log --baseline app.log --weights head=0.5,knn=0.3,ae=0.2 --alarm-budget 0.02 --json",
            "loglynx scan today.log --baseline app.log --weights head=0.5,knn=0.3,ae=0 --json",
            "loglynx scan today.log --baseline app.log --json",
        ),
        (
            lambda shown: shown.codes == [1, 2, 1],
            points_at_the_fault,
            lambda shown: reasons(shown, 0) == {"unusual_sequence"} < reasons(shown, 2),
        ),
    ),
    Row(
        51,
        "Severity from the score",
        "`services/detector/score_windows.py`: below 0.8 low, to 0.95 medium, above high; words of trouble lift it by one",
        (
            'python -c "from services.detector.score_windows import severity_of; '
            'print(*(severity_of(score, 0.0) for score in (0.6, 0.86, 0.96)), severity_of(0.96, 9.0))"',
            "loglynx scan today.log --baseline app.log --json",
        ),
        (
            lambda shown: shown[0].out.split() == ["low", "medium", "high", "critical"],
            lambda shown: {f["severity"] for f in shown.json(1)["findings"]} <= {"low", "medium", "high", "critical"},
            lambda shown: any(f["severity"] in ("high", "critical") for f in shown.json(1)["findings"]),
        ),
    ),
]
