"""Does anything that a reply invents reach an analysis?

    python benchmarks/analyzer/grounding.py [--count 10000] [--seed 1]

Each round draws a window with a fault and a well-formed reply to it whose title, explanation, probable cause and
entities each hold something that no line says: a name (of a person, host, service, product, file, exception ...; in
English and Chinese, bare, introduced or quoted), a number (in digits or words) or a line number. Counted is how often
one of them is found in the analysis, anywhere. Beside it, how many titles that only copy were taken as they were: a
verifier that rejects everything would be useless.

Prints one JSON object. Exit code 1 if anything invented was accepted.
"""

# ruff: noqa: E501 (tables of sentences and names are easier to read in rows)

from __future__ import annotations

import argparse
import json
import random
import unicodedata
from collections import Counter

from fault_windows import FaultWindow, fault_window

from services.analyzer.llm.protocol import RawReply
from services.analyzer.prompting import build_prompt
from services.analyzer.reply_parsing import ReplyInvalid, parse_reply
from services.analyzer.rules import explain
from services.analyzer.schemas import Analysis
from shared.core.taxonomy import Category

_SYLLABLES = "ba be bo ca co da de di do fa fe ga go ha jo ka ki la le li lo lu ma me mi mo na ne no pa po qua ra re ri ro sa se si so ta te ti to va ve vi xa za zo".split()  # noqa: SIM905
_FIRST = "Mallory Alice Oscar Peggy Trudy Walter Ingrid Yusuf Akira Priya Dmitri Chen Olga Hugo Nadia Bjorn".split()  # noqa: SIM905
_LAST = "Smith Okafor Novak Tanaka Petrov Garcia Lindqvist Haddad Moreau Kowalski Zhang Silva Mbeki Costa".split()  # noqa: SIM905
_FAMILY = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林郑谢罗梁宋唐许韩冯邓曹彭曾萧田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉红春梅文建国志海燕鹏辉琳琪婷雪佳慧颖欣宇浩然子轩梓涵"
_WORDS_EN = (
    "three",
    "four",
    "seven",
    "eleven",
    "fourteen",
    "seventeen",
    "twenty-three",
    "forty",
    "eighty",
    "two hundred",
    "six thousand",
)
_WORDS_ZH = ("三次", "七台", "十二个", "五百条", "八千次", "百分之九十", "四十秒", "两万条", "六倍")
# {x} is where the invention goes
_SAYS = {
    ("en", "name"): ("{x} caused the failure.", "The service {x} is down.", "The user {x} changed it.", "It failed because {x} restarted.",
                     "The cited line says that “{x}” was refused.", "Please ask {x} about the outage.", "Started by {x}, then stopped."),
    ("en", "number"): ("It failed {x} times.", "The request took {x} ms.", "About {x} connections were lost.", "The disk is {x} % full.", "Port {x} is closed."),
    ("en", "words"): ("It failed {x} times.", "It affected {x} hosts.", "The service lost {x} connections."),
    ("en", "line"): ("Line {x} shows the reason.", "See lines {x} and {x}.", "L{x} is the first."),
    ("zh", "name"): ("{x}导致了本次失败。", "用户{x}修改了配置。", "服务 {x} 不可用。", "由于 {x} 重启，请求失败。", "请联系{x}确认原因。", "日志中的“{x}”被拒绝。"),
    ("zh", "number"): ("共失败 {x} 次。", "请求耗时 {x} 毫秒。", "磁盘使用率达到 {x}%。", "端口 {x} 已关闭。"),
    ("zh", "words"): ("请求失败了{x}。", "影响范围为{x}。", "失败{x}后停止。"),
    ("zh", "line"): ("第 {x} 行说明了原因。", "参见第{x}条日志。"),
}  # fmt: skip
_HONEST = {
    "en": ("Line {line} reports the trouble with {span}.", "The service failed, see line {line}: {span}.", "The trouble named in line {line} is the likely cause."),
    "zh": ("第 {line} 行报告了 {span} 的问题。", "服务失败，参见第 {line} 行：{span}。", "第 {line} 行所示问题可能是原因。"),
}  # fmt: skip


def invented(kind: str, language: str, rng: random.Random) -> str:
    """Something that no window holds, as a rule; ``in_source`` tells."""
    if kind == "number":
        return rng.choice(
            (
                str(rng.randint(10_001, 99_999)),
                f"{rng.randint(100, 999)}.{rng.randint(1, 9)}",
                f"{rng.randint(10, 99)},{rng.randint(100, 999)}",
            )
        )
    if kind == "words":
        return rng.choice(_WORDS_EN if language == "en" else _WORDS_ZH)
    if kind == "line":
        return str(rng.randint(60, 400))
    word = "".join(rng.choice(_SYLLABLES) for _ in range(rng.randint(3, 4)))
    number = rng.randint(1, 99)
    names = [
        rng.choice(_FIRST), f"{rng.choice(_FIRST)} {rng.choice(_LAST)}", word, word.capitalize(), f"{word}-{number}",
        f"{word}-service", f"{word}.{rng.choice(_SYLLABLES)}o.example.com", f"/opt/{word}/{number}.conf", f"{word.capitalize()}Exception",
        f"{word.upper()}-{number:04d}", f"db{number}.{word}", f"{rng.randint(1, 223)}.{rng.randint(0, 255)}.66.{number}", f"{word}_{number}",
        f"https://{word}.example/{number}", f"{word}@{word}.org", f"{word.capitalize()}{rng.choice(('DB', 'MQ', 'Cloud', 'Cache'))}", f"v{number}.{number + 1}",
    ]  # fmt: skip
    if language == "zh":
        names += [
            rng.choice(_FAMILY) + "".join(rng.choice(_GIVEN) for _ in range(rng.randint(1, 2))) for _ in range(6)
        ]
    return rng.choice(names)


