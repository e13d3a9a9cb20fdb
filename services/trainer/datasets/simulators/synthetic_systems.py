"""Systems that do not exist: names, messages, workflows, header and faults all drawn from one seed.

They give training breadth that twenty hand-written systems cannot: a model that has seen a thousand of these must
judge a window by how its lines hang together, not by having met the product before.
- A workflow is a walk over a random graph of messages, so different workflows share lines.
- Warnings and errors are part of normal life here, and a third of the faults use normal lines only, in the wrong
  number or cut short: the level word alone must not give a fault away.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from services.trainer.datasets.simulators import clocks
from services.trainer.datasets.simulators import fields as f
from services.trainer.datasets.simulators.engine import CATEGORIES, Fault, Simulator, Workflow, fault, flow
from services.trainer.datasets.simulators.script import Step
from services.trainer.datasets.simulators.synthetic_words import CHINESE, ENGLISH, Language

_HEADERS: tuple[tuple[str, clocks.Clock], ...] = (
    ("{time} {level} {source} - {message}", clocks.LOG4J),
    ("{time} [{^thread}] {level:<5} {source} - {message}", clocks.LOGBACK),
    ("{time} {level:>5} {@pid} --- [{^thread}] {source} : {message}", clocks.ISO_MS),
    ("[{time}] [{level}] [{source}] {message}", clocks.PLAIN),
    ("{time} {@host} {source}[{@pid}]: {level} {message}", clocks.syslog),
    ("{time} {@host} {source}: {message}", clocks.syslog),
    ("{time} | {level} | {source} | {message}", clocks.LOG4J),
    ("{time} {level} [{source}] {message}", clocks.ISO_US),
    ("time={time} level={level} component={source} msg={quote}{message}{quote}", clocks.ISO_MS),
    ("{time} {source} {level}: {message}", clocks.pattern("%Y/%m/%d %H:%M:%S")),
    ("[{time} {level}] {source}: {message}", clocks.pattern("%Y-%m-%d %H:%M:%S.", 3)),
    ("{level}{time} {@pid:>7} {source}.go:{@line}] {message}", clocks.KLOG),
)
_LEVELS = (
    ("DEBUG", "INFO", "WARN", "ERROR"),
    ("debug", "info", "warning", "error"),
    ("调试", "信息", "警告", "错误"),
)
_SYLLABLES = (
    *("ka", "ro", "ven", "zi", "mar", "tu", "lo", "pex", "ni"),
    *("dra", "sol", "qui", "ba", "ter", "om", "fy", "gra", "ul"),
)


class _Author:
    """Writes one system's scripts from its own small vocabulary."""

    def __init__(self, rng: Random, words: Language, levels: tuple[str, ...]) -> None:
        self.rng, self.words, self.levels = rng, words, levels
        self.things = rng.sample(words.things, rng.randint(4, 8))
        self.deeds = rng.sample(words.deeds, rng.randint(8, 14))
        roles = rng.sample(words.roles, rng.randint(4, 9))
        self.components = [self._component(role) for role in roles]
        self.fields, self.names = _fields(rng)

    def _component(self, role: str) -> str:
        made = "".join(self.rng.choices(_SYLLABLES, k=self.rng.randint(2, 3)))
        if not role.isascii():
            return role if self.rng.random() < 0.5 else f"{made}.{role}"
        style = self.rng.choice(("{m}-{r}", "{M}{R}", "com.{m}.{R}", "{m}.{r}", "{r}"))
        return style.format(m=made, M=made.title(), r=role, R=role.title())

    def say(self, phrase: str, is_fresh: bool = False) -> str:
        """The phrase with this system's words; its variable parts become script fields."""
        mark = "~" if is_fresh else ""
        first, second = self.rng.sample(self.names, 2)
        fresh = self.rng.choice(("", "~"))
        return (
            phrase.replace("{v}", self.rng.choice(self.deeds))
            .replace("{o}", self.rng.choice(self.things))
            .replace("{c}", self.rng.choice(self.components))
            .replace("{f}", f"{{{mark}{first}}}")
            .replace("{g}", f"{{{second}}}")
            .replace("{n}", "{~n}")
            .replace("{ms}", f"{{{fresh}ms}}")
        )

    def line(self, phrases: tuple[str, ...], level: int, is_fresh: bool = False) -> str:
        """``LEVEL component | message``."""
        said = self.say(self.rng.choice(phrases), is_fresh)
        return f"{self.levels[level]} {self.rng.choice(self.components)} | {said}"

    def normal(self) -> str:
        shy = self.rng.choices((0, 1, 2), (3, 8, 0.5))[0]
        return self.line(self.words.sentences, shy)

    def benign(self) -> str:
        return self.line(self.words.benign, self.rng.choice((1, 2, 2, 3)))


