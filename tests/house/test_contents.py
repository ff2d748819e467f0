"""The public face of each package is its contents page, and every room can be entered first."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import ROOT

SOURCE = ROOT / "src"
PAGES = sorted((SOURCE / "airshed").rglob("__init__.py"))
ROOMS = sorted(p.parent.name for p in (SOURCE / "airshed").glob("*/__init__.py"))


def package_of(page: Path) -> str:
    return ".".join(page.parent.relative_to(SOURCE).parts)


def bound_names(tree: ast.Module) -> list[str]:
    """Public names a module binds at its top: imported, assigned, defined."""
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom | ast.Import) and getattr(node, "module", "") != "__future__":
            names += [alias.asname or alias.name.split(".")[0] for alias in node.names]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [t.id for t in targets if isinstance(t, ast.Name)]
    return [n for n in names if n == "__version__" or not n.startswith("_")]


@pytest.mark.parametrize("page", PAGES, ids=package_of)
def test_a_contents_page_offers_exactly_what_it_imports(page: Path) -> None:
    tree = ast.parse(page.read_text(encoding="utf-8"))
    module = importlib.import_module(package_of(page))
    offered = list(getattr(module, "__all__", []))
    assert len(offered) == len(set(offered)), f"{page}: a name stands twice in __all__"
    assert set(offered) == set(bound_names(tree)), f"{package_of(page)}: __all__ and the imports differ"


@pytest.mark.parametrize("page", PAGES, ids=package_of)
def test_a_contents_page_says_what_the_room_is_for(page: Path) -> None:
    assert (importlib.import_module(package_of(page)).__doc__ or "").strip()


@pytest.mark.parametrize("page", PAGES, ids=package_of)
def test_every_name_a_package_offers_is_explained(page: Path) -> None:
    module = importlib.import_module(package_of(page))
    silent = [
        name
        for name in getattr(module, "__all__", [])
        if isinstance(value := getattr(module, name), type) or callable(value)
        if not (getattr(value, "__doc__", None) or "").strip()
    ]
    assert not silent, f"{package_of(page)}: no docstring on {silent}"


@pytest.mark.parametrize("room", ROOMS)
def test_any_room_can_be_the_first_to_be_imported(room: str) -> None:
    words = [sys.executable, "-c", f"import airshed.{room}"]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_drawn_tree_of_errors_is_the_tree_of_errors() -> None:
    from airshed import errors

    drawn: dict[str, str] = {}
    path: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        for mark in ("├── ", "└── "):
            if mark in line:
                depth, name = line.index(mark) // 4, line.split(mark)[1].split()[0]
                path[depth:] = [name]
                drawn[name] = path[depth - 1] if depth > 1 else "AirshedError"
    real = {n: getattr(errors, n).__base__.__name__ for n in errors.__all__ if n != "AirshedError"}
    assert drawn == real
