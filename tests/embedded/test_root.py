"""As root: PostgreSQL drops to another user, and no folder's permissions are loosened for it."""

import pwd
import shutil
import tempfile
from pathlib import Path

import pytest

from api.db import embedded
from api.db.embedded import programs
from tests.embedded.conftest import needs_root
from tests.embedded.running import ask, driving, groups, processes

pytestmark = needs_root


def modes(*paths: Path) -> list[tuple[int, int]]:
    return [(path.stat().st_mode, path.stat().st_uid) for path in paths]


async def test_every_process_of_postgresql_runs_as_another_user_without_groups(folder: Path):
    before = modes(folder, *folder.parents)
    with embedded.serve(folder / "data", durable=False) as dsn:
        assert await ask(dsn, "select 1") == 1
        running = processes(folder / "data")
        owners = {uid for process in running for uid in process.uids()}
        assert [groups(process) for process in running] == [[]] * len(running)
    assert owners == {(folder / "data" / "postgres").stat().st_uid}
    assert owners & {0} == set()
    assert modes(folder, *folder.parents) == before


async def test_only_the_database_and_the_socket_belong_to_that_user(folder: Path):
    with embedded.serve(folder / "data", durable=False):
        ours = {path.name for path in (folder / "data").iterdir() if path.stat().st_uid == 0}
    assert ours == {"holder", "postgres.log"}
    assert (folder / "data").stat().st_uid == 0


def test_a_data_directory_below_a_closed_folder_is_refused_by_that_folders_name(folder: Path):
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with (
        pytest.raises(embedded.EmbeddedError, match=rf"cannot enter {closed}: .*chmod o\+x '{closed}'"),
        embedded.serve(closed / "data"),
    ):
        pass
    assert closed.stat().st_mode & 0o777 == 0o700
    assert list(closed.glob("data/postgres")) == []


def test_a_database_that_belongs_to_root_is_refused_with_the_remedy(new_data_dir: Path):
    shutil.chown(new_data_dir / "postgres", "root")
    with (
        pytest.raises(embedded.EmbeddedError, match="PostgreSQL refuses root: chown -R"),
        embedded.serve(new_data_dir),
    ):
        pass


async def test_a_database_that_a_user_made_runs_as_that_user_under_root(folder: Path):
    owner = pwd.getpwnam("daemon")
    with embedded.serve(folder / "data", durable=False):
        pass
    for path in (folder / "data" / "postgres", *(folder / "data" / "postgres").rglob("*")):
        shutil.chown(path, owner.pw_uid, owner.pw_gid)
    with embedded.serve(folder / "data", durable=False) as dsn:
        assert await ask(dsn, "select 1") == 1
        assert {process.uids().real for process in processes(folder / "data")} == {owner.pw_uid}


def test_another_users_database_is_refused_to_an_ordinary_user(new_data_dir: Path):
    shutil.chown(new_data_dir, "daemon")
    with driving("serve", new_data_dir, user="daemon") as driver:
        assert f"{new_data_dir}/" in str(driver.said()["error"])


@pytest.fixture
def copies():
    """A folder for programs, on a disk: memory's file systems may not let one run programs."""
    folder = Path(tempfile.mkdtemp(prefix="embedded-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


def everything_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


async def test_the_programs_are_copied_once_from_where_the_user_cannot_read(
    folder: Path, copies: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch
):
    closed = folder / "closed"
    (closed / programs.PACKAGE).mkdir(parents=True)
    closed.chmod(0o700)
    for name in (f"{programs.PACKAGE}/pginstall18", f"{programs.PACKAGE}.libs"):
        (closed / name).symlink_to(programs._wheel().parent / name)
    monkeypatch.setattr("os.sync", lambda: None)
    (copies / "copy-interrupted").mkdir()
    monkeypatch.setattr(programs, "_wheel", lambda: closed / programs.PACKAGE)
    monkeypatch.setattr(programs, "COPIES", copies)
    with embedded.serve(data_dir, durable=False) as dsn:
        assert await ask(dsn, "select 1") == 1
        assert all(process.exe().startswith(str(copies)) for process in processes(data_dir))
    made = {path: (path.stat().st_ctime_ns, path.stat().st_uid) for path in everything_in(copies)}
    assert {owner for _, owner in made.values()} == {0}
    with embedded.serve(data_dir, durable=False):
        assert {path: (path.stat().st_ctime_ns, path.stat().st_uid) for path in everything_in(copies)} == made