def _fields(rng: Random) -> tuple[dict[str, f.Field], list[str]]:
    kinds: list[Callable[[], f.Field]] = [
        lambda: f.integer(1, 10 ** rng.randint(2, 7)),
        lambda: f.shaped("?" * rng.choice((6, 8, 12, 16, 32))),
        lambda: f.shaped(rng.choice(("&&&", "%%", "ID-", "x")) + "#" * rng.randint(3, 9)),
        lambda: f.shaped(rng.choice(("&&&&&", "node-##", "user_####", "&&&.&&&&", "%%%-##"))),
        lambda: f.address(rng.choice(("10.", "172.16.", "192.168.", ""))),
        lambda: f.counter(rng.randint(100, 90000), rng.randint(1, 20)),
        lambda: f.ranked(*("".join(rng.choices(_SYLLABLES, k=2)) for _ in range(rng.randint(3, 9)))),
        lambda: f.decimal(0.0, 10.0 ** rng.randint(1, 4), rng.randint(1, 3)),
        lambda: f.shaped(rng.choice(("/data/&&&/####", "/var/&&&&/&&&.log", "s3://&&&&/####/??"))),
        f.uuid,
    ]
    names = [f"v{i}" for i in range(rng.randint(5, 9))]
    made = {name: rng.choice(kinds)() for name in names}
    pid, line = str(rng.randint(1, 60000)), str(rng.randint(20, 900))
    made |= {
        "n": f.integer(1, rng.choice((9, 60, 400))),
        "ms": f.skewed(rng.choice((4.0, 30.0, 200.0)), 0.7, rng.choice((0, 0, 2))),
        "thread": f.shaped(rng.choice(("worker-#", "pool-1-thread-##", "exec-#", "main"))),
        "host": f.one_of("".join(rng.choices(_SYLLABLES, k=2)) + str(rng.randint(1, 40))),
        "pid": f.one_of(pid),
        "line": f.one_of(line),
        "quote": f.one_of('"'),
    }
    return made, names


def _workflows(author: _Author) -> tuple[Workflow, ...]:
    rng = author.rng
    nodes = [author.normal() for _ in range(rng.randint(26, 60))]
    ahead = [rng.sample(range(len(nodes)), rng.randint(1, 3)) for _ in nodes]
    flows = []
    for rank in range(1, rng.randint(6, 13)):
        at, rows = rng.randrange(len(nodes)), []
        for _ in range(rng.randint(2, 9)):
            option = rng.choices(("", "?0.3 ", "?0.05 ", "*1-3 "), (8, 1.5, 0.7, 1))[0]
            rows.append(option + nodes[at])
            if rng.random() < 0.12:
                rows.append(f"?{rng.choice((0.01, 0.03, 0.1))} {author.benign()}")
            at = rng.choice(ahead[at])
        pace = rng.choice(((1, 30), (5, 200), (100, 2500)))
        flows.append(flow(f"flow{rank}", 10 / rank, "\n".join(rows), pace))
    for rank in range(rng.randint(2, 4)):  # trouble that mends itself
        flows.append(flow(f"benign{rank}", rng.choice((0.1, 0.3, 0.6)), f"{author.benign()}\n{author.normal()}"))
    for rank in range(rng.randint(1, 3)):
        job = "\n".join([author.normal(), f"*1-4 {author.normal()}", author.normal()])
        flows.append(flow(f"job{rank}", 0, job, every_s=rng.choice((10, 30, 60, 300))))
    return tuple(flows)


