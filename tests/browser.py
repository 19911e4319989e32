"""A real browser for the tests: Chromium by its own driver, over the WebDriver protocol, with nothing but the standard library."""

import base64
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
IS_HERE = CHROMIUM is not None and DRIVER is not None
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the protocol's name for a reference to an element
_KEYS = {
    "left": "\ue012",
    "right": "\ue014",
    "home": "\ue011",
    "end": "\ue010",
    "escape": "\ue00c",
    "tab": "\ue004",
    "enter": "\ue007",
}


class Browser:
    """One window. Everything that fails raises RuntimeError with the driver's own words."""

    def __init__(self, port: int, profile: Path) -> None:
        self._address = f"http://127.0.0.1:{port}"
        arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
            "--force-color-profile=srgb", "--disable-background-networking", f"--user-data-dir={profile}",
        ]  # fmt: skip
        capabilities = {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": CHROMIUM, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        self._session = f"/session/{made['sessionId']}"

    def _call(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._address + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode("utf-8", "replace")[:2_000]) from None

    def _do(self, what: str, body: object = None, *, method: str = "POST") -> Any:
        return self._call(method, f"{self._session}/{what}", {} if body is None and method == "POST" else body)

    def open(self, path: Path) -> None:
        self._do("url", {"url": path.resolve().as_uri()})

    def run(self, script: str, *arguments: object) -> Any:
        """What the body of a function returns, given `arguments`; a promise is waited for."""
        return self._do("execute/sync", {"script": script, "args": list(arguments)})

    def size(self, width: int, height: int = 900) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.cdp("Emulation.setDeviceMetricsOverride", metrics)

    def cdp(self, command: str, parameters: dict[str, Any]) -> Any:
        return self._do("goog/cdp/execute", {"cmd": command, "params": parameters})

    def media(self, *, scheme: str = "light", kind: str = "screen") -> None:
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.cdp("Emulation.setEmulatedMedia", {"media": kind, "features": features})

    def script(self, *, on: bool) -> None:
        self.cdp("Emulation.setScriptExecutionDisabled", {"value": not on})

    def find(self, selector: str) -> str:
        found: str = self._do("element", {"using": "css selector", "value": selector})[ELEMENT]
        return found

    def click(self, selector: str) -> None:
        self._do(f"element/{self.find(selector)}/click")

    def type(self, selector: str, *keys: str) -> None:
        """Text, or the names of keys."""
        text = "".join(_KEYS.get(key, key) for key in keys)
        self._do(f"element/{self.find(selector)}/value", {"text": text})

    def press(self, *keys: str) -> None:
        """Keys to whatever has the focus."""
        actions = [{"type": kind, "value": _KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self._do("actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def pointer(self, *steps: tuple[str, float, float]) -> None:
        """("move" | "down" | "up", x, y) in the window's pixels."""
        actions: list[dict[str, Any]] = []
        for what, x, y in steps:
            actions.append({"type": "pointerMove", "duration": 10, "x": round(x), "y": round(y), "origin": "viewport"})
            if what != "move":
                actions.append({"type": f"pointer{what.capitalize()}", "button": 0})
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": actions}
        self._do("actions", {"actions": [mouse]})

    def screenshot(self, path: Path) -> None:
        """The window."""
        path.write_bytes(base64.b64decode(self._do("screenshot", method="GET")))

    def pdf(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._do("print", {"background": True})))

    def console(self) -> list[str]:
        """What was written to the console since the last time, refusals of the page's policy among it."""
        return [entry["message"] for entry in self._do("se/log", {"type": "browser"})]

    def requests(self) -> list[str]:
        """The addresses that were asked for since the last time."""
        entries = [json.loads(entry["message"])["message"] for entry in self._do("se/log", {"type": "performance"})]
        return [e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"]

    def close(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            self._call("DELETE", self._session)


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """A browser that ends with the block, all its processes with it."""
    assert DRIVER is not None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        driver = subprocess.Popen(
            [DRIVER, f"--port={port}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env={**os.environ, "TMPDIR": folder, "HOME": folder},
        )
        browser = None
        try:
            _wait_for(port)
            browser = Browser(port, Path(folder) / "profile")
            yield browser
        finally:
            if browser is not None:
                browser.close()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(driver.pid, signal.SIGKILL)
            driver.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("chromedriver did not answer")
