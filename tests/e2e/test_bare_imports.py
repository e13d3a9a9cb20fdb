"""Each service imports in an environment that holds its own extra and nothing else, as its image does."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]
PACKAGES = ("loglynx", "services", "shared")

# What must not be installable by accident: each image stays as small, and as hard to attack, as it is meant to be.
ABSENT = {
    "ingest": {"torch", "transformers", "onnxruntime", "onnx"},
    "detector": {"torch", "transformers", "onnx", "fastapi", "uvicorn"},
    "archiver": {"torch", "transformers", "onnxruntime", "onnx", "fastapi", "uvicorn"},
    "analyzer": {"torch", "transformers", "onnx", "fastapi", "uvicorn"},
}

LOOK = """
import importlib, importlib.util, json, pkgutil, sys
service, names = sys.argv[1], sys.argv[2:]
package = importlib.import_module(f"services.{service}")
modules = [module.name for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
modules = [name for name in modules if not name.endswith("__main__")]
for name in modules:
    importlib.import_module(name)
print(json.dumps({"modules": modules, "found": [name for name in names if importlib.util.find_spec(name)],
                  "from": package.__file__}))
"""

ANSWER = """
import json, sys
from pathlib import Path
from services.analyzer.answering import answer
from services.analyzer.embedded.loading import load_engine
from services.analyzer.rules import explain
from shared.core.records import Flag, FlaggedEvent, Verdict, VerdictState
lines = ["INFO job started", "ERROR write of /var/lib/app/7.seg failed: No space left on device", "INFO job ended"]
verdict = Verdict("w", "s", (1, 2, 3), VerdictState.FLAGGED, 0.9, 9.0, 5.0, "m", 1)
events = tuple(FlaggedEvent(n, n, text, "") for n, text in enumerate(lines, 1))
flag = Flag(verdict, events, 0)
analysis = answer(load_engine(Path(sys.argv[1])), flag, explain(flag), 30.0)
print(json.dumps({"category": analysis.category, "evidence": analysis.evidence, "torch": "torch" in sys.modules}))
"""


def run(*command: str | Path, timeout_s: float = 240) -> str:
    result = subprocess.run(command, capture_output=True, text=True, timeout=timeout_s, check=False, cwd="/")
    assert result.returncode == 0, (result.stdout + result.stderr)[-4000:]
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The distribution, built from a copy: a build in place would leave folders in the repository."""
    directory = tmp_path_factory.mktemp("wheel")
    copy = directory / "source"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, copy)
    for name in PACKAGES:
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--wheel-dir", directory, copy)
    return next(directory.glob("loglynx-*.whl"))


@pytest.mark.slow
@pytest.mark.parametrize("service", sorted(ABSENT))
def test_service_imports_with_its_own_extra_alone(service: str, wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    # Not compiled: a third of the time would go into modules that nobody imports.
    install = ("install", "-q", "--no-compile", "-c", REPOSITORY / "constraints.txt")
    run(
        *(sys.executable, "-m", "pip", "--python", python, *install),
        f"loglynx[{service}] @ {wheel.as_uri()}",
    )
    # Isolated mode: neither PYTHONPATH nor the current directory may lend a module.
    answer = json.loads(run(python, "-I", "-c", LOOK, service, *sorted(ABSENT[service])))
    assert str(environment) in answer["from"]
    assert answer["found"] == []
    assert answer["modules"], f"services.{service} has no modules"
    if service == "analyzer":
        said = json.loads(run(python, "-I", "-c", ANSWER, REPOSITORY / "models" / "analyzer"))
        assert said == {"category": "disk_full", "evidence": [2], "torch": False}