def _loud_fault(author: _Author, category: str, hit: Workflow) -> Fault:
    rng, signs = author.rng, author.words.signs[category]
    rows = [f"*{rng.randint(1, 2)}-{rng.randint(3, 6)} {author.line(signs, rng.choice((2, 2, 3)), True)}"]
    for _ in range(rng.randint(2, 4)):
        rows.append(f"*1-3 {author.line(signs, rng.choice((1, 2, 3, 3)), True)}")
        if rng.random() < 0.5:
            rows.append(author.line(author.words.gives_up, 3, True))
    ends = f"{_row(hit.steps[0])}\n{author.line(author.words.gives_up, 3)}"
    zh = CHINESE.says[category]
    en = category.replace("_", " ")
    return fault(
        f"{category}", category, f"虚构系统：{zh}", f"Invented system: {en}", "\n".join(rows), {hit.name: ends}
    )


def _row(step: Step) -> str:
    """The script row of a step that has a plain component."""
    return f"{step.level} {''.join(map(str, step.source))} | {step.pattern}"


def _quiet_fault(rng: Random, flows: tuple[Workflow, ...], turn: int) -> Fault:
    """Normal lines only: one of them in a storm, or a workflow that begins again and again and never ends."""
    hit = rng.choice([w for w in flows if not w.every_s])
    steps = hit.steps
    if rng.random() < 0.5 or len(steps) < 3:
        step = rng.choice(steps)
        rows = [f"*9-18 {_row(step)}"]
        category, en, zh = "queue_backlog", "One normal line repeats without end", "某条正常日志反复出现"
    else:
        start = [_row(step) for step in steps[:2]]
        rows = [f"*4-8 {start[0]}", f"& {start[1]}", f"*3-6 {start[0]}"]
        category, en, zh = "timeout", "A workflow begins again and again and never ends", "流程反复开始却从不结束"
    return fault(f"quiet_{category}_{turn}", category, f"虚构系统：{zh}", f"Invented system: {en}", "\n".join(rows))


def random_system(seed: int, language: str | None = None) -> Simulator:
    """A system of its own for every seed. ``language``: "en", "zh" or "mixed"; without it the seed decides."""
    rng = Random(f"system:{seed}")
    spoken = language or rng.choices(("en", "zh", "mixed"), (5, 4, 1))[0]
    words = {"en": ENGLISH, "zh": CHINESE}.get(spoken) or _both(rng)
    header, clock = rng.choice(_HEADERS)
    levels = _LEVELS[rng.choice((0, 0, 1))] if spoken != "zh" else _LEVELS[rng.choice((0, 0, 2))]
    if header.startswith("{level}{time}"):
        levels = ("I", "I", "W", "E")
    author = _Author(rng, words, levels)
    flows = _workflows(author)
    arriving = [w for w in flows if not w.every_s]
    loud = rng.sample(sorted(CATEGORIES), rng.randint(4, 7))
    faults = [_loud_fault(author, category, rng.choice(arriving[:3])) for category in loud]
    faults += [_quiet_fault(rng, flows, turn) for turn in range(rng.randint(2, 3))]
    rate = rng.choice((0.5, 2.0, 8.0, 25.0))
    return Simulator(
        f"synthetic_{seed}", spoken, {"": header}, clock, author.fields, flows, tuple(faults), lines_per_s=rate
    )


def _both(rng: Random) -> Language:
    """A shop of two tongues: some of its lines are English, some Chinese."""
    things, deeds = ENGLISH.things, ENGLISH.deeds
    pick = rng.choice
    signs = {c: pick((ENGLISH, CHINESE)).signs[c] for c in CATEGORIES}
    sentences = ENGLISH.sentences[::2] + CHINESE.sentences[::2]
    benign = ENGLISH.benign[::2] + CHINESE.benign[1::2]
    return Language(things, ENGLISH.roles, sentences, deeds, benign, signs, CHINESE.gives_up, CHINESE.says)
