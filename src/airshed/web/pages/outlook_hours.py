"""The hours of an outlook: PM2.5 and O3 to three days ahead, a fan each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from airshed.quantities import variable
from airshed.web.desk import Desk
from airshed.web.drawing.fan import BANDS, draw_fan
from airshed.web.drawing.series import hour_ticks
from airshed.web.pages.outlook_common import On

__all__ = ["hours_view"]

_HOUR = timedelta(hours=1)


def hours_view(desk: Desk, on: On, place: str) -> dict[str, Any] | None:
    """A fan for each pollutant that the outlook has by the hour; None where it has none."""
    data = on.outlook.data
    if "hourly_quantiles" not in data:
        return None
    from airshed.forecast.distribution import interval, quantile_at

    words = desk.words
    starts = [
        datetime.fromtimestamp(int(s), UTC)
        for s in data["hour"].values.astype("datetime64[s]").astype(np.int64)
    ]
    local = [s.astimezone(desk.clock.zone) for s in starts]
    ticks = hour_ticks([s.replace(tzinfo=None) for s in local], words.short_day)
    charts, said = [], {}
    for name in map(str, data["hourly_variable"].values):
        cut = data["hourly_quantiles"].sel({"place": place, "hourly_variable": name})
        held = np.asarray(cut.transpose("hour", "quantile").values, dtype=np.float64)
        v, (low, high), middle = variable(name), interval(held, 0.8), quantile_at(held, 0.5)
        fan = draw_fan(
            [],
            [],
            {s: interval(held, s) for s in BANDS},
            middle,
            None,
            [],
            [],
            ticks=ticks,
            number=words.number,
        )
        charts.append(fan | {"id": f"hour-{name}", "label": v.label, "unit": v.unit,
                             "summary": words.say("outlook.city.hours_chart", item=v.label,
                                                  place=desk.name(place))})  # fmt: skip
        said[f"hour-{name}"] = [
            words.say("outlook.city.will", middle=words.number(m), low=words.number(a), high=words.number(b))
            for m, a, b in zip(middle, low, high, strict=True)
        ]
    labels = [f"{words.short_day(s.date())} {words.hours(s)}" for s in local]
    readings = {"steps": [s.date().isoformat() for s in local], "labels": labels, "values": said, "flags": {}}
    last = local[-1] + _HOUR
    return {"charts": charts, "readings": readings, "last": last.isoformat(),
            "label": words.say("outlook.city.hours", n=len(local))}  # fmt: skip
