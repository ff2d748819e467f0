"""Make the picture of the README from the real console, on the demonstration region, in both languages.

Wants Chromium and a Chinese font. Writes ``docs/images/console.png`` and ``docs/images/console.zh-CN.png``.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from playwright.sync_api import Page, sync_playwright

import airshed
from airshed.twin import prepare
from airshed.web.app import create_app
from airshed.web.assets import assets

ROOT = Path(__file__).resolve().parent.parent
PICTURES = {"en": ROOT / "docs/images/console.png", "zh": ROOT / "docs/images/console.zh-CN.png"}
WIDTH, HEIGHT = 1440, 1000  # px
DAY = "2026-02-27"  # a day of the made region with four categories at once
LIMIT = 30  # s until the server answers
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextlib.contextmanager
def console() -> Iterator[str]:
    """The console of a fresh demonstration region on a free port of this machine; its address."""
    with tempfile.TemporaryDirectory(prefix="airshed-picture-") as folder:
        prepare(Path(folder) / "demo", lambda *_: None)
        workspace = airshed.open(Path(folder) / "demo")
        config = uvicorn.Config(create_app(workspace), host="127.0.0.1", port=0, log_level="warning")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        patience = time.monotonic() + LIMIT
        while not server.started and time.monotonic() < patience:
            time.sleep(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(LIMIT)
            workspace.close()


def take(page: Page, address: str, language: str, target: Path) -> None:
    """One picture of the first page, when all that it fetches is there."""
    page.goto(f"{address}/?lang={language}&t={DAY}", wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(500)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1024:.0f} KiB")


def main() -> int:
    """Take both pictures."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        print("Chromium was not found; it is needed to take a picture", file=sys.stderr)
        return 1
    if not assets().built:
        print("the front end is not built; run `make front-end`", file=sys.stderr)
        return 1
    flags = ["--enable-unsafe-swiftshader", *(["--no-sandbox"] if os.getuid() == 0 else [])]
    with console() as address, sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=browser, args=flags)
        for language, target in PICTURES.items():
            page = window.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            take(page, address, language, target)
            page.close()
        window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
