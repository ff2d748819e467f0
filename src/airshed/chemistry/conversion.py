"""What an hour turns into something else: first-order chains that lean on sun, humidity and cloud."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from airshed.chemistry.classes import CLASSES, class_index
from airshed.chemistry.constants import number, table

__all__ = ["conversion_shares", "sunshine"]

Floats = NDArray[np.float64]


def sunshine(radiation: Floats) -> Floats:
    """How much of full sun shines, 0..1, from global radiation [W m-2], any dims."""
    return np.asarray(np.clip(radiation / number("full_sun"), 0.0, 1.0), dtype=np.float64)


def conversion_shares(
    temperature: Floats, relative_humidity: Floats, cloud: Floats, radiation: Floats, in_cloud: Floats
) -> Floats:
    """Share of each class that is converted to its child within the hour, (class, layer, y, x), 0..1.

    SO2 becomes sulfate in sunshine, on wet particles and in cloud water; NOx nitric acid; NH3 ammonium;
    VOC SOA. ``fine`` and ``nitrate`` are ends of chains. First order: a share is 1 - exp(-k · 1 h).

    Parameters:
        temperature: [K], (layer, y, x).
        relative_humidity: 0..1, (layer, y, x).
        cloud: cover 0..1, (y, x).
        radiation: global, at the ground [W m-2], (y, x).
        in_cloud: 1 where the layer lies at or above the base of cloud, else 0, (layer, y, x).

    Source: the constants of ``rates.yml`` (SO2 and NOx read; the heterogeneous and in-cloud extras, NH3 and VOC
    unverified). The chains are frozen: they hold for the air they were set for, and predict no change of rate.
    """
    sun = np.broadcast_to(sunshine(radiation), temperature.shape)
    rate = np.zeros((len(CLASSES), *temperature.shape))
    rate[class_index("so2")] = _by_sun("so2_to_sulfate", sun)
    rate[class_index("so2")] += _on_wet_particles(relative_humidity)
    rate[class_index("so2")] += _in_cloud_water(temperature, cloud * in_cloud)
    rate[class_index("nox")] = _by_sun("nox_to_nitrate", sun)
    rate[class_index("nh3")] = _to_ammonium(relative_humidity)
    rate[class_index("voc")] = _by_sun("voc_to_soa", sun)
    return np.asarray(-np.expm1(-rate), dtype=np.float64)


def _by_sun(name: str, sun: Floats) -> Floats:
    """Rate [h-1]: the night's at no sun, the noon's at full sun, straight between."""
    rate = table(name)
    return np.asarray(rate["night"] + (rate["noon"] - rate["night"]) * sun, dtype=np.float64)


def _on_wet_particles(relative_humidity: Floats) -> Floats:
    """Extra rate of SO2 [h-1] on wet particles."""
    extra = table("sulfate_on_wet_particles")
    return np.asarray(extra["at_saturation"] * _rise(relative_humidity, extra["from_humidity"]))


def _in_cloud_water(temperature: Floats, cover: Floats) -> Floats:
    """Extra rate of SO2 [h-1] where there is liquid cloud."""
    extra = table("sulfate_in_cloud")
    return np.asarray(extra["whole_cover"] * cover * (temperature > extra["coldest"]), dtype=np.float64)


def _to_ammonium(relative_humidity: Floats) -> Floats:
    """Rate of NH3 [h-1]: acid is at hand faster where particles are wet."""
    rate = table("nh3_to_ammonium")
    rise = _rise(relative_humidity, rate["from_humidity"])
    return np.asarray(rate["dry"] + (rate["moist"] - rate["dry"]) * rise, dtype=np.float64)


def _rise(relative_humidity: Floats, start: float) -> Floats:
    """0 up to the start, 1 at saturation, straight between."""
    return np.asarray(np.clip((relative_humidity - start) / (1.0 - start), 0.0, 1.0), dtype=np.float64)
