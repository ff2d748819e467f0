"""One site-pollutant without its weather: three years of hours, 300 resamples, beside the package normet.

    python -m benchmarks.deweather [--resamples 300] [--runs 3] [--budget 20] [--peer-resamples 30] [--years 3]
        [--cache FOLDER]

The air is made (three years of hours of one place), so that the benchmark needs no file. Ours is timed whole: training,
300 resamples, and the ten models of cross-validation by blocks and by random hours. The peer (FLAML, LightGBM) is timed
training and resampling; its search for settings takes what it is allowed (``--budget``; its own default is 90 s), so
the ratio of resampling alone stands beside. Its resampling is in proportion to the resamples and slow: it draws fewer
(``--peer-resamples``), and the time is scaled, which is said. It gets an environment of its own, made once from
``locks/normet.txt``.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import venv
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.harness import Way, compare

from airshed.assessment.effect.normal import Hours, draws_of, hours_of, normalised, resampled

LOCK = Path(__file__).resolve().parent.parent / "locks" / "normet.txt"
PEER = Path(__file__).resolve().parent / "deweather_peer.py"
WANTED_SECONDS = 30.0


def made(years: float = 3, seed: int = 7) -> Hours:
    """Hours of one place whose PM2.5 answers wind, humidity, season and a slow fall."""
    import xarray as xr

    count = round(24 * 365.25 * years)
    generator = np.random.default_rng(seed)
    shocks = generator.normal(size=(4, count))
    for hour in range(1, count):
        shocks[:, hour] = 0.97 * shocks[:, hour - 1] + 0.24 * shocks[:, hour]
    season = 2 * np.pi * np.arange(count) / 8766
    weather = {
        "temperature": 12 - 14 * np.cos(season) + 4 * shocks[0], "pressure": 1012 + 9 * np.cos(season) + 5 * shocks[1],
        "dew_point": 2 - 16 * np.cos(season) + 5 * shocks[2], "wind_speed": np.exp(0.5 + 0.5 * shocks[3]),
        "wind_u": shocks[0] * 2, "wind_v": shocks[1] * 2, "precipitation": np.maximum(shocks[2] - 2, 0),
    }  # fmt: skip
    value = (
        60
        * weather["wind_speed"] ** -0.8
        * np.exp(0.3 * shocks[2] + 0.3 * np.cos(season))
        * (1 - 1e-5) ** np.arange(count)
    )
    hour = np.datetime64("2013-02-28T16") + np.arange(count)
    fields = {name: (("place", "hour"), v[None]) for name, v in {"pm25": value, **weather}.items()}
    coords = {"place": np.array(["gb2260:110000"], dtype=object), "hour": hour.astype("datetime64[ns]")}
    return hours_of(xr.Dataset(fields, coords), "pm25")


def write(hours: Hours, path: Path) -> None:
    """The same table for the peer, weather's memory included; it makes its own calendar."""
    header = ",".join(["date", "value", *hours.names])
    rows = zip(hours.hour, hours.value, hours.weather, strict=True)
    lines = [f"{h!s}:00:00,{v},{','.join(map(str, w))}" for h, v, w in rows]
    path.write_text("\n".join([header, *lines]).replace("nan", ""))


def ours(hours: Hours, resamples: int) -> Any:
    """The timed work, whole."""
    return normalised(hours, resamples)


def environment(folder: Path) -> str | None:
    """The peer's Python; None, with the reason printed, where it cannot be had."""
    python, done = folder / "bin" / "python", folder / "complete"
    if not done.exists():
        print(f"making the peer's environment in {folder} from {LOCK.name} ...", flush=True)
        venv.create(folder, with_pip=True, clear=True)
        words = [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(LOCK)]
        got = subprocess.run(words, capture_output=True, text=True, check=False)
        if got.returncode:
            print(f"the peer cannot be had here: {(got.stderr or got.stdout).strip()[-400:]}")
            return None
        done.touch()
    return str(python)


def peer(python: str, path: Path, resamples: int, budget: int) -> tuple[float, float]:
    """Seconds of training and of resampling of one run of the peer."""
    words = [python, str(PEER), str(path), str(resamples), str(budget)]
    got = subprocess.run(words, input="go\n", capture_output=True, text=True, check=False)
    done = [line.split() for line in got.stdout.splitlines() if line.startswith("done")]
    if not done:
        raise RuntimeError(f"the peer failed: {got.stderr[-500:]}")
    return float(done[0][1]), float(done[0][2])


def resampling_seconds(hours: Hours, resamples: int) -> float:
    """Of our resampling alone."""
    from airshed.assessment.effect.normal import _trained

    model = _trained(hours.table, hours.value, hours.usable)
    start = time.perf_counter()
    resampled(model, hours, draws_of(hours, resamples, np.random.default_rng(1)))
    return time.perf_counter() - start


def main() -> None:
    """Ours, then the peer, then ours again, and the ratios."""
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    parser = argparse.ArgumentParser()
    parser.add_argument("--resamples", type=int, default=300)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--budget", type=int, default=20)
    parser.add_argument("--peer-resamples", type=int, default=30)
    parser.add_argument("--years", type=float, default=3)
    parser.add_argument("--cache", type=Path, default=home / "airshed-benchmarks" / "normet-0.2.4")
    asked = parser.parse_args()
    way = Way("airshed, with skill", partial(ours, resamples=asked.resamples), partial(made, asked.years))
    result = compare(f"deweathering, {asked.resamples} resamples", way, runs=asked.runs)
    result.show()
    python = environment(asked.cache)
    if python:
        hours = made(asked.years)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.csv"
            write(hours, path)
            training, few = peer(python, path, asked.peer_resamples, asked.budget)
        sampling = few * asked.resamples / asked.peer_resamples
        mine = resampling_seconds(hours, asked.resamples)
        print(
            f"  normet 0.2.4: training {training:.1f} s (allowed {asked.budget} s), resampling {sampling:.1f} s"
            f" (scaled from {few:.1f} s for {asked.peer_resamples})"
        )
        print(
            f"  whole: normet / airshed = {(training + sampling) / result.ours.seconds:.1f} (ours cross-validates too)"
        )
        print(f"  resampling alone: {sampling:.1f} s / {mine:.1f} s = {sampling / mine:.1f}")
    if result.ours.seconds > WANTED_SECONDS:
        sys.exit(f"missed: {result.ours.seconds:.1f} s, wanted {WANTED_SECONDS:.0f} s")


if __name__ == "__main__":
    main()
