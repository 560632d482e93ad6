"""`dateline serve` as a process: its first and second start, its ends, and what it refuses."""

import json
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import asyncpg
import pytest

from api.db.migrate import migrate
from tests.programs import ROOT, Service, dateline, environment, get, new_folder, serving

EXAMPLES = sorted((ROOT / "examples").glob("*.json"))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = new_folder()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def first(folder) -> Service:
    """The first start, in a data directory that did not exist, stopped again."""
    with serving(environment(folder / "data")) as service:
        service.articles = get(f"{service.url}/v1/articles")[1]["items"]
        service.message = service.output
        shown = r"The articles:.*\n(?P<articles>.*)\n.*\n(?P<quotes>.*)\n.*\n(?P<post>(.*\n)+?)\n"
        commands = re.search(shown, service.message).groupdict()
        service.pasted = {name: paste(command) for name, command in commands.items()}
        service.log = service.errors
        assert service.stop() < (0, 10)
    return service


def paste(command):
    """Run what the message shows, as a person does who copies it into a terminal."""
    if not shutil.which("curl"):
        return None
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True, cwd="/")
    return json.loads(done.stdout)


@pytest.fixture
def data_dir(first, folder, tmp_path) -> Iterator[Path]:
    """A data directory of the test's own, as the first start left it."""
    copy = folder / tmp_path.name
    subprocess.run(["cp", "-a", folder / "data", copy], check=True)
    yield copy
    shutil.rmtree(copy)


def test_the_first_start_loads_the_examples_and_shows_an_admin_key(first):
    headlines = {json.loads(path.read_text())["headline"] for path in EXAMPLES}
    assert {article["headline"] for article in first.articles} == headlines
    assert first.key.startswith("dl_")
    assert f"{first.url}/docs" in first.message
    assert first.key not in first.log


@pytest.mark.skipif(not shutil.which("curl"), reason="there is no curl to paste commands for")
def test_the_commands_that_the_first_start_shows_work_when_pasted(first):
    assert len(first.pasted["articles"]["items"]) == len(EXAMPLES)
    speakers = {quote["speaker"]["person"]["name"] for quote in first.pasted["quotes"]["items"]}
    assert len(speakers) == 1
    assert f"Everything that {speakers.pop()} said" in first.message
    assert first.pasted["post"]["quotes"][0]["fragments"][0]["block"] == 0


def test_a_second_start_is_quick_has_all_data_and_shows_no_key(first, data_dir):
    with serving(environment(data_dir)) as service:
        status, answer = get(f"{service.url}/v1/articles?limit=200")
        assert status == 200
        assert {article["id"] for article in first.articles} <= {article["id"] for article in answer["items"]}
        assert get(f"{service.url}/v1/keys", first.key)[0] == 200
    assert service.key is None
    assert service.seconds_to_start < 5  # 3 is promised; a busy machine gets some more


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything_within_ten_seconds(data_dir, number):
    if signal.getsignal(number) == signal.SIG_IGN:
        pytest.skip("the signal is ignored here, as under nohup, and the service keeps to that")
    with serving(environment(data_dir), "--workers", "2") as service:
        status, seconds = service.stop(number)
        assert (status, service.left()) == (0, [])
        assert seconds < 10


def test_a_request_that_never_ends_does_not_keep_the_service(data_dir):
    with serving(environment(data_dir)) as service:
        host, port = service.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            head = f"POST /v1/articles HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
            client.sendall(f"{head}Content-Length: 1000\r\n\r\n{{".encode())
            status, seconds = service.stop()
        assert (status, service.left()) == (0, [])
        assert seconds < 10


def test_after_kill_9_nothing_is_left_and_the_next_start_works(data_dir):
    with serving(environment(data_dir), "--workers", "2") as service:
        service.process.kill()
        service.process.wait()
        with serving(environment(data_dir)) as again:
            assert service.left() == []
            assert get(f"{again.url}/readyz")[0] == 200