def lying_reply(window: FaultWindow, rng: random.Random) -> tuple[str, list[str]]:
    """A reply in the right form, and what it invents."""
    lies: list[str] = []

    def text() -> str:
        kind = rng.choice(("name", "name", "number", "words", "line"))
        lies.append(invented(kind, window.language, rng))
        sentence = rng.choice(_SAYS[(window.language, kind)]).replace("{x}", lies[-1])
        return rng.choice(("", honest(window, rng) + " ")) + sentence

    shown = rng.sample(range(1, len(window.flag.events) + 1), k=rng.randint(1, 3))
    entities = [{"line": rng.choice(shown), "span": invented("name", "en", rng)} for _ in range(rng.randint(0, 3))]
    lies += [str(entity["span"]) for entity in entities]
    reply = reply_of(window, shown, entities, [text(), text(), text()], rng)
    return reply, lies


def honest(window: FaultWindow, rng: random.Random, lines: list[int] | None = None) -> str:
    """A sentence that copies from the window."""
    number = rng.choice(lines or window.fault_lines)
    span = window.flag.events[number - 1].text.split(" - ")[0].split()[-1]
    return rng.choice(_HONEST[window.language]).format(line=number, span=span)


def reply_of(
    window: FaultWindow, evidence: list[int], entities: list[dict[str, object]], texts: list[str], rng: random.Random
) -> str:
    category = rng.choice(
        (window.category, window.category, rng.choice([c for c in Category if c is not Category.BENIGN]))
    )
    reply = {
        "evidence": evidence, "entities": entities, "category": category.value, "severity": rng.choice(("low", "critical")),
        "confidence": round(rng.random(), 2), "title": texts[0][:120], "explanation": texts[1], "probable_cause": texts[2],
        "actions": ["check_load"], "ruled_out": ["timeout"],
    }  # fmt: skip
    return json.dumps(reply, ensure_ascii=False)


def folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def told(analysis: Analysis) -> str:
    """Everything of an analysis that its reader sees and that could have come from the reply."""
    parts = [analysis.title, analysis.explanation, analysis.probable_cause]
    parts += [entity.span for entity in analysis.entities] + [entry.reason for entry in analysis.ruled_out]
    return folded(" \n ".join(parts))


def measure(count: int, seed: int) -> dict[str, object]:
    """Draw ``count`` lying replies (and a tenth as many honest ones)."""
    rng = random.Random(seed)
    accepted: Counter[str] = Counter()
    tried = refused = 0
    for _ in range(count):
        window = fault_window(rng)
        reply, lies = lying_reply(window, rng)
        source = folded(" ".join(event.text for event in window.flag.events))
        rules = explain(window.flag)
        lies = [lie for lie in lies if folded(lie) not in source and folded(lie) not in told(rules)]
        tried += len(lies)
        try:
            analysis = parse_reply(RawReply(reply), build_prompt(window.flag, rules), window.flag, rules, "bench")
        except ReplyInvalid:
            refused += 1
            continue
        shown = told(analysis)
        accepted.update(lie for lie in lies if folded(lie) in shown)
        if list(type(analysis.severity)).index(analysis.severity) < list(type(analysis.severity)).index(
            window.flag.verdict.severity
        ):  # type: ignore[arg-type]
            accepted["severity below the floor"] += 1
    taken = 0
    honest_count = max(1, count // 10)
    for _ in range(honest_count):
        window = fault_window(rng)
        cited = list(window.fault_lines)
        reply = reply_of(window, cited, [], [honest(window, rng, cited) for _ in range(3)], rng)
        rules = explain(window.flag)
        analysis = parse_reply(RawReply(reply), build_prompt(window.flag, rules), window.flag, rules, "bench")
        taken += analysis.title == json.loads(reply)["title"]
    return {
        "replies": count, "claims_invented": tried, "claims_accepted": sum(accepted.values()), "accepted": dict(accepted.most_common(40)),
        "replies_refused": refused, "honest_replies": honest_count, "honest_titles_kept": taken,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    result = measure(options.count, options.seed)
    print(json.dumps(result, indent=1, ensure_ascii=False))
    return 1 if result["claims_accepted"] else 0


if __name__ == "__main__":
    raise SystemExit(main())
