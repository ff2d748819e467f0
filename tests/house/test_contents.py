"""The public face of each package is its contents page, and every room can be entered first."""

from __future__ import annotations

import ast
import importlib
import inspect
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


def public(names: list[str]) -> set[str]:
    return {n for n in names if n == "__version__" or not n.startswith("_")}


def imported_names(tree: ast.Module) -> set[str]:
    """Public names a module imports at its top."""
    imports = [n for n in tree.body if isinstance(n, ast.ImportFrom | ast.Import)]
    return public(
        [
            alias.asname or alias.name
            for n in imports
            if getattr(n, "module", "") != "__future__"
            for alias in n.names
        ]
    )


def defined_names(tree: ast.Module) -> set[str]:
    """Public names a module makes itself."""
    names = [n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)]
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [t.id for t in targets if isinstance(t, ast.Name)]
    return public(names)


@pytest.mark.parametrize("page", PAGES, ids=package_of)
def test_a_contents_page_offers_exactly_what_it_imports(page: Path) -> None:
    """A registry, which makes something of what it imports, offers what it makes."""
    tree = ast.parse(page.read_text(encoding="utf-8"))
    offered = list(getattr(importlib.import_module(package_of(page)), "__all__", []))
    made = defined_names(tree)
    assert len(offered) == len(set(offered)), f"{package_of(page)}: a name stands twice in __all__"
    assert made <= set(offered), f"{package_of(page)}: made here but not offered"
    if made <= {"__version__"}:
        assert set(offered) == imported_names(tree) | made, (
            f"{package_of(page)}: __all__ and the imports differ"
        )
    else:
        assert set(offered) <= imported_names(tree) | made


@pytest.mark.parametrize("page", PAGES, ids=package_of)
def test_a_contents_page_says_what_the_room_is_for(page: Path) -> None:
    assert (importlib.import_module(package_of(page)).__doc__ or "").strip()


@pytest.mark.parametrize("page", PAGES, ids=package_of)
def test_every_name_a_package_offers_is_explained(page: Path) -> None:
    module = importlib.import_module(package_of(page))
    silent = [
        name
        for name in getattr(module, "__all__", [])
        if inspect.isclass(value := getattr(module, name)) or inspect.isfunction(value)
        if not (value.__doc__ or "").strip()
    ]
    assert not silent, f"{package_of(page)}: no docstring on {silent}"


FORGET_AND_IMPORT = """
import importlib, sys
for room in sys.argv[1:]:
    for name in [n for n in sys.modules if n.split(".")[0] == "airshed"]:
        del sys.modules[name]
    importlib.import_module(f"airshed.{room}")
"""


def test_any_room_can_be_the_first_to_be_imported() -> None:
    words = [sys.executable, "-c", FORGET_AND_IMPORT, *ROOMS]
    run = subprocess.run(words, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_the_drawn_tree_of_errors_is_the_tree_of_errors() -> None:
    from airshed import errors

    drawn: dict[str, str] = {}
    path = ["AirshedError"]
    for line in (errors.__doc__ or "").splitlines():
        for mark in ("├── ", "└── "):
            if mark in line:
                depth, name = line.index(mark) // 4 + 1, line.split(mark)[1].split()[0]
                path[depth:] = [name]
                drawn[name] = path[depth - 1]
    real = {n: getattr(errors, n).__base__.__name__ for n in errors.__all__ if n != "AirshedError"}
    assert drawn == real
