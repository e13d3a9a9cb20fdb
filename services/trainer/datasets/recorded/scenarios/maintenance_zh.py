"""Nightly maintenance in a Chinese locale: what git, tar, coreutils, apt, wget, make and bash themselves say."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.trainer.datasets.recorded.lab import Lab, await_port, fill, small_disk, stop
from services.trainer.datasets.recorded.scenarios.syslog import start_syslog

PROGRAMS = ("git", "tar", "wget", "make", "logger", "rsyslogd", "bash")
PACKAGES = ("git", "wget", "make", "rsyslog", "locales (with zh_CN.UTF-8 generated)")
_WORK, _REPOSITORY = Path("/srv/maintenance"), Path("/srv/git/app.git")


_GIT_CONFIG = "[user]\nname = app\nemail = app@example.com\n[safe]\ndirectory = *\n"


_SCRIPT = "/opt/app/nightly_zh.sh"


def play(lab: Lab) -> None:
    small_disk(_WORK, "12m")
    for place in ("data", "backup"):
        (_WORK / place).mkdir()
    for number in range(6):
        (_WORK / "data" / f"{number}.txt").write_text(f"{lab.rng.random()}\n" * 4000)
    (_WORK / "data" / "Makefile").write_text("all: sum.txt\nsum.txt: 1.txt\n\twc -l 1.txt > sum.txt\n")
    Path("/home/app/.gitconfig").write_text(_GIT_CONFIG)
    lab.run(["git", "init", "--quiet", "--bare", _REPOSITORY])
    start_syslog(lab, "maintenance-zh", "user.*", form="")
    source = lab.start(["/opt/venv/bin/python", "/opt/app/shop_upstream.py", "8001"])
    await_port(8001)
    night = _Night(lab, source)
    faults = (
        night.disk_full, night.repository_gone, night.source_down, night.permission_denied, night.data_missing,
        night.no_such_package, night.data_corruption, night.merge_conflict, night.broken_script,
        night.file_size_limit,
    )  # fmt: skip
    lab.live(night.everyday, 330, faults)


@dataclass(slots=True)
class _Night:
    lab: Lab
    source: subprocess.Popen[bytes]

    def everyday(self, steps: int) -> None:
        for _ in range(steps):
            self._run()

    def _run(
        self,
        script: str = "/opt/app/nightly_zh.sh",
        prefix: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
    ) -> None:
        self.lab.run([*prefix, "bash", script, _WORK, _REPOSITORY], env=env, timeout_s=20)

    def _several(self, count: int, **env: str) -> None:
        for _ in range(count):
            self._run(env=env)

    def disk_full(self) -> None:
        filler = fill(_WORK)
        self._several(22)
        filler.unlink()

    def repository_gone(self) -> None:
        moved = _REPOSITORY.with_name("moved")
        _REPOSITORY.rename(moved)
        self._several(24)
        moved.rename(_REPOSITORY)

    def source_down(self) -> None:
        stop(self.source)
        self._several(24)
        self.source = self.lab.start(["/opt/venv/bin/python", "/opt/app/shop_upstream.py", "8001"])
        await_port(8001)
        self._several(16, CONFIG="api/items/499")

    def permission_denied(self) -> None:
        self.lab.run(["mount", "-o", "remount,ro", _WORK])
        self._several(22)
        self.lab.run(["mount", "-o", "remount,rw", _WORK])

    def data_missing(self) -> None:
        (_WORK / "data").rename(_WORK / "data.old")
        self._several(22)
        (_WORK / "data.old").rename(_WORK / "data")

    def no_such_package(self) -> None:
        self._several(30, PACKAGE="libloging-dev")

    def data_corruption(self) -> None:
        objects = [path for path in (_WORK / "mirror/.git").rglob("*") if path.is_file() and path.name != "config"]
        for path in objects[:8]:
            path.chmod(0o644)
            path.write_bytes(b"\xff\xfe broken")
        self._several(26)
        self.lab.run(["rm", "-rf", _WORK / "mirror"])

    def merge_conflict(self) -> None:
        self._several(10)
        self.lab.run(["git", "clone", "-q", _REPOSITORY, "/srv/other"])
        Path("/srv/other/log.txt").write_text("另一行\n")
        for command in (["commit", "-qam", "另一个提交"], ["push", "-q"]):
            self.lab.run(["git", "-C", "/srv/other", *command])
        mirror = _WORK / "mirror"
        if mirror.exists():
            (mirror / "log.txt").write_text("本地的一行\n")
            self.lab.run(["git", "-C", mirror, "commit", "-qam", "本地提交"])
        self._several(30)
        self.lab.run(["rm", "-rf", mirror])

    def broken_script(self) -> None:
        for number, line in enumerate(_BROKEN * 3):
            script = Path(f"/srv/task{number}.sh")
            script.write_text(f"export LC_ALL=zh_CN.UTF-8\nexec 2> >(logger -t task[$$] -p user.err)\n{line}\n")
            self._run(str(script))
        self.lab.pause(0.5)

    def file_size_limit(self) -> None:
        for _ in range(16):
            self._run(prefix=("prlimit", "--fsize=20000", "--nproc=4000", "--"))


_BROKEN = (
    "backup-tool --all", "cd /srv/nowhere", "[ 1 -eq", "kill 99999", "source /srv/none.sh", "echo 1 > /srv",
    "a=$((1/0))", "readonly x=1; x=2", "/srv/maintenance/data/1.txt", "unset -f 1x; export 1x=2", "wait 1234; fg",
    "cat /srv/none; ls /srv/none", "if true; then", "ulimit -n 99999999", "chown nobody2 /srv; chmod 99 /srv",
    "useradd 1bad; su nobody2",
)  # fmt: skip
