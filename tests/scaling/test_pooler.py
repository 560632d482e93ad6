"""PgBouncer in transaction mode in front of the database: nothing stays in a session or gets mixed up."""

import asyncio
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import pytest

from api.db import embedded
from api.db.embedded.account import account_of
from api.db.embedded.directory import DataDirectory
from api.db.embedded.programs import clean_environment
from api.db.migrate import migrate
from api.db.pool import Database
from api.keys.queries import create_key
from tests.cache.test_processes import Connection
from tests.http.test_servers import free_port
from tests.programs import environment, new_folder, serving
from tests.scaling.standbys import socket_folder_of

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
CONFIGURATION = """
[databases]
dateline = host={host} port=5432 dbname=dateline user=dateline password={password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
"""

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="pgbouncer is not installed")


class Pooled(NamedTuple):
    """The database itself, the pooler in front of it, and an admin key."""

    direct: str
    dsn: str
    key: str


@pytest.fixture(scope="module")
def pooled() -> Generator[Pooled]:
    """A database behind a pooler with three connections to it."""
    folder, port = new_folder(), free_port()
    with embedded.serve(folder / "data", durable=False) as direct:
        asyncio.run(migrate(direct))
        key = asyncio.run(_admin_key(direct))
        with _pooler(DataDirectory(folder / "data"), direct, folder, port):
            yield Pooled(direct, f"postgresql://dateline@127.0.0.1:{port}/dateline", key)
    shutil.rmtree(folder)


class _pooler:  # noqa: N801 - a context
    def __init__(self, place: DataDirectory, direct: str, folder: Path, port: int) -> None:
        account, self._port = account_of(place.cluster), port
        text = CONFIGURATION.format(
            host=socket_folder_of(direct), password=place.password.read_text().strip(), port=port
        )
        (folder / "pgbouncer.ini").write_text(text)
        (folder / "pgbouncer.ini").chmod(0o644)
        self._command = account.command(Path(PGBOUNCER), folder / "pgbouncer.ini")

    def __enter__(self) -> None:
        self._run = subprocess.Popen(
            self._command, env=clean_environment(), stderr=subprocess.PIPE, start_new_session=True, cwd="/"
        )
        for _ in range(100):
            assert self._run.poll() is None, self._run.stderr.read().decode()
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError("pgbouncer does not listen")

    def __exit__(self, *_: object) -> None:
        self._run.terminate()
        self._run.communicate(timeout=10)


async def _admin_key(dsn: str) -> str:
    db = Database(dsn, 1)
    await db.open()
    async with db.write() as tx:
        _, key = await create_key(tx, "desk", ["admin"], None)
    await db.close()
    return key


def dispatch(number: int) -> dict:
    return {
        "headline": f"Number {number}.",
        "language": "en",
        "uri": f"urn:test:{number}",
        "body": [f"“We count to {number},” Mara Venn said."],
        "quotes": [
            {
                "form": "direct",
                "fragments": [{"text": f"We count to {number},"}],
                "speaker": {"kind": "person", "as_printed": "Mara Venn", "person": {"name": "Mara Venn"}},
            }
        ],
    }


async def test_many_writers_and_readers_share_three_connections(pooled):
    env = environment(database_url=pooled.dsn, DATELINE_POOLER="true", DATELINE_CACHE_SIZE="0")
    with serving(env, "--workers", "2") as service:

        async def work(first: int) -> None:
            async with Connection(service.url, pooled.key) as desk, Connection(service.url) as reader:
                for number in range(first, first + 8):
                    status, body = await desk.send("POST", "/v1/articles", dispatch(number))
                    assert status == 201, body
                    article = json.loads(body)
                    for path in (article["href"], f"/v1/articles?uri=urn:test:{number}"):
                        status, body = await reader.send("GET", path)
                        assert status == 200, body
                        assert f"Number {number}.".encode() in body

        await asyncio.gather(*(work(100 * each) for each in range(12)))
        async with Connection(service.url) as reader:
            people = json.loads((await reader.send("GET", "/v1/people"))[1])["items"]
            assert [person["name"] for person in people] == ["Mara Venn"]


@pytest.mark.parametrize("listens", [True, False], ids=["listening at the database", "looking"])
async def test_the_change_feed_tells_of_another_process(pooled, listens):
    more = {"DATELINE_LISTEN_URL": pooled.direct} if listens else {}
    env = environment(database_url=pooled.dsn, DATELINE_POOLER="true", **more)
    with serving(env) as one, serving(env) as two:
        async with Connection(one.url, pooled.key) as desk, Connection(two.url, pooled.key) as reader:
            status, body = await reader.send("GET", "/v1/changes?since=now")
            assert status == 200
            cursor = json.loads(body)["cursor"]
            waiting = asyncio.create_task(reader.send("GET", f"/v1/changes?since={cursor}&wait=10"))
            await asyncio.sleep(0.5)
            status, _ = await desk.send("POST", "/v1/articles", dispatch(5000 + listens))
            assert status == 201
            began = time.monotonic()
            status, body = await waiting
            assert status == 200
            assert json.loads(body)["items"]
            assert time.monotonic() - began < 3
        assert "not listening" not in one.errors + two.errors


async def test_one_request_wins_an_idempotency_key(pooled):
    env = environment(database_url=pooled.dsn, DATELINE_POOLER="true")
    with serving(env) as service:

        async def post() -> int:
            async with Connection(service.url, pooled.key) as desk:
                desk._key += "Idempotency-Key: one\r\n"
                return (await desk.send("POST", "/v1/people", {"name": "Resa Halvek"}))[0]

        assert set(await asyncio.gather(*(post() for _ in range(8)))) <= {201, 409}
        async with Connection(service.url, pooled.key) as desk:
            found = json.loads((await desk.send("GET", "/v1/people?name=Resa+Halvek"))[1])["items"]
            assert len(found) == 1
