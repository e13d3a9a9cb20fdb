"""Which processes make the stack, and the settings each is given.

Only what must differ from the services' own defaults is set; a variable that the caller has set stays.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

from loglynx.stack.data_dir import DataDir
from loglynx.stack.supervisor import ProcessSpec
from services.trainer.settings import TrainerSettings

WORKERS = ("detector", "analyzer")
SERVICES = ("ingest", *WORKERS, "archiver")


def service_processes(
    data_dir: DataDir, host: str, port: int, settings: Mapping[str, str] | None = None
) -> list[ProcessSpec]:
    """The services, in the order in which they start. ``settings``: further variables for all."""
    specs = []
    for service in SERVICES:
        environment = {
            f"LOGLYNX_{service.upper()}_REDIS_URL": data_dir.redis_url,
            "OMP_NUM_THREADS": "1",  # more only makes numpy and onnxruntime fight the neighbours for cores
            "PYTHONUNBUFFERED": "1",
        }
        if service == "ingest":
            environment |= {"LOGLYNX_INGEST_HOST": host, "LOGLYNX_INGEST_PORT": str(port)}
        if service == "detector":
            environment["LOGLYNX_DETECTOR_REGISTRY"] = str(data_dir.models_dir)
        if service == "archiver":
            environment |= {"LOGLYNX_ARCHIVER_DIRECTORY": str(data_dir.archive_dir)}
        environment |= settings or {}
        specs.append(ProcessSpec(service, (sys.executable, "-m", f"services.{service}"), environment))
    if TrainerSettings.from_environment().every_days:
        specs.append(_trainer(data_dir, settings or {}))
    return specs


def _trainer(data_dir: DataDir, settings: Mapping[str, str]) -> ProcessSpec:
    """Only where retraining by itself is wanted: it needs memory while it waits."""
    environment = {
        "LOGLYNX_TRAINER_REDIS_URL": data_dir.redis_url,
        "LOGLYNX_TRAINER_ARCHIVE": str(data_dir.archive_dir),
        "LOGLYNX_TRAINER_REGISTRY": str(data_dir.models_dir),
        "OMP_NUM_THREADS": "1",
        "PYTHONUNBUFFERED": "1",
        **settings,
    }
    return ProcessSpec("trainer", (sys.executable, "-m", "loglynx.retraining"), environment)
