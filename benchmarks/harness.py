"""Time one thing against another, fairly: in turn, in one session, each run in a process of its own.

The machine's mood changes by the minute, so ours and the reference are run in turn, the median of each is
taken, and absolute seconds are printed beside the ratio. Peak memory is that of each run's own process, so
every run starts fresh; what a run needs before it is timed belongs in ``prepare``.

    result = compare("assess one year", Way("airshed", assess), Way("DuckDB by hand", sql), runs=5)
    result.show(); result.keep(); print(result.row(bound="<= 1.3 x"))
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parent / "results"
_KIB = 1024
_MIB = 1024 * 1024


@dataclass(frozen=True)
class Way:
    """One way to do the work: a function without arguments, or the words of a command.

    Parameters:
        name: what tables call it.
        work: the function (its module importable by a fresh process) or the command.
        prepare: called before the clock starts, its result handed to ``work`` if it is a function.
    """

    name: str
    work: Callable[..., Any] | Sequence[str]
    prepare: Callable[[], Any] | None = None


@dataclass(frozen=True)
class Run:
    """One run: wall-clock time [s] and the largest resident size of its process [bytes]."""

    seconds: float
    peak_bytes: int


@dataclass(frozen=True)
class Measured:
    """All runs of one way."""

    name: str
    runs: tuple[Run, ...]

    @property
    def seconds(self) -> float:
        """Median time of a run [s]."""
        return statistics.median(run.seconds for run in self.runs)

    @property
    def spread(self) -> tuple[float, float]:
        """Shortest and longest run [s]."""
        times = [run.seconds for run in self.runs]
        return min(times), max(times)

    @property
    def peak_bytes(self) -> int:
        """Largest resident size of any run [bytes]."""
        return max(run.peak_bytes for run in self.runs)


@dataclass(frozen=True)
class Result:
    """Ours beside the reference (or alone), on this machine, at this time."""

    title: str
    ours: Measured
    reference: Measured | None
    machine: dict[str, str] = field(default_factory=dict)
    at: str = ""

    @property
    def ratio(self) -> float | None:
        """Our median time over the reference's; below one is faster."""
        return self.ours.seconds / self.reference.seconds if self.reference else None

    def show(self) -> None:
        """Print absolute seconds, spread, peak memory, ratio and machine."""
        print(f"{self.title}  ({', '.join(self.machine.values())})")
        for way in filter(None, (self.ours, self.reference)):
            low, high = way.spread
            times = f"{way.seconds:9.3f} s  ({low:.3f} to {high:.3f}, {len(way.runs)} runs)"
            print(f"  {way.name:28} {times}  peak {way.peak_bytes / _MIB:7.0f} MiB")
        if self.ratio is not None:
            print(f"  ratio {self.ratio:.2f} (ours / reference)")

    def keep(self, folder: Path = RESULTS) -> Path:
        """Append the result to ``<folder>/<title>.jsonl`` and say where."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{'-'.join(self.title.lower().split())}.jsonl"
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**asdict(self), "ratio": self.ratio}, ensure_ascii=False) + "\n")
        return path

    def row(self, bound: str = "") -> str:
        """The Markdown row for ``docs/performance.md`` (``HEADER`` is its head)."""
        reference = f"{self.reference.name}, {self.reference.seconds:.2f} s" if self.reference else "–"
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else "–"
        peak = f"{self.ours.peak_bytes / _MIB:,.0f} MiB"
        cells = [self.title, f"{self.ours.seconds:.2f} s", reference, ratio, bound or "–", peak]
        return "| " + " | ".join(cells) + " |"


HEADER = "| work | ours | reference | ratio | wanted | peak memory |\n|---|---|---|---|---|---|"


def compare(title: str, ours: Way, reference: Way | None = None, *, runs: int = 5) -> Result:
    """Run both ways in turn, swapping who goes first, after one run of each that does not count.

    Raises:
        RuntimeError: a run failed.
    """
    ways = [ours, reference] if reference else [ours]
    found: dict[int, list[Run]] = {i: [] for i in range(len(ways))}
    for turn in range(runs + 1):
        order = range(len(ways)) if turn % 2 else reversed(range(len(ways)))
        for i in order:
            run = _timed(ways[i])
            if turn:
                found[i].append(run)
    measured = [Measured(way.name, tuple(found[i])) for i, way in enumerate(ways)]
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Result(title, measured[0], measured[1] if reference else None, machine(), now)


def _timed(way: Way) -> Run:
    if not callable(way.work):
        return _timed_command(list(way.work))
    context = multiprocessing.get_context("spawn")
    receive, send = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(way, send))
    process.start()
    send.close()
    try:
        run: Run | str = receive.recv()
    except EOFError:
        run = "its process ended without a word"
    process.join()
    if isinstance(run, str):
        raise RuntimeError(f"{way.name}: {run}")
    return run


def _work(way: Way, send: Any) -> None:
    assert callable(way.work)
    try:
        given = () if way.prepare is None else (way.prepare(),)
        started = time.perf_counter()
        way.work(*given)
        seconds = time.perf_counter() - started
        send.send(Run(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _rss_unit()))
    except Exception as error:
        send.send(f"{type(error).__name__}: {error}")
        raise


def _timed_command(words: list[str]) -> Run:
    started = time.perf_counter()
    with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}")
    return Run(time.perf_counter() - started, usage.ru_maxrss * _rss_unit())


def _rss_unit() -> int:
    """``ru_maxrss`` counts KiB, on macOS bytes."""
    return 1 if sys.platform == "darwin" else _KIB


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _MIB / 1024
    packages = " ".join(f"{name} {version(name)}" for name in ("duckdb", "polars", "pyarrow"))
    return {
        "processor": _processor(),
        "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"Python {platform.python_version()}",
        "packages": packages,
    }


def _processor() -> str:
    model = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return f"{os.cpu_count()} x {model}"
