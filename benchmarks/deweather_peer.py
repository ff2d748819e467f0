"""The peer of ``benchmarks.deweather``, run by the peer's own Python: normet with its FLAML backend.

Reads a table, says ready, then runs once for each line it is given and says done with the seconds of training and of
resampling. It imports nothing of Airshed.
"""

import sys
import time

import normet
import pandas as pd
from normet.analysis.normalise import normalise
from normet.model.train import build_model


def main():
    """Words: file of the table, resamples, budget of the training [s]."""
    source, resamples, budget = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    table = (
        pd.read_parquet(source) if source.endswith(".parquet") else pd.read_csv(source, parse_dates=["date"])
    )
    weather = [c for c in table.columns if c not in ("date", "value")]
    names = [*weather, "date_unix", "day_julian", "weekday", "hour"]
    print("ready", normet.__version__ if hasattr(normet, "__version__") else "", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        settings = {"time_budget": budget, "verbose": False}
        kept = table.rename(columns={"value": "target"})
        frame, model = build_model(kept, "target", "flaml", names, model_config=settings, verbose=False)
        trained = time.perf_counter()
        normalise(frame, model, names, weather, n_samples=resamples, memory_save=True, verbose=False)
        print("done", trained - start, time.perf_counter() - trained, flush=True)


main()
