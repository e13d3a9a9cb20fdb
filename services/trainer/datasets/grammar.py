"""Random log messages: a template is drawn once, then rendered as often as needed with fresh values.

A ``Dialect`` is how one imagined system speaks: language, casing, prefix, how it writes fields. ``draw_template``
draws one message shape in a dialect; ``Shape.render`` fills in values; ``Shape.translated`` is the same message in
the other language, for teaching the line encoder that both mean the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from services.trainer.datasets import words

Language = Literal["en", "zh"]
Tone = Literal["normal", "warning", "failure"]
TONES: tuple[Tone, ...] = ("normal", "warning", "failure")

_HEX = "0123456789abcdef"


def _hex(rng: Random, size: int) -> str:
    return "".join(rng.choices(_HEX, k=size))


def _address(rng: Random) -> str:
    return f"10.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(1, 255)}"


VALUES: dict[str, Callable[[Random], str]] = {
    "number": lambda rng: str(int(rng.lognormvariate(4, 2))),
    "address": _address,
    "address_port": lambda rng: f"{_address(rng)}:{rng.randrange(1024, 65535)}",
    "duration": lambda rng: f"{int(rng.lognormvariate(3, 1.5))}{rng.choice(('ms', ' ms', 's'))}",
    "size": lambda rng: f"{rng.randrange(1, 4096)}{rng.choice((' KB', 'MB', ' bytes', 'GiB'))}",
    "uuid": lambda rng: "-".join(_hex(rng, size) for size in (8, 4, 4, 4, 12)),
    "hex": lambda rng: "0x" + _hex(rng, 8),
    "path": lambda rng: f"{rng.choice(words.PATHS)}/{rng.choice(words.PARTS).en}/{_hex(rng, 4)}.log",
    "user": lambda rng: rng.choice(words.USERS),
    "host": lambda rng: f"{rng.choice(words.PARTS).en}-{rng.randrange(1, 40)}",
    "block": lambda rng: f"blk_{rng.choice(('', '-'))}{rng.randrange(10**12, 10**18)}",
    "percent": lambda rng: f"{rng.randrange(100)}%",
    "ratio": lambda rng: f"{rng.randrange(1, 20)}/{rng.randrange(20, 40)}",
    "url": lambda rng: f"http://{rng.choice(words.PARTS).en}.svc:{rng.randrange(80, 9000)}/v1/{_hex(rng, 5)}",
}
_KINDS = tuple(VALUES)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one system writes: ``field`` joins name and value, ``quote`` surrounds values."""

    language: Language
    casing: Literal["sentence", "lower", "upper", "title"]
    prefix: Literal["none", "bracket", "colon", "class", "method"]
    field: str
    quote: str
    tail: Literal["fields", "json", "paren", "none"]

    @classmethod
    def draw(cls, rng: Random, chinese_share: float = 0.35) -> Dialect:
        return cls(
            "zh" if rng.random() < chinese_share else "en",
            rng.choices(("sentence", "lower", "upper", "title"), (6, 4, 1, 1))[0],
            rng.choices(("none", "bracket", "colon", "class", "method"), (8, 1, 2, 2, 2))[0],
            rng.choice(("=", ": ", ":", " = ", " ")),
            rng.choices(("", "[", "'", '"', "<"), (8, 2, 1, 1, 1))[0],
            rng.choices(("fields", "json", "paren", "none"), (6, 1, 2, 3))[0],
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """A named value of a message. kind: a key of VALUES."""

    name: words.Word
    kind: str


# {o} object, {p} second object, {a}/{d} past/-ing verb, {t} trouble, {w} warning, {c} cause, {s} state, {v} value
_PATTERNS: dict[Tone, tuple[tuple[str, str], ...]] = {
    "normal": (
        ("{a} {o} {v}", "{a}{o} {v}"),
        ("{d} {o} {v}", "正在{a}{o} {v}"),
        ("{o} {v} {a}", "{o} {v} {a}完成"),
        ("successfully {a} {o}", "{a}{o}成功"),
        ("{o} {a} for {p} {v}", "为{p} {v} {a}{o}"),
        ("{d} {o} from {p} {v}", "从{p} {v} {a}{o}"),
        ("{a} {o} {v} to {p}", "将{o} {v} {a}到{p}"),
        ("{o} is {s}", "{o}{s}"),
        ("{o} {v} is now {s}", "{o} {v} 现在{s}"),
        ("{o} state changed to {s}", "{o}状态变更为{s}"),
        ("begin {d} {o}", "开始{a}{o}"),
        ("finished {d} {o} in {v}", "{a}{o}结束，耗时 {v}"),
        ("{v} {o}s {a}", "共{a} {v} 个{o}"),
        ("{o} {p} summary", "{o}{p}统计"),
        ("no {o} to {p}, waiting", "没有待处理的{o}，等待{p}"),
        ("{o} check passed", "{o}检查通过"),
        ("{o}: {s}", "{o}：{s}"),
        ("{d} {o}", "{a}{o}"),
    ),
    "warning": (
        ("{o} {v} {w}", "{o} {v} {w}"),
        ("{o} {w}", "{o}{w}"),
        ("{d} {o} {w}", "{a}{o}{w}"),
        ("{o} {w}, {v} left", "{o}{w}，剩余 {v}"),
        ("warning: {o} of {p} {w}", "警告：{p}的{o}{w}"),
    ),
    "failure": (
        ("{o} {t}", "{o}{t}"),
        ("{o} {v} {t}", "{o} {v} {t}"),
        ("failed {d} {o}: {c}", "{a}{o}失败：{c}"),
        ("failed {d} {o} {v}", "{a}{o} {v} 失败"),
        ("error {d} {o} from {p} {v}", "从{p} {v} {a}{o}出错"),
        ("could not {p} {o}: {c}", "无法{a}{o}：{c}"),
        ("{o} {t}: {c}", "{o}{t}：{c}"),
        ("{c} while {d} {o}", "{a}{o}时{c}"),
        ("exception in {p} {o}: {c}", "{p}{o}发生异常：{c}"),
        ("{o} {t} after {v}, giving up", "{o}{t}，{v} 后放弃"),
        ("fatal: {o} {t}", "严重：{o}{t}"),
        ("{p} {o} {t}, {c}", "{p}{o}{t}，{c}"),
        ("{c}", "{c}"),
    ),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One message shape: what stays. ``values`` drawn at render time fill ``slots``."""

    dialect: Dialect
    tone: Tone
    pattern: tuple[str, str]
    meaning: dict[str, tuple[str, str]]  # placeholder -> (English, Chinese)
    component: str
    slots: tuple[Slot, ...]
    inline_kind: str

    def translated(self) -> Shape:
        """The same message in the other language."""
        other: Language = "en" if self.dialect.language == "zh" else "zh"
        return replace(self, dialect=replace(self.dialect, language=other))

    def render(self, rng: Random) -> str:
        """The message with fresh values."""
        side = 0 if self.dialect.language == "en" else 1
        body = self.pattern[side].format(
            **{name: text[side] for name, text in self.meaning.items()}, v=VALUES[self.inline_kind](rng)
        )
        if side == 0:
            body = _cased(body, self.dialect.casing)
        return self._prefixed(body) + self._tail(rng, side)

    def _prefixed(self, body: str) -> str:
        match self.dialect.prefix:
            case "bracket":
                return f"[{self.component}] {body}"
            case "colon":
                return f"{self.component.lower()}: {body}"
            case "class":
                return f"{self.component} - {body}"
            case "method":
                return f"{self.component}.{words.METHODS[len(self.component) % len(words.METHODS)]}(): {body}"
            case _:
                return body

    def _tail(self, rng: Random, side: int) -> str:
        if not self.slots or self.dialect.tail == "none":
            return ""
        quote = self.dialect.quote
        end = {"[": "]", "<": ">"}.get(quote, quote)
        shown = [(slot.name[side], VALUES[slot.kind](rng)) for slot in self.slots]
        if self.dialect.tail == "json":
            return " {" + ", ".join(f'"{name}": "{value}"' for name, value in shown) + "}"
        text = ", ".join(f"{name}{self.dialect.field}{quote}{value}{end}" for name, value in shown)
        return f" ({text})" if self.dialect.tail == "paren" else f" {text}"


def _cased(text: str, casing: str) -> str:
    match casing:
        case "sentence":
            return text[:1].upper() + text[1:]
        case "upper":
            return text.upper()
        case "title":
            return text.title()
        case _:
            return text


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The part of the words that one system uses, so that its messages resemble each other."""

    objects: tuple[words.Word, ...]
    actions: tuple[words.Verb, ...]
    components: tuple[str, ...]

    @classmethod
    def draw(cls, rng: Random) -> Lexicon:
        package = rng.choice(("", "", f"com.{rng.choice(words.PARTS).en}.", "org.apache.", "o.s.", "k8s."))
        names = [package + _component(rng) for _ in range(rng.randint(2, 6))]
        return cls(
            tuple(rng.sample(words.OBJECTS, rng.randint(5, 18))),
            tuple(rng.sample(words.ACTIONS, rng.randint(5, 16))),
            tuple(names),
        )


def draw_shape(rng: Random, dialect: Dialect, lexicon: Lexicon, tone: Tone) -> Shape:
    """One message shape of ``tone`` in this dialect, from this system's words."""
    action = rng.choice(lexicon.actions)
    first, second = rng.choice(lexicon.objects), rng.choice(lexicon.objects)
    past = {"a": (action.past, action.zh), "d": (action.doing, action.zh)}
    meaning = {**past, "o": (first.en, first.zh), "p": (second.en, second.zh)}
    for name, pool in (("t", words.TROUBLES), ("w", words.WARNINGS), ("c", words.CAUSES), ("s", words.STATES)):
        meaning[name] = (word := rng.choice(pool)).en, word.zh
    slots = tuple(Slot(rng.choice(words.FIELDS), rng.choice(_KINDS)) for _ in range(rng.choice((0, 0, 1, 1, 2, 3))))
    pattern = rng.choice(_PATTERNS[tone])
    return Shape(dialect, tone, pattern, meaning, rng.choice(lexicon.components), slots, rng.choice(_KINDS))


def _component(rng: Random) -> str:
    part = "".join(word.en.title() for word in rng.sample(words.PARTS, rng.randint(1, 2)))
    style = rng.random()
    if style < 0.6:
        return part + rng.choice(words.ROLES)
    return part.lower() + rng.choice(("", "d", "-agent", "_svc", "ctl"))
