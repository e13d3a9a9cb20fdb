import numpy as np
import pytest

from shared.core.line_ids import collapse, line_ids


@pytest.mark.parametrize(
    ("message", "collapsed"),
    [
        ("took 12.5ms for 300", "took 0.0ms for 0"),
        ("b9000564-fe1a-409b-b8cc-1e88b294cd1d", "0f-0f-0f-0f-0f"),
        ("id 70ad787d48fd22a2.", "id 0f."),
        ("at 0xDEADbeef", "at 0x0"),
        ("deadbeef cafe1", "deadbeef cafe0"),
        ("12345678901234567890", "0"),
        ("第１２次（共３）", "第0次(共0)"),
        ("٣ apples", "0 apples"),
        ("x12345678abc", "x0abc"),
    ],
)
def test_collapse(message: str, collapsed: str) -> None:
    assert collapse(message) == collapsed


def test_ids_do_not_depend_on_the_batch() -> None:
    messages = [f"took {n} ms, id 0x{n:x}, {'中' * (n % 3)}" for n in range(40)]
    alone = np.concatenate([line_ids([message]) for message in messages])
    assert (line_ids(messages) == alone).all()
    assert len(set(line_ids(messages).tolist())) == 3


def test_ids_are_the_same_on_every_machine() -> None:
    assert line_ids(["session closed for user root"])[0] == np.uint64(0x1471717BF924B16D)


def test_no_messages_no_ids() -> None:
    assert line_ids([]).shape == (0,)
    assert line_ids([]).dtype == np.uint64
