"""The engine's shares beside those of the twin's truth, by code that shares no line with it, on a small version.

The full one (10 km beside 5 km) is ``tools/compare_twin.py``; its figures stand in docs/twin.md.
"""

from __future__ import annotations

import importlib.util
import sys
from datetime import date
from types import ModuleType

import numpy as np
import pytest

from conftest import ROOT


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_who_breathes_whose_air_is_the_same_by_the_engine_and_by_the_truth() -> None:
    found = tool("compare_twin").compare(25_000.0, 25_000.0, date(2026, 1, 12), 1, seed=1)
    assert found.correlation > 0.95
    assert found.correlation_off_diagonal > 0.9
    gap = np.abs(found.local(found.engine) - found.local(found.truth))
    assert gap.mean() < 0.06  # the truth's cells are as wide as the engine's here, see docs/twin.md
