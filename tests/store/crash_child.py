"""The writer that is killed: a zygote that imports Airshed once and forks a child for each run.

Nothing of Polars or DuckDB works before a fork: a thread that holds a lock would not live on in the child.

    python crash_child.py WORKSPACE FILES ACKNOWLEDGED

For each line of its input it forks; the child prints its process id once it has opened the workspace, and is killed by
whoever reads that. Then the exit code is printed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import alembic.command  # noqa: F401 -- imported here so that no child pays for it
import pandas  # noqa: F401
import sqlalchemy.dialects.sqlite  # noqa: F401

from airshed.law import Book
from airshed.observations.ingest import ingest
from airshed.observations.rules import Rules
from airshed.places import Gazetteer
from airshed.quantities import variables
from airshed.workspace import open_workspace

BOOK, GAZETTEER, RULES, VARIABLES = Book.load(), Gazetteer.load(), Rules(), variables()
"""Read once before any fork: plain Python, and the same for every run."""


def acknowledge(log: Path, name: str) -> None:
    """One line, on disk before the next file is begun."""
    with log.open("a", encoding="utf-8") as handle:
        handle.write(name + "\n")
        handle.flush()
        os.fsync(handle.fileno())


def feed_on(workspace: Path, files: Path, log: Path) -> None:
    """Feed one small file after another, beginning at the first that nobody acknowledged."""
    done = set(log.read_text(encoding="utf-8").splitlines()) if log.exists() else set()
    opened = open_workspace(workspace)
    opened.law, opened._gazetteer = BOOK, GAZETTEER
    print(os.getpid(), flush=True)
    for path in sorted(files.glob("*.csv")):
        if path.name not in done:
            ingest(opened, [path], feed="city-daily", by="crash test")
            acknowledge(log, path.name)


def main() -> None:
    """Fork, wait, again."""
    workspace, files, log = (Path(a) for a in sys.argv[1:4])
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 1
            try:
                feed_on(workspace, files, log)
                code = 0
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
