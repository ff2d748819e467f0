"""Files of weather as users have them, made from an atmosphere that is known in full."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyproj
import xarray as xr

GRAVITY = 9.80665
LAPSE, WARM, SEA = 0.0065, 288.15, 101_325.0  # the ICAO standard atmosphere below 11 km
POWER = GRAVITY / (287.0597 * LAPSE)
LEVELS = np.array(
    [500, 600, 700, 750, 800, 850, 900, 925, 950, 975, 1000.0]
)  # hPa, top first as CDS has them
LON, LAT = np.arange(112, 118.1, 0.5), np.arange(41, 35.9, -0.5)  # north first as CDS has them
PARAMS = {
    "u": 131, "v": 132, "t": 130, "q": 133, "z": 129, "w": 135, "sp": 134, "u10": 165, "v10": 166, "t2m": 167,
    "d2m": 168, "blh": 159, "tp": 228, "ssrd": 169, "tcc": 164, "zust": 228003,
}  # fmt: skip
UNITS = {
    "u": "m s**-1", "v": "m s**-1", "t": "K", "q": "kg kg**-1", "z": "m**2 s**-2", "w": "Pa s**-1", "sp": "Pa",
    "u10": "m s**-1", "v10": "m s**-1", "t2m": "K", "d2m": "K", "blh": "m", "tp": "m", "ssrd": "J m**-2",
    "tcc": "(0 - 1)", "zust": "m s**-1",
}  # fmt: skip


def pressure_at(height):
    """Pressure [Pa] of the standard atmosphere."""
    return SEA * (1 - LAPSE * height / WARM) ** POWER


def height_of(pressure):
    """Height [m] of the standard atmosphere."""
    return WARM / LAPSE * (1 - (pressure / SEA) ** (1 / POWER))


def terrain_at(lon, lat):
    """A smooth slope rising to the west [m]."""
    return 100 + 50 * (118 - lon) + 0 * lat


def hours(count, start="2025-01-10T00"):
    """Instants."""
    return np.datetime64(start, "ns") + np.arange(count) * np.timedelta64(1, "h")


def era5(times, u=6.0, v=-3.0, lon=LON, lat=LAT):
    """Upper and surface Datasets with CDS's new names; the 10 m wind is half of the wind aloft."""
    lons, lats = np.meshgrid(lon, lat)
    shape3, shape2 = (len(times), len(LEVELS), *lons.shape), (len(times), *lons.shape)
    height = height_of(LEVELS * 100)[None, :, None, None] + np.zeros(shape3)
    ground = np.broadcast_to(terrain_at(lons, lats), shape2)
    hour = (np.arange(len(times)) + 0.0)[:, None, None]
    upper = {
        "u": u + np.zeros(shape3), "v": v + np.zeros(shape3), "t": WARM - LAPSE * height,
        "q": 0.004 * np.exp(-height / 2000), "z": height * GRAVITY, "w": 0.1 * np.ones(shape3),
    }  # fmt: skip
    surface = {
        "sp": pressure_at(ground), "z": ground * GRAVITY, "u10": 0.5 * u + np.zeros(shape2),
        "v10": 0.5 * v + np.zeros(shape2), "t2m": WARM - LAPSE * ground, "d2m": 270 + np.zeros(shape2),
        "blh": 300 + 10 * hour + np.zeros(shape2), "tp": 1e-3 * hour + np.zeros(shape2),
        "ssrd": 3.6e5 + np.zeros(shape2), "tcc": 0.25 + np.zeros(shape2), "zust": 0.3 + np.zeros(shape2),
    }  # fmt: skip
    where = {"valid_time": times, "latitude": lat, "longitude": lon}
    dims2 = ("valid_time", "latitude", "longitude")
    dims3 = ("valid_time", "pressure_level", "latitude", "longitude")
    one = xr.Dataset({n: (dims3, f, {"units": UNITS[n]}) for n, f in upper.items()}, where)
    one = one.assign_coords(pressure_level=("pressure_level", LEVELS, {"units": "hPa"}))
    two = xr.Dataset({n: (dims2, f, {"units": UNITS[n]}) for n, f in surface.items()}, where)
    return one, two


def write_new(folder: Path, one, two, stem="era5"):
    """The present form of CDS: two files, ``valid_time`` and ``pressure_level``."""
    paths = [folder / f"{stem}_levels.nc", folder / f"{stem}_single.nc"]
    for path, dataset in zip(paths, (one, two), strict=True):
        dataset.assign_coords(number=0, expver="0001").to_netcdf(path, engine="scipy")
    return paths


