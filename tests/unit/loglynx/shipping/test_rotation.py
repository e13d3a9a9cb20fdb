"""Names of rotated files, and whole histories of rotation drawn by chance."""

from __future__ import annotations

import gzip
import os
import random
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from loglynx.shipping import file_source
from loglynx.shipping.file_options import FileOptions
from loglynx.shipping.file_source import FileSource
from loglynx.shipping.rotation import base_name


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("app.log", "app.log"),
        ("app.log.1", "app.log"),
        ("app.log.12.gz", "app.log"),
        ("app.log-20260301", "app.log"),
        ("app.log-20260301.gz", "app.log"),
        ("app.log-20260301-17000.gz", "app.log"),
        ("app.log-1772323200.gz", "app.log"),
        ("app.log.2026-03-01", "app.log"),
        ("app.log.2026-03-01_12-00-00.zst", "app.log"),
        ("app.log.old", "app.log"),
        ("app-2026-03-01.log", "app.log"),
        ("app-2026-03-01.1.log.gz", "app.log"),
        ("app.log.gz", "app.log"),
        ("worker-1.log", "worker-1.log"),
        ("syslog", "syslog"),
        ("syslog.7.gz", "syslog"),
        ("20260301", "20260301"),
        ("app.logger", "app.logger"),
    ],
)
def test_the_name_before_rotation(name: str, base: str) -> None:
    assert base_name(name) == base


class History:
    """A log that is written, rotated and packed by chance, and a shipper that sleeps and dies by chance."""

    def __init__(self, directory: Path, pattern: str, seed: int) -> None:
        self.log = directory / "app.log"
        self.log.touch()
        self.pattern = str(directory / pattern)
        self.draw = random.Random(seed)
        self.written: list[str] = []
        self.shipped: list[str] = []
        self.positions: dict[str, Any] = {}
        self.open()

    def open(self) -> None:
        self.source = FileSource([self.pattern], self.positions, FileOptions(), lambda _: False)
        self.shipments = self.source.shipments()

    def read(self) -> None:
        """All there is; or it dies in the middle, which loses what it knew beyond the state."""
        dies_after = self.draw.choice([0, 1, 2, 99, 99, 99])
        for number, shipment in enumerate(self.shipments):
            if shipment is None:
                break
            for name, position in shipment.after.items():
                self.positions.pop(name, None) if position is None else self.positions.update({name: position})
            self.shipped += [line.decode() for line in shipment.lines]
            if number >= dies_after:
                self.die()
                break

    def die(self) -> None:
        self.shipments.close()
        self.open()

    def write(self) -> None:
        with self.log.open("a") as file:
            for _ in range(self.draw.choice([1, 5, 50, 1500])):
                self.written.append(f"2026-03-01 12:00:00 line {len(self.written)}")
                file.write(f"{self.written[-1]}\n")

    def rename(self) -> None:
        self._make_room()
        self.log.rename(self.log.with_name("app.log.1"))
        self.log.touch()

    def copy_and_truncate(self) -> None:
        if self.log.stat().st_size:
            self._make_room()
            shutil.copyfile(self.log, self.log.with_name("app.log.1"))
            os.truncate(self.log, 0)

    def pack(self) -> None:
        for number in range(2, 40):
            plain = self.log.with_name(f"app.log.{number}")
            if plain.exists():
                packed = plain.with_name(f"{plain.name}.gz")
                packed.write_bytes(gzip.compress(plain.read_bytes()))
                os.utime(packed, ns=(plain.stat().st_atime_ns, plain.stat().st_mtime_ns))
                plain.unlink()
                return

    def _make_room(self) -> None:
        for number in range(39, 0, -1):
            for ending in ("", ".gz"):
                old = self.log.with_name(f"app.log.{number}{ending}")
                if old.exists():
                    old.rename(self.log.with_name(f"app.log.{number + 1}{ending}"))


@pytest.mark.parametrize("pattern", ["app.log", "app.log*"])
@pytest.mark.parametrize("seed", [*range(12), 16, 26])
def test_each_line_once_through_any_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, pattern: str
) -> None:
    monkeypatch.setattr(file_source, "SCAN_S", 0.0)
    history = History(tmp_path, pattern, seed)
    steps = [history.write, history.write, history.read, history.read, history.rename, history.copy_and_truncate,
             history.pack, history.die]  # fmt: skip
    for _ in range(3):
        history.read()  # it knows the file, empty as it is
    told = []
    for _ in range(40):
        step = history.draw.choice(steps)
        told.append(step.__name__)
        step()
    for _ in range(12):
        history.read()
    history.shipments.close()
    lost, twice = (
        Counter(history.written) - Counter(history.shipped),
        Counter(history.shipped) - Counter(history.written),
    )
    assert not lost and not twice, (len(lost), len(twice), " ".join(told))


def test_a_renamed_file_that_was_not_read_to_its_end_is_gone_on_with_after_a_restart(tmp_path: Path) -> None:
    history = History(tmp_path, "app.log", 0)
    history.draw = random.Random(3)
    history.written = [f"line {number}" for number in range(5000)]
    history.log.write_text("".join(f"{line}\n" for line in history.written))
    taken = 0
    for shipment in history.shipments:
        if shipment is not None:
            history.positions.update(shipment.after)
            history.shipped += [line.decode() for line in shipment.lines]
            taken += bool(shipment.lines)
        if taken == 1:
            break
    history.rename()
    history.write()
    history.die()
    history.positions.update(next(history.shipments).after)  # type: ignore[union-attr]  what the first look found
    history.die()
    for _ in range(10):
        for shipment in history.shipments:
            if shipment is None:
                break
            history.positions.update(shipment.after)
            history.shipped += [line.decode() for line in shipment.lines]
    history.shipments.close()
    assert sorted(history.shipped) == sorted(history.written)
