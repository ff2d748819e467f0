"""The packaged tables: divisions of China with their seats, and the twelve sites of the Beijing data set."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import yaml

from airshed.places.coordinates import gcj02_to_wgs84
from airshed.places.nouns import Jurisdiction, Level, Station

__all__ = ["FORMER", "chinese_divisions", "packaged_stations"]

NATIONS = (
    Jurisdiction(
        "cn", {"zh": "中国", "en": "China"}, "nation", None, aliases=("PRC", "中华人民共和国", "CHN")
    ),
    Jurisdiction(
        "us", {"zh": "美国", "en": "United States"}, "nation", None, aliases=("USA", "美利坚合众国")
    ),
)


@cache
def chinese_divisions() -> tuple[Jurisdiction, ...]:
    """Nations, then provinces, prefectures and counties of China (codes and names of GB/T 2260).

    Seats [deg, WGS-84] are known for the cities of the packaged regions only, to about 2 km: the published
    centres (``seats.csv``) are in GCJ-02 and are converted here.
    """
    seats = _seats()
    return (*NATIONS, *(_division(row, seats) for row in _table("divisions.csv")))


def _former() -> frozenset[str]:
    return frozenset(f"gb2260:{row['code']}" for row in _table("divisions.csv") if row["until"])


@cache
def packaged_stations() -> tuple[Station, ...]:
    """The twelve sites ``prsa:…``; where they stand is told by the national list (``same_as``)."""
    sheet = yaml.safe_load((files("airshed.places") / "prsa.yaml").read_text(encoding="utf-8"))
    return tuple(
        Station(f"prsa:{name}", {"zh": row["zh"], "en": name}, sheet["place"], same_as=row["same_as"],
                role=row.get("role", "evaluation"), source=sheet["source"])
        for name, row in sheet["stations"].items()
    )  # fmt: skip


def _division(row: dict[str, str], seats: dict[str, tuple[float, float]]) -> Jurisdiction:
    code = row["code"]
    lon, lat = seats.get(code, (None, None))
    level: Level = (
        "province" if row["level"] == "province" else "city" if row["level"] == "city" else "county"
    )
    parent = f"gb2260:{row['parent']}" if row["parent"] else "cn"
    names = {"zh": row["name_zh"], "en": row["name_en"]}
    return Jurisdiction(
        f"gb2260:{code}", names, level, parent, lon, lat, tuple(filter(None, row["aliases"].split("|")))
    )


def _seats() -> dict[str, tuple[float, float]]:
    rows = list(_table("seats.csv"))
    lon, lat = gcj02_to_wgs84([float(r["lon_gcj02"]) for r in rows], [float(r["lat_gcj02"]) for r in rows])
    return {
        r["code"]: (round(float(x), 4), round(float(y), 4)) for r, x, y in zip(rows, lon, lat, strict=True)
    }


def _table(name: str) -> Iterator[dict[str, str]]:
    text = (files("airshed.places") / name).read_text(encoding="utf-8")
    return csv.DictReader(text.splitlines())


FORMER = _former()
"""Ids of divisions that are gone (莱芜 371200 until 2019): second to a present one of that name."""
