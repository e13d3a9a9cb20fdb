"""Every error that Loglynx raises on purpose, as one tree.

LoglynxError
├── BadInput                400  the request can never succeed as it is
│   ├── BodyTooLarge        413
│   ├── UnsupportedEncoding 415
│   └── UnprocessableBody   422
├── Unauthenticated         401
├── Forbidden               403
├── NotFound                404
│   ├── JobUnknown          404
│   └── ModelUnknown        404
├── IdempotencyConflict     409
├── JobExpired              410
├── QuotaExceeded           429  this key has given as much feedback as it may in a day
├── Overloaded              503  try again after ``retry_after_s``
├── StoreUnavailable        503  Redis is away
├── ArtefactInvalid         500  a model directory does not prove what its manifest says
├── DeviceUnavailable       500  the device that the settings demand does not work
└── AnalysisFailed          502  the language model gave no usable answer

``code`` is stable and is what a program should match on; ``title`` is for people and never holds input.
"""

from __future__ import annotations


class LoglynxError(Exception):
    """Base of the tree. ``status`` is the HTTP status at the edge."""

    code = "internal"
    status = 500
    title = "Internal error"
    is_retryable = False

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or self.title)
        self.detail = detail


class BadInput(LoglynxError):
    code, status, title = "bad_input", 400, "The request cannot be read"


class BodyTooLarge(BadInput):
    code, status, title = "body_too_large", 413, "The body is larger than the limit"


class UnsupportedEncoding(BadInput):
    code, status, title = "unsupported_encoding", 415, "The content encoding is not supported"


class UnprocessableBody(BadInput):
    code, status, title = "unprocessable", 422, "The body has the wrong shape"


class Unauthenticated(LoglynxError):
    code, status, title = "unauthenticated", 401, "A valid API key is needed"


class Forbidden(LoglynxError):
    code, status, title = "forbidden", 403, "The API key lacks the scope for this"


class NotFound(LoglynxError):
    code, status, title = "not_found", 404, "There is no such resource"


class JobUnknown(NotFound):
    code, title = "job_unknown", "There is no such job"


class ModelUnknown(NotFound):
    code, title = "model_unknown", "There is no such model, or not just one"


class IdempotencyConflict(LoglynxError):
    code, status, title = "idempotency_conflict", 409, "This Idempotency-Key was used with another body"


class JobExpired(LoglynxError):
    code, status, title = "job_expired", 410, "The job's result is no longer kept"


class QuotaExceeded(LoglynxError):
    code, status, title = "quota_exceeded", 429, "This key has given as much feedback as it may for now"


class Overloaded(LoglynxError):
    code, status, title, is_retryable = "overloaded", 503, "Too much work is waiting; try again later", True

    def __init__(self, detail: str = "", retry_after_s: int = 5) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class StoreUnavailable(Overloaded):
    code, title = "store_unavailable", "The store cannot be reached; try again later"


class ArtefactInvalid(LoglynxError):
    code, title = "artefact_invalid", "The model directory is not what its manifest says"


class DeviceUnavailable(LoglynxError):
    code, title = "device_unavailable", "The device that the settings demand cannot be used"


class AnalysisFailed(LoglynxError):
    code, status, title, is_retryable = "analysis_failed", 502, "The language model gave no usable answer", True
