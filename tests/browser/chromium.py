"""Drives one headless Chromium tab over the Chrome DevTools Protocol: open an address, run a script, see the requests.

Protocol: https://chromedevtools.github.io/devtools-protocol/ (stable 1.3, read November 2026).
"""

import asyncio
import itertools
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

EXECUTABLE = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    "--headless",
    "--no-sandbox",  # as root Chromium starts no other way; the pages it sees are ours
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,800",
    "--remote-debugging-port=0",
)
PATIENCE_S = 60.0


class Tab:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._session = ""
        self._loaded = asyncio.Event()
        self._numbers = itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.requested_urls: list[str] = []
        self.complaints: list[str] = []
        """Uncaught exceptions and whatever the page's console logged as a warning or an error."""

    async def open(self, url: str) -> None:
        """Once for each tab; returns when the page and its scripts are loaded."""
        target = await self._call("Target.createTarget", url="about:blank")
        attached = await self._call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Network", "Runtime", "Log"):
            await self._call(f"{domain}.enable")
        await self._call("Page.navigate", url=url)
        async with asyncio.timeout(PATIENCE_S):
            await self._loaded.wait()

    async def evaluate(self, expression: str) -> Any:
        """The JSON value of `expression`; a promise is awaited."""
        answer = await self._call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def wait_for(self, expression: str) -> Any:
        """The first truthy value of `expression`, asked for again and again by the page itself."""
        poll = f"const poll = () => {{ const value = {expression}; value ? resolve(value) : setTimeout(poll, 20); }}"
        return await self.evaluate(f"new Promise((resolve) => {{ {poll}; poll(); }})")

    async def click(self, selector: str) -> None:
        await self.wait_for(f"document.querySelector({json.dumps(selector)}) !== null")
        await self.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    async def listen(self) -> None:
        async for text in self._connection:
            message = json.loads(text)
            if "id" in message:
                self._replies.pop(message["id"]).set_result(message)
            else:
                self._record(message["method"], message["params"])

    def _record(self, event: str, params: dict[str, Any]) -> None:
        match event:
            case "Page.loadEventFired":
                self._loaded.set()
            case "Network.requestWillBeSent":
                self.requested_urls.append(params["request"]["url"])
            case "Network.webSocketCreated":
                self.requested_urls.append(params["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(params["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if params["type"] in {"warning", "error", "assert"}:
                self.complaints.append(str(params["args"]))
            case "Log.entryAdded" if params["entry"]["level"] in {"warning", "error"}:
                self.complaints.append(str(params["entry"]))

    async def _call(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": params}
        await self._connection.send(json.dumps(message | ({"sessionId": self._session} if self._session else {})))
        async with asyncio.timeout(PATIENCE_S):
            answer = await reply
        assert "error" not in answer, f"{method}: {answer['error']}"
        result: dict[str, Any] = answer["result"]
        return result


@asynccontextmanager
async def chromium_tab(profile: Path) -> AsyncIterator[Tab]:
    assert EXECUTABLE is not None
    with (profile / "chromium.log").open("wb") as log:
        browser = await asyncio.create_subprocess_exec(
            EXECUTABLE, *FLAGS, f"--user-data-dir={profile}", stdout=log, stderr=log
        )
    try:
        async with connect(await _address(browser, profile), max_size=None) as connection:
            tab = Tab(connection)
            listener = asyncio.create_task(tab.listen())
            try:
                yield tab
            finally:
                listener.cancel()
    finally:
        browser.terminate()
        await browser.wait()


async def _address(browser: asyncio.subprocess.Process, profile: Path) -> str:
    """Where the browser listens: it writes port and path into its profile once it does."""
    file = profile / "DevToolsActivePort"
    async with asyncio.timeout(PATIENCE_S):
        while not (file.is_file() and (lines := file.read_text().splitlines())[1:]):
            assert browser.returncode is None, (profile / "chromium.log").read_text()
            await asyncio.sleep(0.05)
    return f"ws://127.0.0.1:{lines[0]}{lines[1]}"
