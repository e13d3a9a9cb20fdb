"""kill -9 at every touch of the registry's disk while a model is published and activated.

A child process kills itself at the n-th audited file event inside the registry (making, opening, changing the mode of,
renaming, linking, removing), for n = 1, 2, ... until it survives. So every phase is struck, and those added later too:
writing, forcing to the disk, renaming, the history, the pointer.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from artefact_builders import an_artefact

from shared.artefacts.lineage import Activation, Lineage
from shared.artefacts.publishing import INCOMING
from shared.artefacts.registry import SHIPPED, ModelRegistry

AUTHOR = "killed"
# Prints how many kills it took, one line per kill with the event that was struck.
CHILD = """
import os, signal, sys
from pathlib import Path
from shared.artefacts.lineage import Activation, Lineage
from shared.artefacts.registry import ModelRegistry

base, artefact = Path(sys.argv[1]), Path(sys.argv[2])
EVENTS = {"open", "os.mkdir", "os.rename", "os.symlink", "os.chmod", "os.remove", "os.rmdir", "tempfile.mkdtemp"}

def work(root, strike_at):
    seen = 0
    def hook(event, arguments):
        nonlocal seen
        if event in EVENTS and any(str(root) in os.fsdecode(a) for a in arguments if isinstance(a, (str, bytes, Path))):
            seen += 1
            if seen == strike_at:
                os.write(1, f"{strike_at} {event}\\n".encode())
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    registry = ModelRegistry(root, artefact)
    address = registry.publish(artefact, Lineage(author="killed")).address
    registry.activate(Activation(why="activate", to=address, before=registry.active(), at="2026", author="killed"))

for strike_at in range(1, 500):
    pid = os.fork()
    if pid == 0:
        work(base / f"root-{strike_at}", strike_at)
        os._exit(0)
    if os.waitpid(pid, 0)[1] == 0:
        break
"""


def test_no_kill_leaves_half_a_model_or_a_pointer_to_none(tmp_path: Path) -> None:
    artefact = an_artefact(tmp_path / "trained", "x")
    ran = subprocess.run(
        [sys.executable, "-c", CHILD, str(tmp_path), str(artefact)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    struck = [line.split() for line in ran.stdout.splitlines()]
    assert [int(n) for n, _ in struck] == list(range(1, len(struck) + 1))
    assert {"open", "os.rename", "os.symlink", "os.chmod", "tempfile.mkdtemp"} <= {event for _, event in struck}
    outcomes = set()
    for number in range(1, len(struck) + 2):
        registry = ModelRegistry(tmp_path / f"root-{number}", artefact)
        published, active = registry.addresses()[1:], registry.active()
        for address in published:
            registry.load(address)
        assert active in (SHIPPED, *published)
        outcomes.add((len(published), active != SHIPPED))
        again = registry.publish(artefact, Lineage(author=AUTHOR)).address
        if registry.active() != again:
            before = registry.active()
            registry.activate(Activation(why="activate", to=again, before=before, at="2026", author=AUTHOR))
        assert published in ([], [again])
        assert registry.active() == again
        assert registry.predecessor() == SHIPPED
        assert not [path for path in registry.root.iterdir() if path.name.startswith((INCOMING, ".link"))]
    assert outcomes == {(0, False), (1, False), (1, True)}
