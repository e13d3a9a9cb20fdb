"""``python -m services.ingest`` serves; ``--health`` asks the one that runs and exits 0 or 1."""

from __future__ import annotations

import gc
import http.client
import sys

import uvicorn

from services.ingest.app import create_app
from services.ingest.settings import IngestSettings
from shared.telemetry import setup_logging
from shared.web.header_deadline import protocol_with_deadline


def serve(settings: IngestSettings) -> None:
    """Run until SIGTERM or SIGINT; requests in progress are finished first."""
    setup_logging("ingest", settings.log_level)
    app = create_app(settings)
    gc.freeze()  # what is here stays: no use in looking through it again and again
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        http=protocol_with_deadline(settings.header_deadline_s, settings.body_deadline_s),
        ws="none",
        loop="uvloop",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=10,
    )


def is_healthy(settings: IngestSettings) -> bool:
    """Does the server on this machine answer its liveness?"""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104
    connection = http.client.HTTPConnection(host, settings.port, timeout=3)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main() -> int:
    settings = IngestSettings.from_environment()
    if "--health" in sys.argv[1:]:
        return 0 if is_healthy(settings) else 1
    serve(settings)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
