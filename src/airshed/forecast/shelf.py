"""Trained models and stored outlooks at rest in a workspace.

models/<id>/       model.json (what it is), arrays.npz, trees.zip (LightGBM's own text); nothing in them is code
outlooks/<id>/     outlook.nc: one folder an issue and method; edits.csv: what forecasters made of it
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import xarray as xr

from airshed.errors import BadInput
from airshed.forecast.outlook import check_outlook
from airshed.forecast.packing import pack, unpack
from airshed.forecast.training import Model
from airshed.observations.small_table import small_table

__all__ = [
    "Edit",
    "add_edits",
    "find_model",
    "load_model",
    "load_outlook",
    "outlooks",
    "read_edits",
    "save_model",
    "save_outlook",
]

MODELS, OUTLOOKS = "models", "outlooks"
MODEL_AGE: Final = 35  # [d] after its training's end within which a model serves new issues: own choice
FORM: Final = 4  # of the files; another is refused
_EDITS: Final = {"place": pl.String, "day": pl.Date, "variable": pl.String, "value": pl.Float64}
_ENDS: Final = ("low", "high")  # of the editor's own 80 % interval, where one is given


# -- models ----------------------------------------------------------------------------------------------------


def save_model(folder: Path, model: Model) -> str:
    """Keep a model under ``folder/models``; gives its digest, which is also its name there.

    Parameters:
        folder: of the workspace.
    """
    arrays: dict[str, Any] = {}
    texts: dict[str, str] = {}
    tree = json.dumps(pack(model, arrays, texts), ensure_ascii=False)
    draft = folder / MODELS / f".{os.getpid()}"
    draft.mkdir(parents=True)
    np.savez_compressed(draft / "arrays.npz", **arrays)
    with zipfile.ZipFile(draft / "trees.zip", "w", zipfile.ZIP_DEFLATED) as kept:
        for name, text in texts.items():
            kept.writestr(zipfile.ZipInfo(f"{name}.txt"), text, zipfile.ZIP_DEFLATED)
    name = _digest_of(tree, arrays, texts)
    said = {"form": FORM, "digest": name, "about": _about(model), "model": json.loads(tree)}
    (draft / "model.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    target = folder / MODELS / name
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)  # whole, or not there at all
    return name


def _about(model: Model) -> dict[str, Any]:
    """What is looked at before a model is read."""
    return {
        "method": model.method, "places": model.places, "targets": model.targets, "leads": model.leads,
        "weather": model.weather, "weather_names": model.weather_names, "first": model.first, "last": model.last,
        "data": model.digest, "seed": model.seed, "versions": dict(model.versions), "made": model.made,
        "source": model.source, "hours_known": model.hours_known,
    }  # fmt: skip


def _digest_of(tree: str, arrays: dict[str, Any], texts: dict[str, str]) -> str:
    seen = hashlib.sha256(tree.encode())
    for name in sorted(arrays):
        seen.update(
            name.encode() + str(arrays[name].dtype).encode() + np.ascontiguousarray(arrays[name]).tobytes()
        )
    for name in sorted(texts):
        seen.update(name.encode() + texts[name].encode())
    return seen.hexdigest()[:16]


def load_model(folder: Path, name: str) -> Model:
    """A kept model.

    Raises:
        BadInput: no such model, of another form, or files that are not what was written.
    """
    path = folder / MODELS / name
    if not (path / "model.json").is_file():
        raise BadInput(f"a model in {MODELS}", repr(name), "train one: airshed forecast")
    said = json.loads((path / "model.json").read_text(encoding="utf-8"))
    if said.get("form") != FORM:
        raise BadInput(f"a model of form {FORM}", f"{said.get('form')}", "train again with this version")
    with np.load(path / "arrays.npz", allow_pickle=False) as held:
        arrays = {k: held[k] for k in held.files}
    with zipfile.ZipFile(path / "trees.zip") as kept:
        texts = {n.removesuffix(".txt"): kept.read(n).decode() for n in kept.namelist()}
    tree = json.dumps(said["model"], ensure_ascii=False)
    if _digest_of(tree, arrays, texts) != said["digest"] or said["digest"] != name:
        raise BadInput(f"the model {name} as it was written", "other content", "train again")
    model = unpack(said["model"], arrays, texts)
    if not isinstance(model, Model):
        raise BadInput("a model of an outlook", type(model).__name__, "train again")
    return model


def find_model(folder: Path, wanted: dict[str, Any], issue_day: date) -> str | None:
    """The newest kept model that answers to ``wanted`` and was trained shortly before an issue, never after it.

    Parameters:
        wanted: what the model must say of itself; ``leads`` it must reach. Places and pollutants must be the same:
            a place's and a pollutant's companions are features.
    """
    best: tuple[str, str] | None = None
    for name, about in _models(folder):
        last = date.fromisoformat(about["last"])
        if issue_day - timedelta(days=MODEL_AGE) <= last <= issue_day and _answers(about, wanted):
            best = max(best or ("", ""), (about["last"], name))
    return best[1] if best else None


def _answers(about: dict[str, Any], wanted: dict[str, Any]) -> bool:
    if set(wanted["targets"]) != set(about["targets"]) or about["leads"] < wanted["leads"]:
        return False
    return all(
        about[k] == v for k, v in json.loads(json.dumps(wanted)).items() if k not in ("targets", "leads")
    )


def _models(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((folder / MODELS).glob("*/model.json")):
        said = json.loads(path.read_text(encoding="utf-8"))
        if said.get("form") == FORM:
            yield path.parent.name, said["about"]


# -- outlooks --------------------------------------------------------------------------------------------------


def save_outlook(folder: Path, outlook: xr.Dataset) -> str:
    """Keep an outlook under ``folder/outlooks``; gives its name. The same issue and method replace what stood there."""
    check_outlook(outlook)
    issue = datetime.fromisoformat(outlook.attrs["issue"])
    name = f"{issue:%Y%m%dT%H%M}-{outlook.attrs['method']}-{outlook.attrs['weather']}"
    path = folder / OUTLOOKS / name
    path.mkdir(parents=True, exist_ok=True)
    draft = path / "outlook.part"
    packed = {v: {"zlib": True, "complevel": 1} for v in outlook.data_vars if outlook[v].dtype.kind in "fiu"}
    outlook.to_netcdf(draft, engine="h5netcdf", encoding=packed)
    draft.rename(path / "outlook.nc")
    return name


def outlooks(folder: Path) -> list[str]:
    """Names of the kept outlooks, the newest issue first."""
    return sorted((p.parent.name for p in (folder / OUTLOOKS).glob("*/outlook.nc")), reverse=True)


def load_outlook(folder: Path, name: str | None = None) -> xr.Dataset:
    """A kept outlook; the newest issue's where none is named.

    Raises:
        BadInput: no such outlook.
    """
    known = outlooks(folder)
    chosen = name or (known[0] if known else "")
    if chosen not in known:
        wanted = f"an outlook of {', '.join(known[:5]) or 'this workspace'}"
        raise BadInput(wanted, repr(name) if name else "none", "make one: airshed forecast")
    with xr.open_dataset(folder / OUTLOOKS / chosen / "outlook.nc", engine="h5netcdf") as held:
        return check_outlook(held.load())


# -- edits -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Edit:
    """What forecasters made of an outlook, in the form `forecast.verification.edits` scores like a model.

    ``rows``: ``issue, place, day, variable, value, low, high, editor, at``.
    """

    rows: pl.DataFrame


def add_edits(folder: Path, name: str, file: Path, by: str, at: datetime) -> int:
    """Keep a forecaster's edits beside an outlook; the outlook stays as it was. Gives how many cells.

    Parameters:
        name: of the outlook.
        file: CSV ``place, day, variable, value`` [catalogue units]; ``low`` and ``high`` may give an 80 % interval.
        by, at: who, and when.

    Raises:
        BadInput: no such outlook, columns missing, or cells the outlook does not have.
    """
    outlook = load_outlook(folder, name)
    table = small_table(file, "edits", _EDITS)
    rows = table.select(
        pl.col("place").cast(pl.String), pl.col("day").cast(pl.String).str.to_date(strict=False),
        pl.col("variable").cast(pl.String), pl.col("value").cast(pl.Float64, strict=False),
        *[_optional(table, end) for end in _ENDS],
    )  # fmt: skip
    _check_edits(rows, outlook, file)
    kept = folder / OUTLOOKS / name / "edits.csv"
    issue = pl.lit(date.fromisoformat(outlook.attrs["issue_day"])).alias("issue")
    rows = rows.select(issue, pl.all(), editor=pl.lit(by), at=pl.lit(at.isoformat()))
    before = read_edits(folder, name).rows
    pl.concat([before, rows]).write_csv(kept)
    return rows.height


def _optional(table: pl.DataFrame, column: str) -> pl.Expr:
    held = pl.col(column) if column in table.columns else pl.lit(None)
    return held.cast(pl.Float64, strict=False).alias(column)


def _check_edits(rows: pl.DataFrame, outlook: xr.Dataset, file: Path) -> None:
    known = {
        "place": list(map(str, outlook["place"].values)),
        "day": [d.astype("datetime64[D]").astype(date) for d in outlook["day"].values],
        "variable": list(map(str, outlook["variable"].values)),
    }
    for column, allowed in known.items():
        if wrong := [v for v in rows[column].unique().to_list() if v not in allowed]:
            raise BadInput(
                f"{column} of the outlook in {file.name}", f"{wrong[0]}", "edit cells that the outlook has"
            )
    if rows["value"].is_null().any() or (rows["value"] < 0).any():
        raise BadInput(f"values of at least zero in {file.name}", "others", "mend the column value")


def read_edits(folder: Path, name: str) -> Edit:
    """Edits of an outlook, in the order they came; the last of a cell holds."""
    path = folder / OUTLOOKS / name / "edits.csv"
    ends = dict.fromkeys(_ENDS, pl.Float64)
    schema = {"issue": pl.Date, **_EDITS, **ends, "editor": pl.String, "at": pl.String}
    return Edit(pl.read_csv(path, schema=schema) if path.is_file() else pl.DataFrame(schema=schema))
