"""The made region's inventory: sourced totals laid over cities, counties and made plants; nobody's real emissions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
import polars as pl
import yaml
from numpy.typing import NDArray

from airshed.emissions.inventory import check_inventory
from airshed.places.gazetteer import Gazetteer
from airshed.places.grid import Grid
from airshed.twin.terrain import plane

__all__ = ["made_inventory", "made_totals", "seats"]

Floats = NDArray[np.float64]

ORIGIN: Final = "airshed.twin: made, not measured"
_SECTORS: Final = ("power", "industry", "residential", "transport", "agriculture", "dust")
_KILOTONNE: Final = 1000.0  # t
_CORE: Final = 0.4  # of a city's people, those round its seat [M]
_QUARTERS: Final = 7  # points round a seat, within 6 km
_URBAN: Final = {"power", "industry", "residential", "transport", "dust"}
_FARTHEST: Final = 55e3  # m, of a county's made point from its city's seat
_NEAREST: Final = 4e3  # m
_GOLDEN: Final = np.pi * (3 - 5**0.5)  # rad, spreads points evenly round a seat


@dataclass(frozen=True)
class _City:
    """A city of the table: ``share`` of the nation by sector, ``reach`` [m] of its counties' made points."""

    id: str
    name: str
    lon: float
    lat: float
    weight: float
    share: dict[str, float]
    counties: tuple[tuple[str, str], ...]
    reach: float


def made_totals() -> dict[str, Any]:
    """The figures of ``totals.yml`` with their status: national totals [kt/a], shares [%], weights of cities."""
    text = resources.files("airshed.twin").joinpath("totals.yml").read_text(encoding="utf-8")
    document: dict[str, Any] = yaml.safe_load(text)
    return document


def made_inventory(
    gazetteer: Gazetteer, grid: Grid | None = None, seed: int = 1, year: int = 2015
) -> pl.DataFrame:
    """An inventory as ``emissions.inventory.INVENTORY`` has it, for the whole made region.

    Each city has its share of the national totals (``totals.yml``). Part of power and industry leaves through made
    plants with stacks; the rest is laid on the city's counties, two fifths of it at the seat. Points of counties are
    made (the gazetteer has none): evenly spread round the seat, within half the way to the next city.

    Parameters:
        gazetteer: names, counties and seats.
        grid: where given, only sources inside it are kept.
        seed: of the plants' places and stacks.
        year: whose emission; after 2015 the totals fall along a trend that is unverified (``totals.yml``).
    """
    totals, cities = _in_year(made_totals(), year), _cities(gazetteer)
    rng = np.random.default_rng([seed, 2])
    rows = [row for city in cities for row in _area_rows(city, totals)]
    number = 0
    for city in cities:
        for plant in _plants(city, totals, rng):
            number += 1
            rows += [_named(row, number) for row in plant]
    table = pl.DataFrame(rows, schema_overrides=dict.fromkeys(_STACK, pl.Float64), infer_schema_length=None)
    if grid is not None:
        inside = grid.cell_at(table["lon"].to_numpy(), table["lat"].to_numpy()) >= 0
        table = table.filter(pl.Series(inside))
    return check_inventory(table, ORIGIN)


def _in_year(totals: dict[str, Any], year: int) -> dict[str, Any]:
    """The totals with the national ones as they are in a year, neither before the first nor after the last known."""
    later: dict[str, float] = totals["later"]
    share = min(max((year - totals["year"]) / (later["year"] - totals["year"]), 0.0), 1.0)
    national = {
        sector: {species: amount * (1 + share * (later[species] - 1)) for species, amount in row.items()}
        for sector, row in totals["national"].items()
    }
    return {**totals, "national": national}


_STACK: Final = ("stack_height", "stack_diameter", "exit_temperature", "exit_velocity")


def _cities(gazetteer: Gazetteer) -> list[_City]:
    totals = made_totals()
    weights: dict[str, list[float]] = totals["cities"]
    points = seats(gazetteer)
    x, y = plane(*np.array(list(points.values())).T)
    apart = np.hypot(x[:, None] - x, y[:, None] - y) + 1e12 * np.eye(len(x))
    return [
        _City(
            id=f"gb2260:{code}",
            name=gazetteer.jurisdiction(f"gb2260:{code}").names["zh"],
            lon=points[code][0],
            lat=points[code][1],
            weight=row[1],
            share=_share(totals, code),
            counties=tuple(
                (c, gazetteer.jurisdiction(c).names["zh"]) for c in gazetteer.children(f"gb2260:{code}")
            ),
            reach=float(np.clip(0.5 * apart[i].min(), 2 * _NEAREST, _FARTHEST)),
        )
        for i, (code, row) in enumerate(weights.items())
    ]


