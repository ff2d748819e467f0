"""Frozen dataclasses as JSON, arrays and texts, and back: a trained model at rest, safe to read from strangers.

Nothing in the files is code: classes are named, and only dataclasses of this package may be named; arrays are read
without pickles; trees are LightGBM's own text.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from airshed.errors import BadInput

__all__ = ["pack", "unpack"]

HOME: Final = "airshed.forecast."
LONG: Final = 1000  # characters from which a text is kept beside the JSON


def pack(thing: Any, arrays: dict[str, NDArray[Any]], texts: dict[str, str]) -> Any:
    """A thing as JSON; its arrays and long texts are put into ``arrays`` and ``texts`` under numbers.

    Raises:
        BadInput: something that is neither plain, nor an array, nor a dataclass of the forecast's.

    >>> arrays, texts = {}, {}
    >>> pack({"a": (1, np.zeros(2))}, arrays, texts)
    {'dict': {'a': {'tuple': [1, {'array': 'a0'}]}}}
    """
    if thing is None or isinstance(thing, bool | int | float):
        return thing
    if isinstance(thing, str):
        return thing if len(thing) < LONG else {"text": _kept(thing, texts, "t")}
    if isinstance(thing, np.ndarray):
        return {"array": _kept(thing, arrays, "a")}
    if isinstance(thing, tuple | list):
        return {type(thing).__name__: [pack(t, arrays, texts) for t in thing]}
    if isinstance(thing, dict):
        return {"dict": {str(k): pack(v, arrays, texts) for k, v in thing.items()}}
    kind = f"{type(thing).__module__}:{type(thing).__qualname__}"
    if is_dataclass(thing) and kind.startswith(HOME):
        held = {f.name: pack(getattr(thing, f.name), arrays, texts) for f in fields(thing)}
        return {"class": kind, "fields": held}
    raise BadInput("plain values, arrays and dataclasses in a model", kind, "keep the method's state in such")


def _kept(thing: Any, into: dict[str, Any], letter: str) -> str:
    name = f"{letter}{len(into)}"
    into[name] = thing
    return name


def unpack(packed: Any, arrays: dict[str, NDArray[Any]], texts: dict[str, str]) -> Any:
    """The thing again.

    Raises:
        BadInput: a class that is no dataclass of the forecast's, or a form `pack` does not write.
    """
    if not isinstance(packed, dict):
        return packed
    if "class" in packed:
        held = {k: unpack(v, arrays, texts) for k, v in packed["fields"].items()}
        return _class(packed["class"])(**held)
    ((form, inner),) = packed.items()
    if form == "text":
        return texts[inner]
    if form == "array":
        return arrays[inner]
    if form in ("tuple", "list"):
        return (tuple if form == "tuple" else list)(unpack(v, arrays, texts) for v in inner)
    if form == "dict":
        return {k: unpack(v, arrays, texts) for k, v in inner.items()}
    raise BadInput("a model as the shelf writes it", f"the form {form!r}", "train again")


def _class(kind: str) -> Any:
    module, _, name = kind.partition(":")
    found = getattr(import_module(module), name, None) if module.startswith(HOME) else None
    if not (isinstance(found, type) and is_dataclass(found) and found.__module__ == module):
        raise BadInput(
            f"a dataclass of {HOME.rstrip('.')} in a model", kind, "train again: this file is not ours"
        )
    return found