def test_each_worker_tells_the_metrics_of_all(data_dir):
    with serving(environment(data_dir), "--workers", "2") as service:
        for _ in range(20):
            assert get(f"{service.url}/v1/people")[0] == 200
        # Answers of the read cache are counted together, a tenth of a second late at most on an idle machine.
        deadline = time.monotonic() + 10
        while (counts := listed(service.url)) != ["20.0"]:
            assert time.monotonic() < deadline, counts
            time.sleep(0.05)


def listed(url: str) -> list[str]:
    """How often each series of the list of people was counted."""
    with urlopen(f"{url}/metrics") as response:
        lines = response.read().decode().splitlines()
    name = 'dateline_http_requests_total{method="GET",route="/v1/people"'
    return [line.split()[-1] for line in lines if line.startswith(name)]


def test_a_worker_that_dies_is_replaced(data_dir):
    with serving(environment(data_dir), "--workers", "2") as service:
        killed = service.workers()[0]
        killed.kill()
        deadline = time.monotonic() + 10
        while killed in (workers := service.workers()) or len(workers) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        # The other worker may itself just be starting: both are processes before they listen.
        while not ready(service.url):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def ready(url: str) -> bool:
    try:
        return get(f"{url}/readyz")[0] == 200
    except URLError:
        return False


def test_a_second_start_on_one_data_directory_says_that_it_is_in_use(data_dir):
    with serving(environment(data_dir)) as service:
        done = dateline("serve", "--port", "0", env=environment(data_dir))
        assert done.returncode == 1
        assert re.fullmatch(rf"dateline: .*in use by .*\(process {service.process.pid}\).*\n", done.stderr)


def test_a_port_in_use_is_said_before_anything_starts(folder):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        done = dateline("serve", "--port", port, env=environment(folder / "none"))
    assert done.returncode == 1
    assert done.stderr == f"dateline: port {port} of 127.0.0.1 is in use; choose another with --port\n"
    assert not (folder / "none").exists()


def test_a_host_that_is_none_is_said_in_one_line(folder):
    done = dateline("serve", "--host", "198.51.100.1", env=environment(folder / "none"))
    assert done.returncode == 1
    assert re.fullmatch(r"dateline: cannot listen on port 8000 of 198\.51\.100\.1: .+\n", done.stderr)


def test_an_unknown_setting_stops_the_start(folder):
    done = dateline("serve", env=environment(folder / "none", DATELINE_PROT="1"))
    assert (done.returncode, done.stderr) == (1, "dateline: unknown setting: DATELINE_PROT\n")


def test_an_external_database_without_schema_is_refused_with_the_way_out(empty_database):
    done = dateline("serve", "--port", "0", env=environment(database_url=empty_database))
    assert (done.returncode, done.stderr) == (1, "dateline: the database is empty; run: dateline migrate\n")


async def test_an_external_database_of_a_newer_version_is_refused(empty_database):
    await migrate(empty_database)
    conn = await asyncpg.connect(empty_database)
    await conn.execute("insert into dateline_migrations (name, checksum) values ('9999_later.sql', '')")
    await conn.close()
    done = dateline("serve", "--port", "0", env=environment(database_url=empty_database))
    assert done.returncode == 1
    assert done.stderr.startswith("dateline: a newer Dateline made this database (9999_later.sql)")


async def test_an_external_database_is_served_without_examples(empty_database):
    await migrate(empty_database)
    with serving(environment(database_url=empty_database)) as service:
        assert get(f"{service.url}/v1/articles") == (200, {"items": [], "next": None})
        assert service.key is None
        assert service.stop()[0] == 0
        assert service.left() == []


def test_where_reading_needs_a_key_the_shown_commands_carry_one(data_dir):
    with serving(environment(data_dir, DATELINE_PUBLIC_READ="false")) as service:
        lines = service.output.splitlines()
    commands = [line for line in lines if line.startswith("    curl")]
    assert len(commands) == 3
    assert all('-H "Authorization: Bearer $KEY"' in command for command in commands)
    making = next(line for line in lines if line.startswith("    KEY="))
    assert making.endswith("dateline keys create --scopes read,write)")
