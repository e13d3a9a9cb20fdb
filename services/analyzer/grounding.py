"""The verifier: does a text claim only what its cited lines say?

Every number (in digits or words), line number, address, path, id, exception class, product, quoted phrase and named
thing in the text must occur in the cited lines; so must every other word that is no plain English, and every Chinese
character that plain technical writing does not use. Not seen: a name that is an ordinary word ("the service Echo" is,
"Echo failed" is not), and a claim made of ordinary words only. ``unsupported_claims`` returns what it could not find.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from services.analyzer.numerals import NUMBER_WORDS, numerals_in
from services.analyzer.ordinary_words import ACRONYMS, COMPOUNDS, ORDINARY
from services.analyzer.plain_chinese import names_in
from services.analyzer.plain_english import is_plain
from services.analyzer.spans import spans_of

_LINE_REFERENCE = re.compile(
    r"(?:\blines?\s+|(?<![\w-])L|#)(\d{1,9}(?:\s?(?:,|-|–|to|and|&)\s?\d{1,9}){0,9})|"
    r"第\s?(\d{1,9}(?:\s?(?:、|,|，|-|~|至|到|和)\s?\d{1,9}){0,9})\s?(?:行|条)",
    re.IGNORECASE,
)
# "3 lines", "two cited lines", "12 个事件": how much was looked at
_COUNTED = re.compile(
    r"\b(\d{1,4}|[a-z]+) (?:of the |cited |shown |log ){0,2}(?:lines?|events?)\b|"
    r"(\d{1,4}|[一二两三四五六七八九十]{1,3}) ?(?:行|条日志|个事件)",
)
_HAN_BESIDE_ASCII = re.compile(r"(?<=[\u3040-\u9fff])(?=[!-~])|(?<=[!-~])(?=[\u3040-\u9fff])")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,]\d+)*")
_BEGINS_WITH_DIGIT = re.compile(r"(?<![\w.])\d+[a-z_]\w*")
# what can support one: no digit of an id, a hash or a version; for a number in words, none of a path or a name either
_UNIT = r"(?![a-z\d_])|(?=(?:[mun]?s|[kmgt]i?b?|h|x|min|sec|st|nd|rd|th|bytes)\b)"
_SUPPORTING = re.compile(rf"(?<![\w.])\d+(?:[.,]\d+)*(?:{_UNIT})")
_STANDING = re.compile(rf"(?<![\w./:-])\d+(?:[.,]\d+)*(?:{_UNIT})")
_WORD = re.compile(r"[^\W\d_\u3040-\u9fff]{2,}(?:['’][a-z]{1,2})?")
_QUOTED = re.compile(
    r"“([^”]{2,300})”|「([^」]{2,300})」|`([^`]{2,300})`|(?<![\w])\"([^\"]{2,300})\"|(?<!\w)'([^']{2,300})'(?!\w)|《([^》]{2,300})》"
)
_SHAPED = re.compile(
    r"(?<!\d\.)(?<![\w$])[A-Za-z_$][\w$]*(?:[._/:@\\-]+[\w$]+)+|"  # dotted, dashed or slashed
    r"\b[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+\b|\b[a-z]+[A-Z]\w+\b|\b\w*_\w+\b|\b[A-Za-z]+\d\w*\b|\b[A-Z]{2,}[A-Z0-9-]*\b"
)
_INTRODUCED = re.compile(
    r"\b(?:users?|accounts?|hosts?|hostname|servers?|services?|pods?|containers?|nodes?|tables?|databases?|topics?|queues?|"
    r"brokers?|clusters?|namespaces?|buckets?|indexes|index|streams?|devices?|disks?|interfaces?|class|methods?|functions?)"
    r"\s+(?:named |called )?([A-Za-z][\w.-]{2,60})|"
    r"(?:用户|账号|主机|服务器|服务|节点|容器|数据库|表|队列|主题|集群|设备|接口|方法|类)\s?([A-Za-z][\w.-]{2,60})"
)
_PRODUCTS = re.compile(
    r"\b(?:mysql|mariadb|postgres(?:ql)?|oracle|mongodb?|redis|kafka|rabbitmq|rocketmq|zookeeper|etcd|consul|nacos|eureka|"
    r"elasticsearch|opensearch|kibana|logstash|nginx|apache|tomcat|jetty|envoy|haproxy|traefik|istio|kubernetes|kubelet|k8s|"
    r"docker|containerd|hadoop|hdfs|yarn|spark|flink|hive|hbase|cassandra|clickhouse|tidb|druid|hikari|spring|dubbo|django|"
    r"flask|node\.js|express|windows|linux|ubuntu|debian|centos|android|ios|aws|azure|gcp|s3|ec2|lambda|prometheus|grafana|"
    r"openstack|nova|ceph|minio|vault|jenkins|gitlab|github|sendmail|postfix|dovecot|openssl|openvpn|systemd|cron|sshd|"
    r"rsyslog|samba|kerberos|memcached|cloudflare|stripe|paypal|alipay|wechat|sentinel|seata|xxl-job)\b|达梦|支付宝|微信|阿里云|腾讯云|华为云",
    re.IGNORECASE,
)


def unsupported_claims(text: str, cited: Iterable[str], cited_numbers: Sequence[int], events: int = 0) -> list[str]:
    """What ``text`` names or counts and the ``cited`` lines do not; empty when every claim is supported.

    cited_numbers  the line numbers that the text may refer to
    events         how many events the window has; that number may be said
    """
    source = " \n ".join(_folded(line) for line in cited)
    beside = _apart(source)
    said, numbers = set(_WORD.findall(source)), _numbers_in(beside, _SUPPORTING)
    counted = _numbers_in(beside, _STANDING) | {words for words, _ in numerals_in(source)}
    claims: list[str] = []
    for match in _LINE_REFERENCE.finditer(text):
        claims += [match[0] for number in re.findall(r"\d+", match[0]) if int(number) not in cited_numbers]
    rest = _LINE_REFERENCE.sub(" ", text)
    folded = _apart(_without_counts(_folded(rest), {len(cited_numbers), events or len(cited_numbers)}))
    tokens = set(_BEGINS_WITH_DIGIT.findall(beside))
    folded_rest = _BEGINS_WITH_DIGIT.sub(lambda match: " " if match[0] in tokens else match[0], folded)
    claims += sorted(_numbers_in(folded_rest) - numbers)
    claims += [words for words, value in numerals_in(folded) if not {words, value} & counted]
    claims += [word for word in _WORD.findall(folded) if not (word in said or word in NUMBER_WORDS or is_plain(word))]
    claims += names_in(folded, source)
    apart = _apart(rest)
    named = [
        *_quoted(rest),
        *(span for kind, span in spans_of(apart) if kind not in ("duration", "amount")),
        *_shaped(apart),
        *_introduced(apart),
        *(match[0] for match in _PRODUCTS.finditer(apart)),
    ]
    claims += [name for name in named if not _is_in(name, source)]
    return list(dict.fromkeys(claims))


def _apart(text: str) -> str:
    """Chinese and other characters with a blank between, so that both begin and end where a word does."""
    return _HAN_BESIDE_ASCII.sub(" ", text)


def _without_counts(text: str, allowed: set[int]) -> str:
    """The text without remarks on how many lines or events there are, where they are right."""

    def keep_wrong(match: re.Match[str]) -> str:
        said = match[1] or match[2]
        values = {said, *(value for _, value in [*numerals_in(said), *numerals_in(f"{said}个")])}
        return " " if values & {str(count) for count in allowed} else match[0]

    return _COUNTED.sub(keep_wrong, text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("‹", "<").replace("›", ">")


def _numbers_in(text: str, pattern: re.Pattern[str] = _NUMBER) -> set[str]:
    """Numbers as written, without separators of thousands."""
    found = pattern.findall(text)
    return {number.replace(",", "") for number in found}


def _is_in(name: str, source: str) -> bool:
    """True if ``name`` occurs in ``source`` as a whole word (letters and digits must not go on)."""
    folded = re.sub(r"\s+", " ", _folded(name)).strip(" .,:;…")
    if not folded:
        return True
    pieces = [piece.strip() for piece in folded.split("…") if piece.strip()]
    return all(_piece_is_in(piece, re.sub(r"\s+", " ", source)) for piece in pieces)


def _piece_is_in(piece: str, source: str) -> bool:
    left = r"(?<![a-z0-9])(?<!\d\.)" if piece[0].isascii() and piece[0].isalnum() else ""
    right = r"(?![a-z0-9]|\.\d)" if piece[-1].isascii() and piece[-1].isalnum() else ""
    return re.search(left + re.escape(piece) + right, source) is not None


def _quoted(text: str) -> list[str]:
    return [next(group for group in match.groups() if group) for match in _QUOTED.finditer(text)]


def _shaped(text: str) -> list[str]:
    return [match[0] for match in _SHAPED.finditer(text) if _is_name(match[0])]


def _is_name(token: str) -> bool:
    """Written like a name ("order-service", "DB01", "KeyError"), not like English ("read-only", "TCP")."""
    return token.casefold() not in COMPOUNDS and token.upper() not in ACRONYMS


def _is_ordinary(word: str) -> bool:
    """A word that only goes on after "the service": a verb, an adverb, "user credentials"."""
    folded = word.casefold()
    return folded in ORDINARY or (word.isalpha() and word.islower() and folded.endswith(("ed", "ing", "ly")))


def _introduced(text: str) -> list[str]:
    found = [match[1] or match[2] for match in _INTRODUCED.finditer(text)]
    return [name for name in (name.strip(".-") for name in found) if not _is_ordinary(name) and _is_name(name)]