def seats(gazetteer: Gazetteer) -> dict[str, tuple[float, float]]:
    """Longitude and latitude [deg] of the seats of the made region's cities, by division code."""
    return {code: _seat(gazetteer, code, row) for code, row in made_totals()["cities"].items()}


def _seat(gazetteer: Gazetteer, code: str, row: list[float]) -> tuple[float, float]:
    known = gazetteer.jurisdiction(f"gb2260:{code}")
    if known.lon is not None and known.lat is not None:
        return known.lon, known.lat
    return row[2], row[3]


@cache
def _province(code: str) -> tuple[float, float]:
    """People and industry of a province's cities, those not listed included."""
    totals = made_totals()
    rows = [row for c, row in totals["cities"].items() if c[:2] == code[:2]]
    people, industry = sum(r[0] for r in rows), sum(r[1] for r in rows)
    away = totals["elsewhere"].get(code, (0.0, 0.0))
    return people / (1 - away[0]), industry / (1 - away[1])


def _share(totals: dict[str, Any], code: str) -> dict[str, float]:
    """A city's share of the nation [1] by sector: the province's, by industry or by people."""
    province = f"{code[:2]}0000"
    people, industry = _province(province)
    row = totals["cities"][code]
    parts = {s: row[1] / industry if s in ("power", "industry") else row[0] / people for s in _SECTORS}
    return {s: parts[s] * share / 100 for s, share in zip(_SECTORS, totals["shares"][province], strict=True)}


def _area_rows(city: _City, totals: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Sources without stacks: the seat and each county, every sector and species."""
    points = _county_points(city)
    for sector in _SECTORS:
        stacks = totals["plants"].get(sector, {}).get("share", 0.0)
        core = _CORE if sector in _URBAN else 0.0
        for species, national in totals["national"][sector].items():
            amount = national * _KILOTONNE * city.share[sector] * (1 - stacks)
            for place, name, lon, lat, at_core, part in points:
                share = core * at_core + (1 - core) * part
                if share > 0:
                    yield {
                        "source": f"演示面源 {name} · made area {place[7:]}", "place": place, "lon": lon, "lat": lat,
                        "sector": sector, "species": species, "amount": amount * share, "origin": ORIGIN,
                    }  # fmt: skip


def _county_points(city: _City) -> list[tuple[str, str, float, float, float, float]]:
    """Made places of the seat's quarters and the counties: id, name, longitude, latitude, share of what lies round the
    seat, share of the rest."""
    counties = city.counties or ((city.id, city.name),)
    count, quarters = np.arange(len(counties)), np.arange(_QUARTERS)
    far = _NEAREST + (city.reach - _NEAREST) * np.sqrt((count + 0.5) / len(counties))
    near = 1.5 * _NEAREST * np.sqrt(quarters / _QUARTERS)
    out, inner = _beside(city, far, count * _GOLDEN), _beside(city, near, quarters * _GOLDEN)
    rows = zip(counties, *(c.tolist() for c in out), strict=True)
    seats = zip(*(c.tolist() for c in inner), strict=True)
    return [
        *((city.id, city.name, lon, lat, 1 / _QUARTERS, 0.0) for lon, lat in seats),
        *((i, name, lon, lat, 0.0, 1 / len(counties)) for (i, name), lon, lat in rows),
    ]


def _plants(city: _City, totals: dict[str, Any], rng: np.random.Generator) -> Iterator[list[dict[str, Any]]]:
    """Made plants of one city: for each the rows of its species."""
    for sector, kind in totals["plants"].items():
        count = max(1, round(kind["count"] * city.weight))
        size = rng.lognormal(0.0, 0.8, count)
        lon, lat = _beside(city, rng.uniform(_NEAREST, city.reach, count), rng.uniform(0, 2 * np.pi, count))
        for i in range(count):
            draws = [rng.uniform(*kind[k]) for k in ("height", "diameter", "temperature", "velocity")]
            stack = dict(zip(_STACK, (round(d, 1) for d in draws), strict=True))
            part = kind["share"] * city.share[sector] * size[i] / size.sum()
            yield [
                {"place": city.id, "lon": float(lon[i]), "lat": float(lat[i]), "sector": sector, "species": species,
                 "amount": national * _KILOTONNE * part, "origin": ORIGIN, **stack}
                for species, national in totals["national"][sector].items()
            ]  # fmt: skip


def _named(row: dict[str, Any], number: int) -> dict[str, Any]:
    return {"source": f"演示企业 {number} · made plant {number}", **row}


def _beside(city: _City, radius: Any, angle: Any) -> tuple[Floats, Floats]:
    """Points at distances [m] and directions [rad] from a city's seat [deg]."""
    metres = 111_195.0  # m, a degree of latitude
    lat = city.lat + radius * np.sin(angle) / metres
    return city.lon + radius * np.cos(angle) / metres / np.cos(np.radians(city.lat)), lat
