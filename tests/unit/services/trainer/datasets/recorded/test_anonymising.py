from __future__ import annotations

import pytest

from services.trainer.datasets.recorded.anonymising import anonymise, telling_parts


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('File "/home/build/.pyenv/versions/3.11.7/lib/python3.11/x.py"', 'File "/usr/local/lib/python3.11/x.py"'),
        ('File "/srv/loglynx/.venv/lib/y.py"', 'File "/opt/venv/lib/y.py"'),
        ("no config in /srv/loglynx/app", "no config in /home/app/app"),
        ("cannot open /tmp/upload-1", "cannot open /var/tmp/upload-1"),
        ("cd /root", "cd /home/app"),
        ("GET /template/rootfs HTTP/1.1", "GET /template/rootfs HTTP/1.1"),
    ],
)
def test_paths_of_a_machine_become_paths_of_any(line: str, expected: str) -> None:
    assert anonymise(line, "/srv/loglynx") == expected
    assert not telling_parts(expected)


@pytest.mark.parametrize("line", ["see /root/x", "from 10.1.2.3 port 4", "open /tmp/a", "on buildhost sshd"])
def test_telling_parts_are_found(line: str) -> None:
    assert telling_parts(line, ("buildhost",))


@pytest.mark.parametrize(
    "line", ["from 127.0.0.1", "client 203.0.113.66", "nginx 1.22.1", "listen 0.0.0.0:80", "/opt/app"]
)
def test_harmless_parts_are_not(line: str) -> None:
    assert not telling_parts(line, ("buildhost",))
