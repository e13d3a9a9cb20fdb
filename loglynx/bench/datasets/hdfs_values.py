"""What stands in the wildcards of the published HDFS templates, so that a template reads as the line it came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

_BLOCK = "blk_-1608999687919862906"
_FROM, _TO, _HERE = "/10.250.19.102:54106", "/10.250.14.224:50010", "10.250.14.224:50010"
_FILE = "/user/root/rand/_temporary/_task_200811092030_0001_m_000590_0/part-00590"

# Template number -> its wildcards from left to right, with the blanks around them.
HDFS_VALUES: Final[Mapping[int, Sequence[str]]] = {
    1: ("", f" {_BLOCK}"),
    2: ("", f" {_BLOCK}"),
    3: (f"{_HERE} ", f" {_BLOCK} ", " /10.250.19.102"),
    4: (f"{_HERE}:", f" {_BLOCK} ", " /10.250.19.102:"),
    5: ("", f" {_BLOCK} ", f" {_FROM} ", f" {_TO}"),
    6: ("", f" {_BLOCK} ", f" {_FROM} ", f" {_TO} ", " 67108864"),
    7: ("", f" {_BLOCK} ", " java.io.IOException: Could not read from stream"),
    8: ("", " 1 ", f" {_BLOCK} ", "."),
    9: ("", f" {_BLOCK} ", " 67108864 ", " /10.250.14.224"),
    10: ("", f" {_BLOCK} 2 ", " java.io.IOException: Broken pipe"),
    11: ("", "1", _BLOCK, ""),
    12: (_HERE, f" {_BLOCK} ", " 10.251.107.50:50010"),
    13: ("", f" {_BLOCK}"),
    14: ("", f" {_BLOCK} java.io.EOFException"),
    15: ("", f" {_BLOCK} ", " 0 ", " 34668544 ", " 270855"),
    16: (_HERE, f" {_BLOCK} ", f" {_TO}"),
    17: (_HERE, f" {_BLOCK} ", " 10.251.107.50:50010 ", " java.io.IOException: Connection reset by peer"),
    18: (f"{_HERE} ", f" {_BLOCK} ", " 10.251.107.50:50010"),
    19: ("", f" {_BLOCK}"),
    20: ("", f" {_BLOCK}. ", "."),
    21: ("", f" {_BLOCK} ", f" /mnt/hadoop/dfs/data/current/{_BLOCK}"),
    22: ("", ".", f" {_FILE}. {_BLOCK}"),
    23: ("", ".", f" {_BLOCK} ", f" {_HERE}"),
    24: ("", f" {_BLOCK} ", "."),
    25: ("", f" {_HERE} ", f" {_BLOCK} ", " datanode(s) 10.251.107.50:50010"),
    26: ("", ".", f" {_HERE} ", f" {_BLOCK} ", " 67108864"),
    27: ("", ".", f" {_BLOCK} ", f" {_HERE} ", " 67108864"),
    28: ("", ".", f" {_BLOCK} ", f" {_HERE} ", " 67108864 "),
    29: ("", f" {_BLOCK}"),
    30: ("", _HERE, _BLOCK),
}
