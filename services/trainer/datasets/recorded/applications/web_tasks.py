"""A picture service: FastAPI under uvicorn takes uploads and asks rq workers, through Redis, to resize them.

Run: uvicorn web_tasks:app, and: rq worker pictures --path (this directory). Settings: PICTURES, a directory.
"""

from __future__ import annotations

import logging
import os
import random
import time
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from rq import Queue

logger = logging.getLogger("pictures")
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
PICTURES = Path(os.environ.get("PICTURES", "/srv/pictures"))
app = FastAPI()
store = Redis(port=6379, socket_timeout=1, retry=Retry(NoBackoff(), 0))
queue = Queue("pictures", connection=store)


class Picture(BaseModel):
    """What is asked of the service."""

    name: str
    width: int
    owner: int = 0


@app.middleware("http")
async def timed(request: Request, call_next):  # type: ignore[no-untyped-def]
    """Log what was slow."""
    began = time.monotonic()
    response = await call_next(request)
    spent = (time.monotonic() - began) * 1000
    if spent > 150:
        logger.warning("slow request: %s %s took %.0f ms", request.method, request.url.path, spent)
    return response


@app.post("/pictures", status_code=202)
def upload(picture: Picture) -> dict[str, str]:
    """Keep the picture and have it resized."""
    path = PICTURES / picture.name
    path.write_bytes(b"\x89PNG" + bytes(random.randrange(2_000, 20_000)))
    job = queue.enqueue("web_tasks.resize", picture.name, picture.width, job_timeout=2, result_ttl=5, failure_ttl=20)
    logger.info("picture %s of owner %d stored, job %s queued", picture.name, picture.owner, job.id)
    return {"job": job.id}


@app.get("/pictures/{name}")
def show(name: str) -> dict[str, int]:
    """How large it is, and how often it was seen."""
    path = PICTURES / name
    if not path.exists():
        logger.info("picture %s not found", name)
        raise HTTPException(404)
    try:
        seen = int(store.incr(f"seen:{name}"))
    except RedisError:
        logger.exception("could not count a view of %s", name)
        seen = 0
    return {"bytes": path.stat().st_size, "seen": seen}


@app.get("/health")
def health() -> JSONResponse:
    """503 while Redis does not answer."""
    try:
        return JSONResponse({"queued": queue.count, "redis": bool(store.ping())})
    except RedisError as error:
        logger.error("health check failed: %s", error)
        return JSONResponse({"redis": False}, 503)


@app.get("/report/{kind}")
def report(kind: str) -> dict[str, float]:
    """A summary; not every kind is there."""
    sizes = [path.stat().st_size for path in PICTURES.iterdir()]
    known: dict[str, float] = {"mean": sum(sizes) / len(sizes), "largest": max(sizes)}
    return {kind: known[kind]}


def resize(name: str, width: int) -> str:
    """What a worker does."""
    if width <= 0:
        raise ValueError(f"width must be positive, got {width}")
    data = (PICTURES / name).read_bytes()
    logger.info("resizing %s (%d bytes) to width %d", name, len(data), width)
    time.sleep(min(width / 100_000, 5))
    target = PICTURES / f"{name}.{width}"
    target.write_bytes(data[: len(data) // 2])
    if random.random() < 0.5:
        target.unlink()
    return str(target)
