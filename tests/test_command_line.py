"""The commands beside `serve`, on the embedded database and on an external one."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from openapi_spec_validator import validate

from api.db.migrate import migrate
from tests.programs import dateline, environment, get, new_folder, serving

LISTS = ("articles", "people", "organisations", "quotes")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = new_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def external(empty_database):
    """The environment of an external database with its schema."""
    await migrate(empty_database)
    return environment(database_url=empty_database)


def succeed(*arguments, env):
    done = dateline(*arguments, env=env)
    assert done.returncode == 0, done.stderr
    return done


def fail(*arguments, env):
    """Run a command that must fail in one line, without a trace of the program."""
    done = dateline(*arguments, env=env)
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.fullmatch(r"dateline: [^\n]+\n", done.stderr), done.stderr
    return done.stderr.removeprefix("dateline: ").rstrip()


def lists_of(service):
    return {name: get(f"{service.url}/v1/{name}?limit=200") for name in LISTS}


async def test_reindex_names_makes_the_keys_that_are_missing_or_all_anew(external, empty_database, tmp_path):
    lines = "".join(json.dumps({"name": name}) + "\n" for name in ("Mara Venn", "Ilko Tarn"))
    (tmp_path / "people.ndjson").write_text(lines)
    succeed("import", "--as", "people", str(tmp_path / "people.ndjson"), env=external)
    assert "made the keys of 0 entities" in succeed("reindex-names", env=external).stderr
    conn = await asyncpg.connect(empty_database)
    try:
        before = await conn.fetch("select key, entity_id from name_keys order by 1, 2")
        await conn.execute(
            "delete from name_keys; update entities set keys_version = 0 where name like 'Mara%'"
        )
        assert "made the keys of 1 entities" in succeed("reindex-names", env=external).stderr
        assert 0 < await conn.fetchval("select count(*) from name_keys") < len(before)
        assert "made the keys of 2 entities" in succeed("reindex-names", "--all", env=external).stderr
        assert await conn.fetch("select key, entity_id from name_keys order by 1, 2") == before
    finally:
        await conn.close()


def test_keys_and_backups_work_while_the_service_runs_and_a_restored_one_answers_the_same(folder):
    env = environment(folder / "data")
    with serving(env) as service:
        before = lists_of(service)
        key = succeed("keys", "create", "--scopes", "admin", "--name", "desk", env=env).stdout.strip()
        listed = get(f"{service.url}/v1/keys", key)[1]["items"]
        assert listed[0]["name"] == "desk"
        line = succeed("keys", "list", env=env).stdout.splitlines()[0]
        assert line.split("\t") == [listed[0]["id"], key[:7], "admin", "valid", "desk"]
        succeed("backup", folder / "file", env=env)
        assert "is in use by" in fail("restore", folder / "file", "--force", env=env)
        succeed("keys", "revoke", listed[0]["id"], env=env)
        assert get(f"{service.url}/v1/keys", key)[0] == 401
    assert before["articles"][1]["items"]
    elsewhere = environment(folder / "restored")
    succeed("restore", folder / "file", env=elsewhere)
    with serving(elsewhere) as service:
        assert lists_of(service) == before
        assert service.key is None
        assert get(f"{service.url}/v1/keys", key)[0] == 200  # the backup is older than the revocation


def test_commands_work_while_no_service_runs_and_make_the_database(folder):
    env = environment(folder / "fresh")
    key = succeed("keys", "create", "--scopes", "read,write", env=env).stdout
    assert re.fullmatch(r"dl_\w{4}_\w{46}\n", key)
    assert key[:7] in succeed("keys", "list", env=env).stdout
    assert succeed("migrate", env=env).stderr == "the schema is up to date\n"


async def test_migrate_tells_what_it_applied(empty_database):
    env = environment(database_url=empty_database)
    assert "applied 0001_setup.sql\n" in succeed("migrate", env=env).stderr
    assert succeed("migrate", env=env).stderr == "the schema is up to date\n"


async def test_a_key_may_expire(external):
    succeed("keys", "create", "--scopes", "read", "--expires", "2999-01-31", env=external)
    state = succeed("keys", "list", env=external).stdout.split("\t")[3]
    assert state == "valid until 2999-01-31 00:00"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scopes", "fly"], "name one or more of read, write, embargo, admin"),
        (["--scopes", ""], "name one or more of read, write, embargo, admin"),
        ([], "Missing option '--scopes'"),
        (["--scopes", "read", "--expires", "soon"], "write 2030-01-31 or 2030-01-31T12:00:00Z"),
        (["--scopes", "read", "--expires", "2020-01-01"], "that moment has passed"),
        (["--scopes", "read", "--name", " "], "a name has 1 to 200 characters, not only spaces"),
    ],
)
def test_wrong_options_are_a_usage_error(folder, options, message):
    done = dateline("keys", "create", *options, env=environment(folder / "none"))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert not (folder / "none").exists()


@pytest.mark.parametrize("id", ["abc", "01890a5d-ac96-774b-bcce-b302099a8057"])
async def test_revoking_a_key_that_does_not_exist_says_so(external, id):
    assert fail("keys", "revoke", id, env=external).startswith(f"there is no key {id}")


async def test_a_command_on_a_database_without_schema_names_the_way_out(empty_database):
    env = environment(database_url=empty_database)
    assert fail("keys", "list", env=env) == "the database is empty; run: dateline migrate"


async def test_an_external_database_is_backed_up_and_restored(external, server, tmp_path):
    key = succeed("keys", "create", "--scopes", "read", env=external).stdout
    file = tmp_path / "file"
    succeed("backup", file, env=external)
    assert file.stat().st_mode & 0o077 == 0
    assert fail("backup", file, env=external) == f"{file} exists; name another file, or use --force"
    succeed("backup", file, "--force", env=external)
    assert list(tmp_path.iterdir()) == [file]
    succeed("keys", "create", "--scopes", "read", "--name", "later", env=external)
    assert fail("restore", file, env=external).startswith("the store is not empty; --force")
    succeed("restore", file, "--force", env=external)
    listed = succeed("keys", "list", env=external).stdout.splitlines()
    assert [line.split("\t")[1] for line in listed] == [key[:7]]


async def test_a_damaged_backup_changes_nothing(external, tmp_path):
    file = tmp_path / "file"
    succeed("backup", file, env=external)
    succeed("keys", "create", "--scopes", "read", env=external)
    file.write_bytes(file.read_bytes()[:-50])
    assert fail("restore", file, "--force", env=external).startswith("nothing was restored: ")
    assert len(succeed("keys", "list", env=external).stdout.splitlines()) == 1


async def test_a_restore_is_refused_while_a_service_uses_the_external_database(external, tmp_path):
    succeed("backup", tmp_path / "file", env=external)
    conn = await asyncpg.connect(
        external["DATELINE_DATABASE_URL"], server_settings={"application_name": "dateline"}
    )
    message = fail("restore", tmp_path / "file", "--force", env=external)
    await conn.close()
    assert message == "a Dateline server uses this database; stop it first"


async def test_what_is_no_backup_of_ours_is_refused(external, empty_database, tmp_path):
    (tmp_path / "text").write_text("no archive at all, although it is long enough to be taken for one")
    assert "not appear to be a valid archive" in fail("restore", tmp_path / "text", env=external)
    assert fail("restore", tmp_path / "none", env=external) == f"there is no file {tmp_path / 'none'}"
    conn = await asyncpg.connect(empty_database)
    await conn.execute("insert into dateline_migrations (name, checksum) values ('9999_later.sql', 'x')")
    await conn.close()
    succeed("backup", tmp_path / "newer", env=external)
    assert "a newer Dateline made this database" in fail("restore", tmp_path / "newer", env=external)


async def test_a_backup_that_cannot_be_written_says_so(external, tmp_path):
    file = tmp_path / "missing" / "file"
    assert fail("backup", file, env=external) == f"{file} cannot be written: No such file or directory"


@pytest.mark.parametrize("command", ["migrate", "keys list", "backup file", "serve --port 0"])
def test_a_database_that_cannot_be_reached_is_one_line_without_its_password(command):
    env = environment(database_url="postgresql://someone:secret-word@127.0.0.1:1/none")
    assert "secret-word" not in fail(*command.split(), env=env)


def test_openapi_prints_a_valid_document_without_a_database(folder):
    document = json.loads(succeed("openapi", env=environment(folder / "none")).stdout)
    assert document["openapi"].startswith("3.1")
    validate(document)
    assert not (folder / "none").exists()


def test_openapi_is_the_same_bytes_in_every_process():
    one, other = (succeed("openapi", env=environment(PYTHONHASHSEED=seed)).stdout for seed in ("1", "2"))
    assert one == other


def test_help_names_every_command(folder):
    text = succeed("--help", env=environment()).stdout
    for name in ("serve", "migrate", "keys", "backup", "restore", "openapi"):
        assert re.search(rf"^  {name} ", text, re.MULTILINE)
