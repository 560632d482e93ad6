"""Folders for the tests of the embedded PostgreSQL, empty or with a database made in them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.db import embedded
from tests.embedded.running import kill, processes


@pytest.fixture(scope="session")
def _base() -> Iterator[Path]:
    # not pytest's own: as root PostgreSQL runs as another user, whom a folder of mode 0700 keeps out
    base = Path(tempfile.mkdtemp(prefix="embedded-", dir=memory()))
    base.chmod(0o711)
    yield base
    shutil.rmtree(base)


def memory() -> Path | None:
    """A file system in memory with room for all of this, where there is one: much is written here."""
    folder = Path("/dev/shm")
    return folder if folder.is_dir() and shutil.disk_usage(folder).free > 2**30 else None


@pytest.fixture(scope="session")
def template(_base: Path) -> Path:
    template = _base / "template"
    with embedded.serve(template, durable=False):
        pass
    return template


@pytest.fixture
def folder(_base: Path) -> Iterator[Path]:
    """An empty folder that PostgreSQL's account can pass."""
    folder = Path(tempfile.mkdtemp(dir=_base))
    folder.chmod(0o711)
    yield folder
    left = [process for data_dir in folder.glob("**/postgres/..") for process in processes(data_dir)]
    kill(left)
    shutil.rmtree(folder)
    assert left == []


@pytest.fixture
def data_dir(template: Path) -> Iterator[Path]:
    """A data directory with a database that earlier tests have used and left whole."""
    yield template
    left = processes(template)
    kill(left)
    assert left == []


@pytest.fixture
def new_data_dir(folder: Path, template: Path) -> Path:
    """A data directory of the test's own, which it may damage."""
    copy = folder / "data"
    subprocess.run(["cp", "-a", template, copy], check=True)
    return copy


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="changes users, which only root can")
