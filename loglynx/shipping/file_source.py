"""Files named by patterns, followed over rotation: each line once, in the order written, however the file moves.

A file is known by its Mark, not by its name. Renamed, it is read to its end under its new name, or none; copied and
truncated, the copy is asked for what had not been read; packed, it is recognised by its bytes. Files that came and
were rotated away while nobody looked are found beside their base name and read in the order they were written.

In: patterns, the marks of earlier runs. Out: shipments, None where there is nothing now. Memory: one push's worth of
lines, however many files. A file that cannot be opened, or is no text, is left out with a warning.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from loglynx.reading import looks_binary
from loglynx.shipping.contents import Content, Mark, closed_on_error, open_content
from loglynx.shipping.file_options import FileOptions
from loglynx.shipping.follower import Follower, Replaced
from loglynx.shipping.mark_book import MarkBook, new_name
from loglynx.shipping.recognising import at_end, identity_of, is_complete, may_be_a_copy_under_way, recognised
from loglynx.shipping.rotation import base_name, dated, log_of, rotated_from
from loglynx.shipping.shipment import Shipment
from loglynx.shipping.watched import Watched

POLL_S = 0.5
SCAN_S = 2.0
ENDING_S = 60.0  # a file that was renamed is read on for this long: its writer may not have noticed yet


class FileSource:
    """``wait`` pauses for so many seconds or less and is True when it is time to stop; ``warn`` tells a person."""

    def __init__(
        self,
        patterns: list[str],
        positions: Mapping[str, Any],
        options: FileOptions,
        wait: Callable[[float], bool],
        warn: Callable[[str], None] = lambda text: None,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._watched = Watched(patterns, options.exclude, positions)
        self._options = options
        self._wait = wait
        self._warn = warn
        self._now_s = now_s
        self._marks = MarkBook(positions)
        self._is_first = not self._marks
        self._is_first_scan = True
        self._followers: dict[str, Follower] = {}
        self._present: set[tuple[int, int]] = set()  # of the files that the last look found
        self._left_alone: dict[tuple[int, int], int] = {}  # identity -> when it was last written, in ns
        self._missing: dict[str, Path] = {}  # marks whose file was truncated: what followed is looked for
        self._owed: dict[Path, int] = {}  # logs not all of whose files were ready: since when to look, in ns
        self._looked_back: dict[str, int] = {}  # of empty files: their youngest rotated file, in ns
        self._warned: set[str] = set()

    @property
    def names(self) -> list[str]:
        return [follower.path for follower in self._followers.values()]

    def shipments(self) -> Generator[Shipment | None, None, None]:
        """Endless, but for ``is_once``. Files that were one log are read one after the other."""
        try:
            yield from self._shipments()
        finally:
            for follower in self._followers.values():
                follower.close()

    def _shipments(self) -> Generator[Shipment | None, None, None]:
        scanned_s = float("-inf")
        while True:
            if self._options.is_once or self._now_s() - scanned_s >= SCAN_S:
                self.scan()
                scanned_s = self._now_s()
                yield Shipment((), "", after=self._changed())
            served: set[Path] = set()
            for follower in list(self._followers.values()):
                path = Path(follower.path)
                log = log_of(path)
                if log not in served and (shipment := self._read(follower)) is not None:
                    served.add(log)
                    yield shipment
            if served:
                continue
            yield Shipment((), "", after=self._changed())
            yield None
            if self._options.is_once or self._wait(POLL_S):
                return

    def scan(self) -> None:
        """See which files are there, and which of them are which."""
        by_path = {f.path: f for f in self._followers.values() if not f.is_ending}
        self._present.clear()
        for path in self._watched.look(self._now_ms()):
            try:
                identity = identity_of(path)
                self._present.add(identity)
                follower = by_path.pop(str(path), None)
                if follower is not None and follower.content.identity == identity:
                    continue
                if follower is not None:
                    follower.is_ending = True
                if self._left_alone.get(identity) != path.stat().st_mtime_ns:
                    self._take(path, identity)
            except OSError as error:
                self._warn_once(f"{path}: {error.strerror}")
        for follower in by_path.values():
            follower.is_ending = True
        for follower in list(self._followers.values()):
            if not follower.mark.offset:
                self._has_missed(follower)
        self._missing = {name: path for name, path in self._missing.items() if not self._catch_up(path, name)}
        if self._is_first_scan:
            self._resume()
        self._is_first = self._is_first_scan = False

    def _take(self, path: Path, identity: tuple[int, int]) -> None:
        """Follow the file at ``path``: the one known by its mark, or a new one after what came between."""
        same = next((f for f in self._followers.values() if f.content.identity == identity), None)
        if same is not None:
            self._renamed(same, path)
            return
        with closed_on_error(open_content(path)) as content:
            name = recognised(path, content, self._marks, self._followers)
            if name is not None and name not in self._followers:
                self._follow(name, self._marks[name].moved_to(path, content.identity), content)
            elif name is None and self._watched.is_from_before(path):
                self._leave_alone(path, content)
            elif name is not None or not self._is_ready(path, content):
                content.close()
            elif not self._options.is_binary_allowed and looks_binary(content.read_at(0, 64 * 1024)):
                self._warn_once(f"{path}: this does not look like text; --binary ships it all the same")
                self._leave_alone(path, content)
            elif self._catch_up(path):
                mark = Mark(str(path), *identity, read_ms=self._now_ms())
                if self._is_first and self._options.is_from_end:
                    mark = at_end(mark, content, self._now_ms())
                self._follow(new_name(), mark, content)
            else:
                content.close()

    def _renamed(self, follower: Follower, path: Path) -> None:
        """The file has another name now that is followed too; or it has two."""
        with suppress(OSError):
            if identity_of(Path(follower.path)) == follower.content.identity:
                return
        follower.rename(path)
        follower.is_ending = False

    def _is_ready(self, path: Path, content: Content) -> bool:
        """False for a file that may still turn out to be a known one: its copying or packing goes on."""
        now_s = self._now_s()
        if content.is_packed:  # and what is not read yet cannot be told from its packed form
            return not self._is_any_unread(path) and is_complete(path, content, now_s)
        return not may_be_a_copy_under_way(path, content, self._marks, now_s)

    def _resume(self) -> None:
        """Follow what an earlier run was still reading when it ended, wherever it is now."""
        for name, mark in list(self._marks.items()):
            log = log_of(Path(mark.path))
            for path in () if mark.is_done else (Path(mark.path), *rotated_from(log)):
                if name in self._followers:
                    break
                with suppress(OSError), closed_on_error(open_content(path)) as content:
                    if self._name_of(path, content) == name:
                        self._follow(name, mark.moved_to(path, content.identity), content, is_ending=True)
                    else:
                        content.close()

    def _is_any_unread(self, path: Path) -> bool:
        fresh = (f for f in self._followers.values() if not f.mark.offset and not f.content.is_packed)
        return any(log_of(Path(f.path)) == log_of(path) and f.content.read_at(0, 1) for f in fresh)

    def _catch_up(self, path: Path, after: str = "") -> bool:
        """Follow what had this name since it was last read and is now beside it. False: not everything is ready.

        after  name of the mark that counts as read last; the latest of this path when not given
        """
        last_read = self._marks.last_read(path, after)
        if last_read is None:
            return True
        since_ms, latest = last_read
        owed_ns = self._owed.pop(path, None)
        since_ns = since_ms * 1_000_000 if owed_ns is None else owed_ns
        fresh: list[tuple[int, Path, Content]] = []
        for other in rotated_from(path):
            with suppress(OSError):
                written_ns = other.stat().st_mtime_ns
                with closed_on_error(open_content(other)) as content:
                    name = self._name_of(other, content)
                if name is None:
                    fresh.append((written_ns, other, content))
                    continue
                # without an offset it may have been truncated in between
                if name == latest and owed_ns is None and self._marks[name].offset:
                    since_ns = written_ns
                if name in self._followers:
                    content.close()
                else:
                    self._follow(name, self._marks[name].moved_to(other, content.identity), content, is_ending=True)
        is_ready = True
        for written_ns, other, content in fresh:
            is_later = written_ns > since_ns
            if is_later and self._is_ready(other, content):
                mark = Mark(str(other), *content.identity, read_ms=self._now_ms())
                self._follow(new_name(), mark, content, is_ending=True)
            else:
                is_ready = is_ready and not is_later
                content.close()
        if not is_ready:
            self._owed[path] = since_ns
        return is_ready

    def _name_of(self, path: Path, content: Content) -> str | None:
        followed = next((f.name for f in self._followers.values() if f.content.identity == content.identity), None)
        return followed or recognised(path, content, self._marks, self._followers)

    def _follow(self, name: str, mark: Mark, content: Content, is_ending: bool = False) -> None:
        stream = self._options.stream or base_name(Path(mark.path).name)
        mark = self._marks[name] = replace(mark, is_done=False)
        self._followers[name] = Follower(name, content, mark, stream, is_ending)

    def _read(self, follower: Follower) -> Shipment | None:
        mark_before = follower.mark
        is_over = follower.content.is_packed or (follower.is_ending and self._is_quiet(follower))
        try:
            lines, mark = follower.read(self._now_ms(), is_over or self._options.is_once)
        except Replaced:
            self._replaced(follower)
            return None
        if not lines:
            follower.quiet_since_s = follower.quiet_since_s or self._now_s()
            if is_over:
                self._end(follower)
                self._marks[follower.name] = replace(follower.mark, is_done=True)
            return None
        if not mark_before.offset and self._has_missed(follower):
            return Shipment((), "")
        follower.quiet_since_s = None
        follower.mark = mark
        self._marks.written(follower.name, mark)
        return Shipment(tuple(lines), follower.stream, after={follower.name: asdict(mark)}, shown_as=follower.path)

    def _has_missed(self, follower: Follower) -> bool:
        """Nothing in an empty file tells that it was truncated: what it held is looked for where rotation puts it."""
        path = Path(follower.path)
        newest_ns = max((written_ns for written_ns, _ in dated(rotated_from(path))), default=0)
        if newest_ns <= self._looked_back.get(follower.name, follower.mark.read_ms * 1_000_000):
            return False
        self._looked_back[follower.name] = newest_ns
        known = len(self._followers)
        self._catch_up(path)
        if len(self._followers) == known:
            return False
        self._followers[follower.name] = self._followers.pop(follower.name)  # read after what came before it
        return True

    def _replaced(self, follower: Follower) -> None:
        """Truncated or written anew: the copy, if there is one, has what was not read; then from the beginning."""
        self._end(follower)
        self._marks[follower.name] = replace(follower.mark, inode=0)  # what it marks is in this file no more
        self._missing[follower.name] = Path(follower.path)
        if not follower.is_ending:
            with suppress(OSError):
                self._take(Path(follower.path), follower.content.identity)

    def _is_quiet(self, follower: Follower) -> bool:
        quiet_s = follower.quiet_since_s
        return self._options.is_once or (quiet_s is not None and self._now_s() - quiet_s >= ENDING_S)

    def _end(self, follower: Follower) -> None:
        self._followers.pop(follower.name, None)
        if follower.content.is_packed:
            self._leave_alone(Path(follower.path), follower.content)
        follower.close()

    def _leave_alone(self, path: Path, content: Content) -> None:
        """Until it is written again."""
        with suppress(OSError):
            self._left_alone[content.identity] = path.stat().st_mtime_ns
        content.close()

    def _changed(self) -> dict[str, object]:
        present = {name for name, mark in self._marks.items() if mark.identity in self._present}
        changed = self._marks.changed(present.union(self._followers), self._now_ms())
        return changed | self._watched.changed(lambda: self._marks.logs)

    def _warn_once(self, text: str) -> None:
        if text not in self._warned:
            self._warned.add(text)
            self._warn(text)

    def _now_ms(self) -> int:
        return int(self._now_s() * 1000)