def write_old(folder: Path, one, two):
    """The former form: ``time``, ``level`` in millibars, short integers with scale and offset, in NetCDF 3."""
    names = {"valid_time": "time", "pressure_level": "level"}
    paths = [folder / "old_levels.nc", folder / "old_single.nc"]
    for path, dataset in zip(paths, (one, two), strict=True):
        old = dataset.rename({a: b for a, b in names.items() if a in dataset.dims})
        if "level" in old.dims:
            old["level"].attrs["units"] = "millibars"
        packed = {}
        for name, field in old.data_vars.items():
            low, high = float(field.min()), float(field.max())
            scale = max((high - low) / 60_000, 1e-12)
            packed[name] = {
                "dtype": "i2",
                "scale_factor": scale,
                "add_offset": (low + high) / 2,
                "_FillValue": -32767,
            }
        old.to_netcdf(path, engine="scipy", encoding=packed)
    return paths


def write_grib(folder: Path, one, two, bits=24):
    """GRIB 1 as MARS gives it; sums of an hour stand as steps of the forecasts of 06 and 18 UTC."""
    path = folder / "era5.grib"
    with path.open("wb") as stream:
        for dataset in (one, two):
            for name, field in dataset.data_vars.items():
                for time in field["valid_time"].values:
                    plane = field.sel(valid_time=time)
                    for level in field["pressure_level"].values if "pressure_level" in field.dims else [None]:
                        values = plane.values if level is None else plane.sel(pressure_level=level).values
                        _message(stream, name, time, level, values, dataset, bits)
    return path


def _message(stream, name, time, level, values, dataset, bits):
    import eccodes

    handle = eccodes.codes_grib_new_from_samples(f"regular_ll_{'sfc' if level is None else 'pl'}_grib1")
    lon, lat = dataset["longitude"].values, dataset["latitude"].values
    summed = name in ("tp", "ssrd")
    half_day = (time - np.timedelta64(7, "h")).astype("datetime64[h]").astype(int) // 12
    base = np.datetime64(int(half_day) * 12 + 6, "h") if summed else time.astype("datetime64[h]")
    step = int((time - base) / np.timedelta64(1, "h"))
    keys = {
        "Ni": len(lon), "Nj": len(lat), "latitudeOfFirstGridPointInDegrees": lat[0],
        "latitudeOfLastGridPointInDegrees": lat[-1], "longitudeOfFirstGridPointInDegrees": lon[0],
        "longitudeOfLastGridPointInDegrees": lon[-1], "iDirectionIncrementInDegrees": lon[1] - lon[0],
        "jDirectionIncrementInDegrees": lat[0] - lat[1], "dataDate": int(str(base)[:10].replace("-", "")),
        "dataTime": int(str(base)[11:13]) * 100, "paramId": PARAMS[name], "bitsPerValue": bits,
    }  # fmt: skip
    if level is not None:
        keys["level"] = int(level)
    if summed:
        keys |= {"timeRangeIndicator": 4, "stepRange": f"{step - 1}-{step}"}
    for key, value in keys.items():
        eccodes.codes_set(handle, key, value)
    eccodes.codes_set_values(handle, values.ravel())
    eccodes.codes_write(handle, stream)
    eccodes.codes_release(handle)


WRF_CRS = "+proj=lcc +lat_1=30 +lat_2=60 +lat_0=35 +lon_0=105 +R=6370000 +units=m +no_defs"
STAGGERED = np.array(
    [0, 25, 70, 150, 260, 420, 650, 1000, 1500, 2200, 3200, 4300, 5500.0]
)  # [m] above ground
LEVEL = ("Time", "bottom_top", "south_north", "west_east")
HIGH = ("Time", "bottom_top_stag", "south_north", "west_east")
FLAT = ("Time", "south_north", "west_east")


def _lonlat(xs, ys):
    project = pyproj.Transformer.from_crs("EPSG:4326", WRF_CRS, always_xy=True)
    lon, lat = project.transform(*np.meshgrid(xs, ys), direction="INVERSE")
    return np.asarray(lon), np.asarray(lat)


def _along(lon, east, north):
    """Wind along the model's axes, and their turn: Lambert's cone turns by n (lon0 - lon), geogrid's alpha."""
    far, near = (np.tan(np.pi / 4 + angle) for angle in (np.pi / 6, np.pi / 12))
    cone = np.log(np.cos(np.pi / 6) / np.cos(np.pi / 3)) / np.log(far / near)
    turn = cone * np.deg2rad(105 - lon)
    return east * np.cos(turn) + north * np.sin(turn), north * np.cos(turn) - east * np.sin(turn), turn


