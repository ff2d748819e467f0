"""Run the notebook of the documentation and keep it with its results.

``docs/first-steps.md`` is what people edit; ``docs/first-steps.ipynb`` is made from it. The real file it
reads is looked for where the page says; without it nothing is written.
"""

from __future__ import annotations

import sys
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/first-steps.md"
EXECUTED = PAGE.with_suffix(".ipynb")
LIMIT = 120  # s for one cell


def executed(page: Path = PAGE) -> nbformat.NotebookNode:
    """The page as a notebook with the results of a run in its own folder.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised.
    """
    notebook = jupytext.read(page)
    client = NotebookClient(
        notebook, timeout=LIMIT, kernel_name="python3", resources={"metadata": {"path": page.parent}}
    )
    client.execute()
    return _without_times(notebook)


def _without_times(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Without what changes from run to run: times of execution, random ids of cells."""
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
        cell["metadata"].pop("execution", None)
    notebook["metadata"]["language_info"] = {"name": "python"}
    return notebook


def texts(notebook: nbformat.NotebookNode) -> str:
    """All printed results and values of a notebook, one after the other."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return "\n".join(o.get("text", "") or o.get("data", {}).get("text/plain", "") for o in outputs)


def pictures(notebook: nbformat.NotebookNode) -> int:
    """How many pictures it drew."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


if __name__ == "__main__":
    nbformat.write(executed(), EXECUTED)
    sys.exit(0)
