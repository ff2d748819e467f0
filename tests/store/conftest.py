"""A PostgreSQL server of our own: the machine's binaries, unprivileged, in a folder that is gone afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from airshed.workspace import Settings, Workspace, init
from conftest import skip_loudly


def binaries() -> Path | None:
    """The folder of initdb and postgres, whether on the path or where Debian puts them."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return places[-1].parent if places else None


def unprivileged() -> list[str]:
    """initdb refuses root; so root runs it as nobody."""
    return [] if os.geteuid() else ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of the server's first database."""
    bin_folder = binaries()
    if bin_folder is None:
        skip_loudly("PostgreSQL's server binaries not found (Debian: postgresql)")
    with tempfile.TemporaryDirectory(prefix="pg", dir="/tmp") as name:
        folder, as_nobody = Path(name), unprivileged()
        if as_nobody:
            os.chown(folder, 65534, 65534)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        quiet = {"stdout": subprocess.DEVNULL, "cwd": name}
        command = [bin_folder / "initdb", "-D", folder / "data", "-U", "airshed", "-A", "trust", "-E", "UTF8"]
        subprocess.run([*as_nobody, *command, "--locale=C", "--no-sync"], check=True, **quiet)  # type: ignore[call-overload]
        command = [
            bin_folder / "postgres",
            "-D",
            folder / "data",
            "-p",
            str(port),
            "-k",
            name,
            "-h",
            "127.0.0.1",
        ]
        server = subprocess.Popen([*as_nobody, *command], stderr=subprocess.DEVNULL, **quiet)  # type: ignore[call-overload]
        url = f"postgresql://airshed@127.0.0.1:{port}/postgres"
        try:
            wait_for(url)
            yield url
        finally:
            server.send_signal(signal.SIGINT)  # fast: a polite shutdown waits for every client
            server.wait(timeout=30)


def wait_for(url: str) -> None:
    engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    for _ in range(600):
        try:
            with engine.connect():
                engine.dispose()
            return
        except sa.exc.OperationalError:
            time.sleep(0.1)
    pytest.fail("PostgreSQL did not start")


Maker = Callable[[str], Workspace]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Maker]:
    """Makes workspaces by name, on either database."""
    made: list[Workspace] = []
    count = 0

    def workspace(name: str = "w") -> Workspace:
        nonlocal count
        url = "sqlite"
        if request.param == "postgresql":
            server = request.getfixturevalue("postgres_server")
            count += 1
            database = f"t{os.getpid()}_{abs(hash(request.node.name)) % 10**8}_{count}"
            engine = sa.create_engine(
                server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
            )
            with engine.connect() as connection:
                connection.execute(sa.text(f"CREATE DATABASE {database}"))
            engine.dispose()
            url = server.rsplit("/", 1)[0] + "/" + database
        made.append(init(tmp_path / name, Settings(database=url)))
        return made[-1]

    yield workspace
    for one in made:
        one.close()
