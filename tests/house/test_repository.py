"""What must never be committed, and that the same checks run everywhere."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from functools import cache

import yaml

from conftest import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import sizes


@cache
def tracked() -> dict[str, str]:
    """Committed text files by path."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = {}
    for path in filter(None, listed.stdout.split("\0")):
        try:
            found[path] = (ROOT / path).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
    return found


def hits(pattern: str, *suffixes: str) -> list[str]:
    return [
        f"{path}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for path, text in tracked().items()
        if not suffixes or path.endswith(suffixes)
        for match in re.finditer(pattern, text)
    ]


# A letter in brackets keeps these patterns from finding themselves.


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    assert not hits(r"(?<![A-Za-z0-9_.~-])/(?:[w]ork|[h]ome/[a-z]\w*|[U]sers|[f]arm|[r]oot|[t]mp/bash_jobs)/")


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert not hits(r"[p]ypi\.org|[p]ythonhosted\.org|registry\.[n]pmjs|[n]pmmirror|[t]una\.tsinghua")


def test_no_source_is_left_unfinished_by_its_own_words() -> None:
    assert not hits(
        r"\b(?:[T]ODO|[F]IXME|[X]XX|[H]ACK|raise [N]otImplementedError)\b", ".py", ".ts", ".html", ".css"
    )


def test_no_file_is_larger_than_a_megabyte() -> None:
    assert not [p for p in tracked() if (ROOT / p).stat().st_size > 1_000_000]


def test_the_same_checks_run_by_hand_and_before_each_commit() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    recipe = makefile.split("\ncheck:")[1].split("\n\n")[0].splitlines()[1:]
    by_hand = [
        line.strip().replace("$(BIN)", ".venv/bin").replace("$(PY)", ".venv/bin/python") for line in recipe
    ]
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in config["repos"]] == ["local"]
    assert [hook["entry"] for hook in config["repos"][0]["hooks"]] == by_hand


def test_every_lock_pins_by_hash_and_names_no_place() -> None:
    for path in sorted((ROOT / "locks").glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        pins = [line for line in text.splitlines() if re.match(r"[\w.-]+(\[[\w,-]+\])?==", line)]
        assert pins, path.name
        assert all(line.rstrip().endswith("\\") for line in pins), f"{path.name}: a pin without hash"
        assert "index-url" not in text
        assert "file:" not in text


def test_what_airshed_runs_on_is_tested_at_the_versions_it_runs_on() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "locks" / name).read_text(encoding="utf-8")
        return set(re.findall(r"^([\w.\[\],-]+==[\w.+!]+)", text, re.MULTILINE))

    assert pins("run.txt") <= pins("dev.txt")
    assert pins("node.txt") <= pins("dev.txt")


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = (ROOT / "locks/run.txt").read_text(encoding="utf-8").lower()
    for wanted in project["dependencies"]:
        name = re.match(r"[\w-]+", wanted)
        assert name
        assert re.search(rf"^{re.escape(name[0].lower())}(\[|==)", locked, re.MULTILINE), wanted


def test_a_long_function_is_found_and_its_docstring_does_not_count() -> None:
    def function(lines: int) -> str:
        return 'def f():\n    """A docstring\n\n    of some lines.\n    """\n' + "    x = 1\n" * lines

    assert not list(sizes.findings(function(sizes.FUNCTION_LINES), "a.py"))
    assert [f.lines for f in sizes.findings(function(sizes.FUNCTION_LINES + 1), "a.py")] == [41]


def test_a_long_file_is_found() -> None:
    assert not list(sizes.findings("x = 1\n" * sizes.FILE_LINES, "a.py"))
    assert [str(f) for f in sizes.findings("x = 1\n" * 401, "a.py")] == [
        "a.py (line 1): 401 lines, at most 400"
    ]
