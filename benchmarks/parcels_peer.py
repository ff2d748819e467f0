"""The peer of ``benchmarks.particles``, run by the peer's own Python: parcels 3.1 with its C kernels.

Reads a file of winds and starts, compiles, says ready, then runs once for each line it is given and says done. It
imports nothing of Airshed.
"""

import sys
from datetime import timedelta

import numpy as np
import parcels


def particles(given, fieldset):
    """A fresh set of particles."""
    return parcels.ParticleSet(
        fieldset,
        pclass=parcels.JITParticle,
        lon=given["lon0"],
        lat=given["lat0"],
        lonlatdepth_dtype=np.float64,
    )


def run(pset, seconds, dt):
    """Advance the set."""
    pset.execute(
        parcels.AdvectionRK4,
        runtime=timedelta(seconds=seconds),
        dt=timedelta(seconds=dt),
        verbose_progress=False,
    )


def main():
    """Words: file of winds, file of results, step [s]."""
    source, target, dt = sys.argv[1], sys.argv[2], float(sys.argv[3])
    given = np.load(source)
    axes = {"lon": given["lon"], "lat": given["lat"], "time": 3600.0 * np.arange(len(given["u"]))}
    fieldset = parcels.FieldSet.from_data({"U": given["u"], "V": given["v"]}, axes, mesh="spherical")
    run(particles(given, fieldset), dt, dt)
    pset = particles(given, fieldset)
    sys.stderr.flush()
    print(f"ready {parcels.__version__}", flush=True)
    sys.stdin.readline()
    run(pset, float(given["duration"]), dt)
    print("done", flush=True)
    # what ``lon`` shows is one step old; the end of the run is what the next loop would start from
    lon, lat = (np.asarray(getattr(pset, name)) for name in ("lon_nextloop", "lat_nextloop"))
    np.savez(target, lon=lon, lat=lat, id=np.asarray(pset.id))


if __name__ == "__main__":
    main()
