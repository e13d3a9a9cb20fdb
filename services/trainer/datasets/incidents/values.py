"""Values for the placeholders of a window: the same cast of hosts, services and tables plays in all of its lines.

In: a source of randomness. Out: text for a placeholder's name. Names that a window would repeat are kept and mostly
reused; quantities are drawn anew. No value holds a quote, a backslash or a blank inside a name, so that it stands in
a line as it is, whatever the layout does to quotes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random

from services.trainer.datasets.incidents import vocabulary as words

_FRESH = frozenset(
    ("ms", "s", "n", "pct", "high_pct", "low_pct", "full", "full_of", "bytes", "id", "hex", "uuid", "pid")
)
_REUSE = 0.7


class Cast:
    """What the lines of one window speak of."""

    __slots__ = ("_kept", "_rng")

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._kept: dict[str, list[str]] = {}

    def value(self, name: str) -> str:
        """Text for ``{name}``. Raises KeyError if there is no such placeholder."""
        if name in _FRESH:
            return _DRAW[name](self._rng)
        kept = self._kept.setdefault(name, [])
        if kept and self._rng.random() < _REUSE:
            return self._rng.choice(kept)
        kept.append(_DRAW[name](self._rng))
        return kept[-1]


def _ip(rng: Random) -> str:
    first = rng.choice((10, 10, 172, 192, 36, 45, 103, 121, 203))
    second = {10: rng.randrange(256), 172: rng.randrange(16, 32), 192: 168}.get(first, rng.randrange(256))
    return f"{first}.{second}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


def _host(rng: Random) -> str:
    name = rng.choice(words.ROLES)
    number = rng.randrange(1, 40)
    form = rng.randrange(5)
    if form == 0:
        return f"{name}-{number:02d}.{rng.choice(words.SITES)}.internal"
    if form == 1:
        return f"{name}{number}"
    if form == 2:
        return f"{rng.choice(words.SITES)}-{name}-{number:02d}"
    if form == 3:
        return f"ip-10-{rng.randrange(256)}-{rng.randrange(256)}-{number}"
    return f"{name}-{number:02d}"


def _service(rng: Random) -> str:
    return f"{rng.choice(words.NOUNS)}{rng.choice(('-service', '-api', '-svc', '-worker', '-gateway', '', 'd'))}"


def _file(rng: Random) -> str:
    return f"{rng.choice(words.NOUNS)}_{rng.randrange(1, 9999)}.{rng.choice(words.ENDINGS)}"


def _path(rng: Random) -> str:
    form = rng.randrange(4)
    if form == 0:
        return f"/{rng.choice(words.ROOTS)}/{rng.choice(words.NOUNS)}/{_file(rng)}"
    if form == 1:
        return f"/{rng.choice(words.ROOTS)}/{rng.choice(words.NOUNS)}{rng.randrange(10)}"
    if form == 2:
        return f"/api/v{rng.randrange(1, 4)}/{rng.choice(words.NOUNS)}s/{rng.randrange(1, 99999)}"
    return f"/{rng.choice(words.ROOTS)}/{rng.choice(words.NOUNS)}/{rng.choice(words.NOUNS)}"


def _domain(rng: Random) -> str:
    return f"{rng.choice(words.NOUNS)}.{rng.choice(words.DOMAINS)}"


def _url(rng: Random) -> str:
    where = rng.choice((f"{_ip(rng)}:{_port(rng)}", _domain(rng), f"{_service(rng)}:{_port(rng)}"))
    return f"{rng.choice(('http', 'https'))}://{where}/{rng.choice(words.NOUNS)}/{rng.choice(words.VERBS)}"


def _port(rng: Random) -> str:
    return rng.choice((rng.choice(words.PORTS), str(rng.randrange(1024, 65536))))


def _class(rng: Random) -> str:
    plain = f"{rng.choice(words.NOUNS).capitalize()}{rng.choice(words.CLASS_ENDS)}"
    return rng.choice((plain, f"com.{rng.choice(words.SITES)}.{rng.choice(words.NOUNS)}.{plain}"))


def _hex(rng: Random, digits: int) -> str:
    return f"{rng.getrandbits(4 * digits):0{digits}x}"


def _bytes(rng: Random) -> str:
    return f"{rng.randrange(1, 1000)}{rng.choice((' MB', 'MB', ' GB', 'GiB', 'MiB', 'Mi', ' KB'))}"


def _share(least: int) -> Callable[[Random], str]:
    """Percent, ``least`` to ``least`` + 9: nearly all, or nearly nothing."""
    return lambda rng: str(rng.choice((least + rng.randrange(9), f"{rng.uniform(least, least + 9):.1f}")))


def _all_in_use(mark: str) -> Callable[[Random], str]:
    """A pool of which every place is taken: the same number twice."""
    return lambda rng: mark.join([rng.choice(words.CAPACITIES)] * 2)


def _uuid(rng: Random) -> str:
    return f"{_hex(rng, 8)}-{_hex(rng, 4)}-4{_hex(rng, 3)}-a{_hex(rng, 3)}-{_hex(rng, 12)}"


def _id(rng: Random) -> str:
    return rng.choice((str(rng.randrange(1000, 10**9)), _hex(rng, 12), str(rng.randrange(10**10, 10**13))))


def _code(rng: Random) -> str:
    return f"{rng.choice(('', '', 'E', '-'))}{rng.randrange(1, 600)}"


def _numbered(stem: tuple[str, ...], mark: str, most: int) -> Callable[[Random], str]:
    return lambda rng: f"{rng.choice(stem)}{mark}{rng.randrange(1, most)}"


def _joined(mark: str, *lists: tuple[str, ...]) -> Callable[[Random], str]:
    return lambda rng: mark.join([rng.choice(each) for each in lists])


_DRAW: Mapping[str, Callable[[Random], str]] = {
    "ip": _ip,
    "ipport": lambda rng: f"{_ip(rng)}:{_port(rng)}",
    "host": _host,
    "port": _port,
    "path": _path,
    "file": _file,
    "user": lambda rng: rng.choice(words.USERS),
    "service": _service,
    "db": _joined("_", words.NOUNS, ("db", "prod", "main", "core")),
    "table": _joined("_", words.TABLE_HEADS, words.NOUNS),
    "queue": _joined(".", words.NOUNS, words.VERBS),
    "topic": _joined("-", words.NOUNS, words.VERBS),
    "url": _url,
    "ms": lambda rng: str(int(10 ** rng.uniform(1.5, 5))),
    "s": lambda rng: str(rng.choice((3, 5, 10, 15, 30, 60, 90, 120, rng.randrange(1, 900)))),
    "n": lambda rng: str(int(10 ** rng.uniform(0, 5))),
    "pct": lambda rng: str(rng.choice((rng.randrange(1, 101), f"{rng.uniform(1, 100):.1f}"))),
    "high_pct": _share(90),
    "low_pct": _share(1),
    "full": _all_in_use("/"),
    "full_of": _all_in_use(" of "),
    "bytes": _bytes,
    "pid": lambda rng: str(rng.randrange(100, 99999)),
    "id": _id,
    "hex": lambda rng: _hex(rng, rng.choice((4, 8, 12))),
    "uuid": _uuid,
    "class": _class,
    "method": _joined("", words.VERBS, ("All", "ById", "Batch", "Async", "", "Once")),
    "thread": _numbered(words.THREADS, "-", 64),
    "node": _numbered(("node", "worker", "master", "rack4-node", "k8s-node"), "-", 40),
    "disk": _joined("", ("sd", "vd", "xvd"), ("a", "b", "c", "d", "e")),
    "device": _numbered(("sensor-", "dev-", "nvme0n", "meter-", "eth", "cam-", "plc-", "dm-"), "", 900),
    "domain": _domain,
    "code": _code,
    "version": lambda rng: f"{rng.randrange(0, 12)}.{rng.randrange(0, 30)}.{rng.randrange(0, 20)}",
    "key": _joined("_", words.NOUNS, words.KEY_ENDS),
    "job": _joined("-", words.VERBS, words.NOUNS, ("job", "daily", "nightly", "sync", "batch")),
    "pod": lambda rng: f"{_service(rng)}-{_hex(rng, 9)}-{''.join(rng.choices('bcdfghjklmnpqrstvwxz2456789', k=5))}",
    "bucket": _joined("-", words.NOUNS, ("backup", "assets", "archive", "uploads", "logs")),
    "country": lambda rng: rng.choice(("DE", "CN", "US", "BR", "IN", "NL", "RU", "VN", "SG", "FR")),
}  # fmt: skip
