"""Plant faults one by one and see that a test turns red.

``tests/mutations.yaml`` lists them: a file under ``src``, an exact text that stands there once, what
replaces it, and the tests that must notice. Each fault is planted in a copy of ``src`` which the tests
import in place of the real one; the working tree is never touched. The tests must be green on the
copy before anything is planted, or their red would prove nothing.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "tests/mutations.yaml"
LIMIT = 600  # s for one run of the named tests; kernels that a fault touches are compiled anew
TESTS_FAILED = 1  # pytest's exit status when tests ran and some failed


class BadListError(Exception):
    """The list itself is at fault: an unknown field, or a text that is not there exactly once."""


@dataclass(frozen=True)
class Mutation:
    """One fault: where, what stands there, what is planted, and who must notice."""

    fault: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def planted(self, source: str) -> str:
        """The source with the fault in it.

        Raises:
            BadListError: the old text does not stand there exactly once, or nothing would change.
        """
        count = source.count(self.old)
        if count != 1:
            raise BadListError(f"{self.file}: wanted this text once, found it {count} times: {self.old!r}")
        if self.old == self.new:
            raise BadListError(f"{self.file}: the fault changes nothing: {self.old!r}")
        return source.replace(self.old, self.new)


@dataclass(frozen=True)
class Verdict:
    """What became of one mutation."""

    mutation: Mutation
    outcome: str
    seconds: float

    @property
    def caught(self) -> bool:
        """Whether a test turned red."""
        return self.outcome == "caught"


def load(path: Path) -> list[Mutation]:
    """The list, each entry complete.

    Raises:
        BadListError: an entry has other fields than those of ``Mutation``.
    """
    wanted = {f.name for f in fields(Mutation)}
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    for entry in entries:
        if set(entry) != wanted:
            raise BadListError(f"{path.name}: wanted the fields {sorted(wanted)}, got {sorted(entry)}")
    return [Mutation(**{**entry, "tests": tuple(entry["tests"])}) for entry in entries]


def run_tests(source: Path, tests: Iterable[str]) -> int | None:
    """Pytest's exit status on these tests with this copy of ``src``; None where it ran out of time."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(source),
        "PYTHONDONTWRITEBYTECODE": "1",
        "POLARS_MAX_THREADS": "1",
        "HYPOTHESIS_STORAGE_DIRECTORY": str(source.parent / "hypothesis"),
    }
    words = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    try:
        run = subprocess.run(
            words, cwd=ROOT, env=environment, check=False, capture_output=True, timeout=LIMIT
        )
    except subprocess.TimeoutExpired:
        return None
    return run.returncode


def _copy(folder: Path) -> Path:
    source = folder / "src"
    skip = shutil.ignore_patterns(
        "*.pyc", "islands"
    )  # compiled kernels are kept: the stamp of a changed file voids its own
    return Path(shutil.copytree(ROOT / "src", source, ignore=skip))


def try_one(mutation: Mutation) -> Verdict:
    """Plant one fault in a fresh copy and run its tests."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="airshed-mutation-") as name:
        source = _copy(Path(name))
        file = source.parent / mutation.file
        file.write_text(mutation.planted(file.read_text(encoding="utf-8")), encoding="utf-8")
        status = run_tests(source, mutation.tests)
    outcomes = {0: "SURVIVED", TESTS_FAILED: "caught", None: "NO END"}
    outcome = outcomes.get(status, f"NOT RUN (pytest ended with {status})")
    return Verdict(mutation, outcome, time.perf_counter() - started)


def check_green(mutations: Iterable[Mutation]) -> bool:
    """Whether all named tests pass on an unchanged copy, and import that copy."""
    tests = sorted({test for mutation in mutations for test in mutation.tests})
    with tempfile.TemporaryDirectory(prefix="airshed-mutation-") as name:
        source = _copy(Path(name))
        words = [sys.executable, "-c", "import airshed; print(airshed.__file__)"]
        environment = {**os.environ, "PYTHONPATH": str(source)}
        came = subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout
        if not Path(came.strip()).is_relative_to(source):
            print(f"the tests would import {came.strip()}, not the copy")
            return False
        return run_tests(source, tests) == 0


def print_table(verdicts: Iterable[Verdict]) -> None:
    """One line a fault."""
    for verdict in verdicts:
        mutation = verdict.mutation
        print(f"{verdict.outcome:10} {verdict.seconds:5.1f} s  {mutation.file}: {mutation.fault}")


def main(words: Sequence[str] | None = None) -> int:
    """Run the list; fail if a fault survives, or if the list no longer fits the code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--jobs", type=int, default=2, help="faults tried at once")
    parser.add_argument("--only", default="", help="only faults whose file or words contain this")
    asked = parser.parse_args(words)
    try:
        mutations = [m for m in load(LIST) if asked.only in m.file or asked.only in m.fault]
        for mutation in mutations:
            mutation.planted((ROOT / mutation.file).read_text(encoding="utf-8"))
    except (BadListError, OSError) as error:
        print(error)
        return 2
    if not check_green(mutations):
        print("the named tests are not green before any fault is planted")
        return 2
    with ThreadPoolExecutor(asked.jobs) as pool:
        verdicts = list(pool.map(try_one, mutations))
    print_table(verdicts)
    caught = sum(verdict.caught for verdict in verdicts)
    print(f"{caught} of {len(verdicts)} planted faults turned a test red")
    return 0 if caught == len(verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
