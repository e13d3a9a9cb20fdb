"""An image for containers of tests, made of a static busybox: no registry is asked."""

from __future__ import annotations

import io
import tarfile
from typing import Any

IMAGE = "loglynx-test-busybox"
PROGRAMS = ("cat", "head", "seq", "sh", "sleep", "tr", "usleep")


def import_busybox(engine: Any, program: str) -> None:
    """Give ``engine``, a client of Docker's, the image."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name in ("bin", "tmp", "dev", "proc", "sys", "etc"):
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o755
            tar.addfile(entry)
        tar.add(program, "bin/busybox")
        for name in PROGRAMS:
            entry = tarfile.TarInfo(f"bin/{name}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(entry)
    engine.api.import_image_from_data(packed.getvalue(), repository=IMAGE)
