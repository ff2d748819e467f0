"""100,000 particles for 48 hours in hourly winds of 0.25 deg, Runge-Kutta 4, steps of 900 s, beside parcels 3.1.

    python -m benchmarks.particles [--particles 100000] [--runs 3] [--cache FOLDER]

The peer cannot live beside our zarr 3, so it gets an environment of its own under the cache folder, made once from
``locks/parcels.txt`` by hash; its JIT needs a C compiler. Neither side's start, reading or compiling is timed. Errors
are great-circle distances to the same kernel with steps of 60 s and winds in double precision, each on its own sphere.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import venv
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.harness import HEADER, Way, compare

from airshed.transport.trajectories import EARTH_RADIUS, Winds, advect

LOCK = Path(__file__).resolve().parent.parent / "locks" / "parcels.txt"
PEER = Path(__file__).resolve().parent / "parcels_peer.py"
PEER_RADIUS = 1852 * 60 * 180 / np.pi  # [m]: parcels counts 1852 m to a minute of arc
HOURS, STEP, FINE = 48, 900.0, 60.0  # [h], [s], [s]
WANTED_SECONDS, WANTED_RATIO = 2.0, 3.0


def make(path: Path, particles: int, seed: int = 7) -> None:
    """Travelling waves of about 1,500 km and up to 17 m/s that end at the rim, so that no particle leaves."""
    lon, lat = 108 + 0.25 * np.arange(69), 30 + 0.25 * np.arange(89)
    x, y, t = lon[None, None, :], lat[None, :, None], np.arange(HOURS + 1.0)[:, None, None]
    u = 9 * np.cos((y - 41) / 2.5 + 0.1 * t) + 8 * np.sin((x - 116) / 2.5 - 0.15 * t) * np.cos((y - 40) / 3)
    v = 8 * np.sin((x - 116) / 2.5 + 0.12 * t) * np.cos((y - 41) / 4) + 3 * np.cos(y / 3 - 0.2 * t)
    u, v = u * _towards_rim(x), v * _towards_rim(y)
    generator = np.random.default_rng(seed)
    lon0, lat0 = generator.uniform(109, 124, particles), generator.uniform(31, 51, particles)
    fields = {"lon": lon, "lat": lat, "u": u.astype(np.float32), "v": v.astype(np.float32)}
    np.savez(path, **fields, lon0=lon0, lat0=lat0, duration=HOURS * 3600.0)


def _towards_rim(axis: np.ndarray) -> np.ndarray:
    return np.clip(np.minimum(axis - axis.min(), axis.max() - axis) / 2, 0, 1)


def ready(path: Path) -> tuple[Winds, np.ndarray, np.ndarray]:
    """Winds and starts in memory, kernels compiled."""
    given = np.load(path)
    winds = Winds(given["lon"], given["lat"], given["u"], given["v"])
    advect(winds, given["lon0"][:10], given["lat0"][:10], start=0, duration=STEP, dt=STEP)
    return winds, given["lon0"], given["lat0"]


def ours(given: tuple[Winds, np.ndarray, np.ndarray], threads: int = 2) -> Any:
    """The timed work."""
    import numba

    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    winds, lon, lat = given
    return advect(winds, lon, lat, start=0, duration=HOURS * 3600.0, dt=STEP)


def peer_ready(python: str, path: Path, target: Path) -> subprocess.Popen[str]:
    """The peer's process, its winds read and its kernel compiled."""
    words = [python, str(PEER), str(path), str(target), str(STEP)]
    process = subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout
    if not process.stdout.readline().startswith("ready"):
        raise RuntimeError(f"the peer did not start: {process.communicate()[1][-500:]}")
    return process


def peer(process: subprocess.Popen[str]) -> None:
    """The timed work of the peer."""
    assert process.stdin
    assert process.stdout
    process.stdin.write("go\n")
    process.stdin.flush()
    if process.stdout.readline().strip() != "done":
        raise RuntimeError(f"the peer failed: {process.communicate()[1][-500:]}")


def environment(folder: Path) -> str | None:
    """The peer's Python; None, with the reason printed, where it cannot be had."""
    python = folder / "bin" / "python"
    done = folder / "complete"
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


def distance(lon: np.ndarray, lat: np.ndarray, lon1: np.ndarray, lat1: np.ndarray) -> np.ndarray:
    """Great-circle distance [km] of points [deg] (haversine)."""
    a, b = np.deg2rad(lat), np.deg2rad(lat1)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.deg2rad(lon1 - lon) / 2) ** 2
    return 2e-3 * EARTH_RADIUS * np.arcsin(np.sqrt(half))


def error(path: Path, lon: np.ndarray, lat: np.ndarray, radius: float) -> tuple[float, float]:
    """Mean and largest distance [km] of end points from the run with fine steps."""
    given = np.load(path)
    winds = Winds(given["lon"], given["lat"], given["u"].astype(float), given["v"].astype(float))
    span = {"start": 0.0, "duration": HOURS * 3600.0}
    fine = advect(winds, given["lon0"], given["lat0"], **span, dt=FINE, radius=radius)
    assert not fine.side.any()
    off = distance(lon, lat, fine.lon, fine.lat)
    return float(off.mean()), float(off.max())


def main() -> None:
    """Make, run in turn, print."""
    cache = (
        Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "airshed-benchmarks" / "parcels-3.1"
    )
    parser = argparse.ArgumentParser()
    parser.add_argument("--particles", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=cache)
    asked = parser.parse_args()
    python = environment(asked.cache)
    with tempfile.TemporaryDirectory() as folder:
        path, target = Path(folder) / "winds.npz", Path(folder) / "peer.npz"
        make(path, asked.particles)
        way = Way("airshed, two threads", ours, partial(ready, path))
        other = Way("parcels 3.1 JIT", peer, partial(peer_ready, python, path, target)) if python else None
        result = compare("particles for 48 hours", way, other, runs=asked.runs)
        result.show()
        alone = Way("airshed, one thread", partial(ours, threads=1), partial(ready, path))
        compare("particles for 48 hours on one thread", alone, runs=asked.runs).show()
        end = ours(ready(path))
        print("  end points off the run with steps of 60 s, mean and largest [km]:")
        mean, most = error(path, end.lon, end.lat, EARTH_RADIUS)
        print(f"  airshed  {mean:.2g}  {most:.2g}")
        if target.exists():
            got = np.load(target)
            order = np.argsort(got["id"])
            mean, most = error(path, got["lon"][order], got["lat"][order], PEER_RADIUS)
            print(f"  parcels  {mean:.2g}  {most:.2g}  (its own sphere, its lon_nextloop)")
    bound = f"<= {WANTED_SECONDS:g} s, <= {1 / WANTED_RATIO:.2f}"
    print(f"{HEADER}\n{result.row(bound=bound)}")
    print(f"kept in {result.keep()}", file=sys.stderr)


if __name__ == "__main__":
    main()
