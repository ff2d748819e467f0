"""Surface fields that a source lacks: derived by stated formulas, or set to a stated default; always reported."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from airshed.meteorology.columns import DRY_AIR
from airshed.meteorology.feeds.report import FeedReport

__all__ = ["CLOUD", "ROUGHNESS", "complete_surface", "solar_elevation"]

Floats = NDArray[np.float64]
Flat = dict[str, Floats]
KARMAN: Final = 0.4  # [1] von Kármán's constant, Högström 1988, doi:10.1007/BF00119875
ROUGHNESS: Final = 0.1  # [m] open farmland with scattered obstacles, WMO-No. 8 (2018) I.5 annex, class 5
CLOUD: Final = 0.5  # [1] half covered, a default without a source
LEAST_MIXING: Final = 10.0  # [m] ERA5's own floor, seen in its files
LEAST_LOG: Final = (
    1.0  # [1] floor of ln(10 m / roughness), so that forests (roughness above 3.7 m) do not blow up
)


def complete_surface(flat: Flat, lon: Floats, lat: Floats, time: np.datetime64, report: FeedReport) -> Flat:
    """The surface fields of one instant, with what was lacking derived or set, and values held in their range.

    Parameters:
        flat: surface fields (y, x) in the units of ``meteorology.column_state``; may hold ``stress_x, stress_y``
            [N m-2], ``roughness`` [m].
        lon, lat: of the cells [deg].
        time: the instant; radiation belongs to the hour that ends there.
        report: what was done is added here.
    """
    out = dict(flat)
    if "roughness" not in out:
        out["roughness"] = np.full_like(out["surface_pressure"], ROUGHNESS)
    if "cloud" not in out:
        report.add("defaulted", f"cloud cover, not in the source, is {CLOUD:g}", f"来源无云量，取 {CLOUD:g}")
        out["cloud"] = np.full_like(out["surface_pressure"], CLOUD)
    if "precipitation" not in out and "accumulated" not in out:
        report.add("defaulted", "precipitation, not in the source, is 0 (dry)", "来源无降水，取 0（干）")
        out["precipitation"] = np.zeros_like(out["surface_pressure"])
    out["cloud"] = np.clip(out["cloud"], 0.0, 1.0)
    if "radiation" not in out and "radiation_instant" not in out:
        middle = time - np.timedelta64(30, "m")
        out["radiation"] = _radiation(solar_elevation(lon, lat, middle), out["cloud"], report)
    if "friction_velocity" not in out:
        out["friction_velocity"] = _friction(out, report)
    for name in ("precipitation", "radiation", "accumulated", "radiation_instant"):
        if name in out:
            out[name] = np.maximum(out[name], 0.0)  # packing leaves zeros a hair below zero
    if (out["mixing_height"] < LEAST_MIXING).any():
        least = f"{LEAST_MIXING:g} m"
        report.add(
            "converted", f"mixing heights below {least} raised to it", f"低于 {least} 的混合层高度取 {least}"
        )
        out["mixing_height"] = np.maximum(out["mixing_height"], LEAST_MIXING)
    return out


def solar_elevation(lon: Floats, lat: Floats, time: np.datetime64) -> Floats:
    """Sine of the sun's elevation at an instant (UTC) and places [deg].

    Declination and equation of time by the series of Spencer 1971 (Search 2(5), 172), good to 0.01 rad [M].
    """
    day = (time - time.astype("datetime64[Y]")) / np.timedelta64(1, "D")
    angle = 2 * np.pi * np.floor(day) / 365.0
    harmonics = np.array([1, np.cos(angle), np.sin(angle), np.cos(2 * angle), np.sin(2 * angle)])
    declination = harmonics @ [0.006918, -0.399912, 0.070257, -0.006758, 0.000907]
    equation = harmonics @ [0.000075, 0.001868, -0.032077, -0.014615, -0.040849]  # [rad]
    hour_angle = 2 * np.pi * (day % 1.0) + np.deg2rad(lon) + equation - np.pi
    latitude = np.deg2rad(lat)
    flat = np.cos(latitude) * np.cos(declination) * np.cos(hour_angle)
    return np.asarray(np.sin(latitude) * np.sin(declination) + flat, dtype=np.float64)


def _radiation(sine: Floats, cloud: Floats, report: FeedReport) -> Floats:
    """Downward short-wave [W m-2]: clear sky by Haurwitz 1945 (J. Meteor. 2, 154) [M], dimmed by cloud.

    The factor of cloud, 1 - 0.75 N^3.4 [M], is of Kasten and Czeplak 1980, doi:10.1016/0038-092X(80)90391-6.
    """
    report.add(
        "derived",
        "radiation from the sun's elevation (Haurwitz 1945) and cloud (Kasten and Czeplak 1980), figures unverified",
        "辐射由太阳高度角（Haurwitz 1945）和云量（Kasten、Czeplak 1980）推算，系数未核对原文",
    )
    above = np.maximum(sine, 1e-6)
    clear = 1098.0 * above * np.exp(-0.057 / above)  # [W m-2], [1] Haurwitz 1945 [M]
    return np.asarray(clear * (1.0 - 0.75 * cloud**3.4), dtype=np.float64)


def _friction(out: Flat, report: FeedReport) -> Floats:
    if "stress_x" in out and "stress_y" in out:
        report.add(
            "derived",
            "friction velocity from the surface stress and the density of air at the ground",
            "摩擦速度由地面应力和近地面空气密度推算",
        )
        density = out["surface_pressure"] / (DRY_AIR * out["temperature_2m"])
        return np.asarray(np.sqrt(np.hypot(out["stress_x"], out["stress_y"]) / density), dtype=np.float64)
    report.add(
        "derived",
        f"friction velocity from the 10 m wind by the neutral law (roughness {ROUGHNESS:g} m if the source has none)",
        f"摩擦速度由 10 m 风按中性对数律推算（来源无粗糙度时取 {ROUGHNESS:g} m）",
    )
    speed = np.hypot(out["u_10m"], out["v_10m"])
    return np.asarray(KARMAN * speed / np.maximum(np.log(10 / out["roughness"]), LEAST_LOG), dtype=np.float64)