def _air(ground):
    """Fields on levels, (bottom_top…, y, x), in the two parts WRF keeps."""
    z_stag = ground[None] + STAGGERED[:, None, None]
    z = 0.5 * (z_stag[1:] + z_stag[:-1])
    pressure = pressure_at(z)
    return {
        "W": (HIGH, np.full_like(z_stag, 0.01), "m s-1"),
        "T": (LEVEL, (WARM - LAPSE * z) * (100_000 / pressure) ** (2 / 7) - 300, "K"),
        "P": (LEVEL, 0.01 * pressure, "Pa"),
        "PB": (LEVEL, 0.99 * pressure, "Pa"),
        "PH": (HIGH, 0.01 * z_stag * GRAVITY, "m2 s-2"),
        "PHB": (HIGH, 0.99 * z_stag * GRAVITY, "m2 s-2"),
        "QVAPOR": (LEVEL, 0.004 * np.exp(-z / 2000), "kg kg-1"),
        "CLDFRA": (LEVEL, np.full_like(z, 0.3), ""),
    }


def _ground(ground, lon, lat, east, north):
    """Fields at the surface, (y, x)."""
    u, v, turn = _along(lon, east, north)
    values = {
        "PSFC": (pressure_at(ground), "Pa"), "HGT": (ground, "m"), "U10": (0.5 * u, "m s-1"), "V10": (0.5 * v, "m s-1"),
        "T2": (WARM - LAPSE * ground, "K"), "Q2": (0.0035 + 0 * ground, "kg kg-1"), "PBLH": (400 + 0 * ground, "m"),
        "UST": (0.3 + 0 * ground, "m s-1"), "HFX": (50 + 0 * ground, "W m-2"), "XLAT": (lat, "degree_north"),
        "XLONG": (lon, "degree_east"), "SINALPHA": (np.sin(turn), ""), "COSALPHA": (np.cos(turn), ""),
    }  # fmt: skip
    return {name: (FLAT, field, unit) for name, (field, unit) in values.items()}


def wrf(times, east=6.0, north=-3.0, shape=(12, 14), cell=20_000.0, rain=2.0):
    """A wrfout Dataset on a Lambert projection, whose axes are turned against true north; wind true everywhere."""
    ny, nx = shape
    x, y = 600_000 + cell * np.arange(-0.5, nx + 0.5), 200_000 + cell * np.arange(-0.5, ny + 0.5)
    middle_x, middle_y = 0.5 * (x[1:] + x[:-1]), 0.5 * (y[1:] + y[:-1])
    lon, lat = _lonlat(middle_x, middle_y)
    ground = terrain_at(np.clip(lon, 110, 118), lat)
    steady = _air(ground) | _ground(ground, lon, lat, east, north)
    levels = len(STAGGERED) - 1
    u = np.broadcast_to(_along(_lonlat(x, middle_y)[0], east, north)[0], (levels, ny, nx + 1))
    v = np.broadcast_to(_along(_lonlat(middle_x, y)[0], east, north)[1], (levels, ny + 1, nx))
    steady["U"] = ((*LEVEL[:3], "west_east_stag"), u, "m s-1")
    steady["V"] = (("Time", "bottom_top", "south_north_stag", "west_east"), v, "m s-1")
    count = (len(times), 1, 1)
    data = {
        name: (dims, np.broadcast_to(field, (len(times), *field.shape)).astype(np.float32), {"units": unit})
        for name, (dims, field, unit) in steady.items()
    }
    hour = np.arange(len(times), dtype=np.float32).reshape(count) + np.zeros((1, ny, nx), np.float32)
    data["RAINC"], data["RAINNC"] = ((FLAT, part * rain * hour, {"units": "mm"}) for part in (0.25, 0.75))
    data["SWDOWN"] = (FLAT, 100 * hour, {"units": "W m-2"})
    texts = [str(t)[:19].replace("T", "_").encode() for t in times]
    data["Times"] = (("Time",), np.array(texts, dtype="S19"), {})
    attrs = {"MAP_PROJ": 1, "TRUELAT1": 30.0, "TRUELAT2": 60.0, "MOAD_CEN_LAT": 35.0, "STAND_LON": 105.0}
    return xr.Dataset(data, attrs=attrs | {"DX": cell, "DY": cell, "CEN_LAT": 35.0, "CEN_LON": 105.0})
