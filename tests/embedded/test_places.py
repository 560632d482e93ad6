"""Data directories in odd places, of another making, or on a full disk."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from api.db import embedded
from api.db.embedded.directory import SHARED, DataDirectory
from tests.embedded.conftest import needs_root
from tests.embedded.running import READ, WRITE, ask, driving, processes, run

ODD = ["with spaces in it", '-it\'s "odd", Zürich; 日本 100% $HOME `id`']


def sockets_elsewhere(data_dir: Path) -> list[Path]:
    return list(SHARED.glob(f"{DataDirectory(data_dir.resolve())._prefix}*"))


@pytest.mark.parametrize("name", ODD)
async def test_any_name_of_a_data_directory_will_do(folder: Path, name: str):
    with embedded.serve(folder / name, durable=False) as dsn, embedded.join(folder / name) as joined:
        assert await ask(dsn, "select 1") == 1
        assert joined == dsn
        assert run("psql", dsn, "-Atc", "select 7") == "7\n"


async def test_a_socket_whose_path_would_be_too_long_is_elsewhere_in_a_private_folder(folder: Path):
    data_dir = folder / ("long" * 40)
    with embedded.serve(data_dir, durable=False) as dsn:
        (elsewhere,) = sockets_elsewhere(data_dir)
        assert f"host={elsewhere}" in dsn
        assert elsewhere.stat().st_mode & 0o777 == 0o700
    assert sockets_elsewhere(data_dir) == []


async def test_a_socket_elsewhere_is_cleared_away_after_a_kill(folder: Path):
    data_dir = folder / ("long" * 40)
    with driving("serve", data_dir) as driver:
        driver.dsn()
        (before,) = sockets_elsewhere(data_dir)
        driver.kill()
    with embedded.serve(data_dir, durable=False):
        (now,) = sockets_elsewhere(data_dir)
        assert now != before


async def test_a_relative_path_and_a_link_lead_to_one_directory(
    new_data_dir: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    (folder / "link").symlink_to(new_data_dir)
    monkeypatch.chdir(folder)
    with embedded.serve(Path("data"), durable=False) as dsn, embedded.join(folder / "link") as joined:
        assert joined == dsn


def test_a_directory_of_another_major_version_is_refused_with_the_way_out(new_data_dir: Path):
    (new_data_dir / "postgres" / "PG_VERSION").write_text("16\n")
    with (
        pytest.raises(embedded.EmbeddedError, match=r"PostgreSQL 16.*dateline backup.*dateline restore"),
        embedded.serve(new_data_dir),
    ):
        pass
    with pytest.raises(embedded.EmbeddedError, match="PostgreSQL 16"), embedded.join(new_data_dir):
        pass


def test_a_folder_that_is_no_database_is_refused_and_left_alone(new_data_dir: Path):
    (new_data_dir / "postgres" / "PG_VERSION").unlink()
    with (
        pytest.raises(embedded.EmbeddedError, match="holds no PostgreSQL database"),
        embedded.serve(new_data_dir),
    ):
        pass
    assert (new_data_dir / "postgres" / "base").exists()


async def test_a_start_killed_while_it_made_the_database_is_no_obstacle(folder: Path):
    data_dir = folder / "data"
    with driving("serve", data_dir) as driver:
        while not list(data_dir.glob("initdb-*/base")):
            assert driver.process.poll() is None
        driver.kill()
    assert not (data_dir / "postgres").exists()
    with embedded.serve(data_dir, durable=False) as dsn:
        assert await ask(dsn, "select 1") == 1
    assert list(data_dir.glob("initdb-*")) == []


async def test_a_lost_password_is_made_anew(new_data_dir: Path):
    (new_data_dir / "password").unlink()
    with embedded.serve(new_data_dir, durable=False) as dsn:
        assert await ask(dsn, "select 1") == 1
        superuser = dsn.replace("//dateline:", "//postgres:")
        assert await ask(superuser, "select rolsuper from pg_roles where rolname = current_user") is True


def test_a_changed_password_is_refused_with_a_remedy_and_not_shown(new_data_dir: Path):
    (new_data_dir / "password").write_text("changed")
    with (
        pytest.raises(embedded.EmbeddedError, match="remove its file `password`") as refusal,
        embedded.serve(new_data_dir, durable=False),
    ):
        pass
    assert "changed" not in str(refusal.value)
    assert processes(new_data_dir) == []


def test_a_file_in_the_directorys_place_is_said_to_be_one(folder: Path):
    (folder / "data").write_text("")
    with (
        pytest.raises(embedded.EmbeddedError, match=r"cannot be used: (Not a directory|File exists)"),
        embedded.serve(folder / "data"),
    ):
        pass


@pytest.fixture
def small_disk(folder: Path):
    mounted = folder / "small"
    mounted.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=12m,mode=711", "tmpfs", mounted]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(command, check=False).returncode:
        pytest.skip("needs the right to mount a small file system")
    yield mounted
    subprocess.run(["umount", mounted], check=True)


def test_a_full_disk_is_called_full(small_disk: Path):
    with pytest.raises(embedded.EmbeddedError, match="is full: free some space"), embedded.serve(small_disk):
        pass
    assert list(small_disk.glob("initdb-*")) == []
    assert not (small_disk / "postgres").exists()


def unprivileged() -> str | None:
    """The user to try as one who may not write: nobody, or ourselves if we are not root."""
    return "nobody" if os.geteuid() == 0 else None


def test_a_directory_that_cannot_be_written_is_said_to_be_one(folder: Path):
    barred = folder / "barred"
    barred.mkdir()
    barred.chmod(0o555)
    with driving("serve", barred / "data", user=unprivileged()) as driver:
        assert f"{barred}/data is not writable" in str(driver.said()["error"])
    with driving("serve", barred, user=unprivileged()) as driver:
        assert "name a directory of yours in DATELINE_DATA_DIR" in str(driver.said()["error"])


@needs_root
async def test_everything_holds_for_an_ordinary_user(folder: Path):
    home = folder / "home"
    home.mkdir()
    shutil.chown(home, "nobody")
    home.chmod(0o700)
    with driving("serve", home / "data", user="nobody") as driver:
        await ask(driver.dsn(), WRITE)
        driver.kill()
    with driving("serve", home / "data", user="nobody") as driver:
        assert await ask(driver.dsn(), READ) == "kept"
        driver.end()
    assert (home / "data").stat().st_mode & 0o777 == 0o700
