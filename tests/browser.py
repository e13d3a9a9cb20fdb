"""A real browser for tests, told what to do over its DevTools protocol; scripts of pages do not run in it.

with browsing(directory) as browser: ...
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--remote-debugging-port=0", "--window-size=1100,900",
)  # fmt: skip


@contextmanager
def browsing(profile: Path) -> Iterator[Browser | None]:
    """A browser with its data in ``profile``; None where there is no Chromium."""
    binary = next((found for name in NAMES if (found := shutil.which(name))), None)
    if binary is None:
        yield None
        return
    with subprocess.Popen(
        [binary, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            with connect(_address(profile / "DevToolsActivePort"), max_size=2**26, open_timeout=20) as page:
                yield Browser(page)
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # its helpers too, which a kill would leave behind


def _address(port_file: Path) -> str:
    deadline = time.monotonic() + 60
    while not (port_file.exists() and port_file.read_text().strip()):
        assert time.monotonic() < deadline, "the browser did not start"
        time.sleep(0.1)
    targets = httpx.get(f"http://127.0.0.1:{port_file.read_text().split()[0]}/json/list", timeout=20).json()
    return str(next(target["webSocketDebuggerUrl"] for target in targets if target["type"] == "page"))


class Browser:
    """One page of one browser."""

    def __init__(self, page: ClientConnection) -> None:
        self._page, self._ids, self._loads = page, itertools.count(1), 0
        for domain in ("Page", "DOM"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setScriptExecutionDisabled", value=True)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._page.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = self._receive(30)
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return dict(answer["result"])

    def open(self, url: str) -> None:
        before = self._loads
        self.call("Page.navigate", url=url)
        self._wait_for_load(before)

    def click(self, selector: str) -> None:
        """A mouse click in the middle of what ``selector`` finds, and whatever page that leads to."""
        node = self._node(selector)
        self.call("DOM.scrollIntoViewIfNeeded", nodeId=node)
        corners = self.call("DOM.getBoxModel", nodeId=node)["model"]["content"]
        at = {"x": sum(corners[0::2]) / 4, "y": sum(corners[1::2]) / 4, "button": "left", "clickCount": 1}
        before = self._loads
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, **at)
        self._wait_for_load(before)

    def type(self, selector: str, text: str) -> None:
        self.call("DOM.focus", nodeId=self._node(selector))
        self.call("Input.insertText", text=text)

    def html(self) -> str:
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        return str(self.call("DOM.getOuterHTML", nodeId=root)["outerHTML"])

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]))

    def _node(self, selector: str) -> int:
        root = self.call("DOM.getDocument")["root"]["nodeId"]
        node = int(self.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"])
        assert node, f"nothing is {selector} on {self.html()[:2000]}"
        return node

    def _wait_for_load(self, before: int) -> None:
        """Until a page has loaded since ``before``."""
        while self._loads == before:
            self._receive(30)

    def _receive(self, timeout_s: float) -> dict[str, Any]:
        message = json.loads(self._page.recv(timeout=timeout_s))
        self._loads += message.get("method") == "Page.loadEventFired"
        return dict(message)
