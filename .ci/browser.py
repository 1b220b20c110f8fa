# SPDX-License-Identifier: BSD-3-Clause
"""Open pages of the built documentation in chromium: ``browser.py docs/_build/html``.

Standard library only: chromium is driven over its DevTools protocol, through a pair of
pipes, and a server of this process hands it the files.
"""

import argparse
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = {"desktop": 1280, "phone": 390}
PAGES = (
    "index.html",
    "user_guide/rules.html",
    "api.html",
    "api/generated/skx.rules.FOLDSEClassifier.html",
    "auto_examples/index.html",
)
SEARCHED = "FOLDSEClassifier"
FOUND = "api/generated/skx.rules.FOLDSEClassifier.html"
PATIENCE = 30.0  # seconds, for what takes less than one on an idle machine


class Browser:
    """A headless chromium with one tab, which reaches no host but this one."""

    def __init__(self, program: str) -> None:
        self._profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_read, write = os.pipe()
        read, to_write = os.pipe()
        # Chromium reads from 3 and writes to 4; numbers above keep bash from mixing
        # them up while it moves them there.
        moved = [fcntl.fcntl(fd, fcntl.F_DUPFD, 20) for fd in (to_read, to_write)]
        arguments = [
            program,
            "--headless=new",
            "--no-sandbox",  # it cannot be had in containers and as root
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--disable-component-update",
            "--no-first-run",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            f"--user-data-dir={self._profile.name}",
            "--remote-debugging-pipe",
            "about:blank",
        ]
        plug = f'exec "$@" 3<&{moved[0]} 4>&{moved[1]}'
        self._process = subprocess.Popen(
            ["bash", "-c", plug, "bash", *arguments],
            pass_fds=moved,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for fd in (to_read, to_write, *moved):
            os.close(fd)
        self._write, self._read = write, read
        os.set_blocking(read, False)
        self._buffer, self._last_id, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        tab = next(
            target["targetId"]
            for target in self.send("Target.getTargets")["targetInfos"]
            if target["type"] == "page"
        )
        attached = self.send("Target.attachToTarget", targetId=tab, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def __enter__(self) -> "Browser":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            self.send("Browser.close")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        os.close(self._read)
        self._profile.cleanup()

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Return the answer to a command; events before it are kept."""
        self._last_id += 1
        message = {"id": self._last_id, "method": method, "params": params}
        if self._session and not method.startswith(("Browser.", "Target.")):
            message["sessionId"] = self._session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._write, data) :]
        for answer in self._messages():
            if answer.get("id") == self._last_id:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return dict(answer["result"])
            self.events.append(answer)
        raise TimeoutError(f"chromium did not answer {method} in {PATIENCE:g} s")

    def _messages(self) -> Iterator[dict[str, Any]]:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            while b"\0" in self._buffer:
                line, _, self._buffer = self._buffer.partition(b"\0")
                yield json.loads(line)
            try:
                data = os.read(self._read, 1 << 20)
            except BlockingIOError:
                time.sleep(0.01)
                continue
            if not data:
                raise OSError("chromium ended")
            self._buffer += data

    def evaluate(self, expression: str) -> Any:
        """Return the value of a JavaScript expression, awaited if it is a promise."""
        answer = self.send(
            "Runtime.evaluate",
            expression=expression,
            returnByValue=True,
            awaitPromise=True,
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        return answer["result"].get("value")

    def until(self, expression: str) -> bool:
        """Whether an expression becomes true in time."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self.evaluate(expression):
                return True
            time.sleep(0.05)
        return False

    def open(self, address: str, width: int) -> None:
        """Load a page with all that belongs to it."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=900,
            deviceScaleFactor=1,
            mobile=width < 600,
        )
        self.send("Page.navigate", url="about:blank")
        self.until("location.href === 'about:blank'")
        self.events.clear()
        answer = self.send("Page.navigate", url=address)
        if "errorText" in answer:
            raise RuntimeError(f"{address}: {answer['errorText']}")
        loaded = f"location.href === {json.dumps(address)} && document.readyState"
        if not self.until(f"{loaded} === 'complete'"):
            raise TimeoutError(f"{address} did not load in {PATIENCE:g} s")
        time.sleep(0.2)  # for what scripts start when the page is there
        self.evaluate("0")

    def complaints(self, home: str) -> list[str]:
        """Return errors of the console, and requests that leave the site."""
        found = []
        for event in self.events:
            params, method = event.get("params", {}), event.get("method")
            if method == "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                thrown = details.get("exception", {}).get("description")
                found.append(f"exception: {thrown or details['text']}")
            elif method == "Runtime.consoleAPICalled" and params["type"] == "error":
                words = (a.get("value", a.get("description")) for a in params["args"])
                found.append(f"console: {' '.join(map(str, words))}")
            elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
                entry = params["entry"]
                found.append(f"log: {entry['text']} {entry.get('url', '')}")
            elif method == "Network.requestWillBeSent":
                address = params["request"]["url"]
                if not address.startswith((home, "data:", "blob:", "about:")):
                    found.append(f"request to the network: {address}")
        return found


class QuietHandler(SimpleHTTPRequestHandler):
    """Hands out files, and says nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Leave the log empty; what is missing shows in the browser."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder to this machine; gives the address, with a slash at the end."""
    handler = partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


# What is cut at the right edge of the screen, unless it is in a box that scrolls.
CUT = """
(() => {
  const article = document.querySelector("article.bd-article");
  const edge = document.documentElement.clientWidth + 1;
  const scrolls = (element) => {
    for (let box = element.parentElement; box !== article; box = box.parentElement) {
      if (getComputedStyle(box).overflowX !== "visible") return true;
    }
    return false;
  };
  return [...article.querySelectorAll("*")]
    .filter((element) => element.getBoundingClientRect().right > edge)
    .filter((element) => !scrolls(element))
    .map((element) => `${element.tagName} ${element.textContent.trim().slice(0, 40)}`);
})()
"""
# Images that are there to be seen and are not loaded.
BROKEN_IMAGES = """
[...document.querySelectorAll("img")].map((image) => {
  image.loading = "eager";
  return image;
}).filter((image) => image.complete && !image.naturalWidth).map((image) => image.src)
"""
FIGURES = """
(async () => {
  const images = [...document.querySelectorAll(".bd-article img")]
    .filter((image) => image.src.includes("/_images/"));
  await Promise.all(images.map((image) => {
    image.loading = "eager";
    return image.complete || new Promise((done) => {
      image.onload = image.onerror = done;
    });
  }));
  return images.map((image) => image.naturalWidth);
})()
"""
RESULTS = """
[...document.querySelectorAll("#search-results ul.search li > a")]
  .map((link) => link.href.split(/[?#]/)[0])
"""


def check_pages(browser: Browser, home: str, folder: Path) -> list[str]:
    """Return what is wrong with the pages."""
    examples = sorted((folder / "auto_examples").glob("*/plot_*.html"))
    wrong = []

    def say(page: str, kind: str, complaints: list[str]) -> None:
        print(f"{'FAILED' if complaints else 'ok':6} {page} ({kind})")
        wrong.extend(f"{page} ({kind}): {complaint}" for complaint in complaints)

    shown = [*PAGES, *(f"{e.relative_to(folder).as_posix()}" for e in examples[:1])]
    for kind, width in WIDTHS.items():
        for page in shown:
            browser.open(home + page, width)
            complaints = [f"no image {i}" for i in browser.evaluate(BROKEN_IMAGES)]
            complaints += [f"cut at the right: {e}" for e in browser.evaluate(CUT)[:3]]
            say(page, kind, complaints + browser.complaints(home))
    if not examples:
        wrong.append("no example in the gallery")
    for example in examples:
        page = example.relative_to(folder).as_posix()
        browser.open(home + page, WIDTHS["desktop"])
        widths = browser.evaluate(FIGURES)
        complaints = [] if widths and all(widths) else [f"figures of widths {widths}"]
        say(page, "figures", complaints + browser.complaints(home))
    page = f"search.html?q={SEARCHED}"
    browser.open(home + page, WIDTHS["desktop"])
    listed = f"{RESULTS}.includes({json.dumps(home + FOUND)})"
    complaints = [] if browser.until(listed) else [f"{FOUND} is not listed"]
    say(page, "search", complaints + browser.complaints(home))
    return wrong


def main() -> int:
    """Check the folder that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="built pages")
    folder = parser.parse_args().folder.resolve()
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        print(f"none of {', '.join(NAMES)} is installed", file=sys.stderr)
        return 2
    with served(folder) as home, Browser(program) as browser:
        wrong = check_pages(browser, home, folder)
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
