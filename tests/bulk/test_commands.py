"""The commands `import` and `export` as programs, and bulk beside other writers."""

import asyncio
import contextlib
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from api.db.pool import Database
from tests.bulk.lines import ndjson, post_lines
from tests.dispatches import counts, dispatch, mention, quote, read
from tests.programs import ROOT, environment


def dateline(server: str, *arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "api", *arguments],
        cwd=ROOT,
        env=environment(database_url=server),
        input=given,
        capture_output=True,
        check=False,
        timeout=60,
    )


async def test_lines_go_in_from_standard_input_and_come_out(
    server: str, store: Database, tmp_path: Path
) -> None:
    done = await asyncio.to_thread(
        dateline, server, "import", "-", given=ndjson([dispatch(quotes=[quote()], ed_note="Hm."), {}])
    )
    assert done.returncode == 2, done.stderr
    told = done.stderr.decode()
    assert "standard input, line 2: #/body" in told or "standard input, line 2: #/headline" in told
    assert "created" in told
    assert "refused" in told
    out = tmp_path / "out.ndjson"
    done = await asyncio.to_thread(dateline, server, "export", "-f", "language=en", "-o", str(out))
    assert done.returncode == 0, done.stderr
    (article,) = [json.loads(line) for line in out.read_text().splitlines()]
    assert (article["ed_note"], len(article["quotes"])) == ("Hm.", 1)
    done = await asyncio.to_thread(dateline, server, "export", "people", "--format", "popolo")
    assert json.loads(done.stdout)["name"] == "Mara Venn"
    done = await asyncio.to_thread(dateline, server, "export", "--format", "md", "-o", str(tmp_path / "md"))
    assert [path.suffix for path in (tmp_path / "md").iterdir()] == [".md"]
    folder = str(tmp_path / "jsonld")
    done = await asyncio.to_thread(dateline, server, "export", "--format", "jsonld", "-o", folder)
    (path,) = (tmp_path / "jsonld").iterdir()
    assert json.loads(path.read_text())["@id"].startswith("http://localhost:")
    done = await asyncio.to_thread(dateline, server, "export", "-f", "nonsense=1")
    assert done.returncode == 1
    assert done.stderr.startswith(b"dateline: ")


def on_a_terminal(server: str, *arguments: str) -> str:
    """Run the command with a terminal for standard error, and give what that shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "api", *arguments],
        cwd=ROOT, env=environment(database_url=server) | {"TERM": "xterm", "COLUMNS": "100"},
        stdout=subprocess.DEVNULL, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = bytearray()
    with contextlib.suppress(OSError):  # so a terminal tells that nobody has it open any more
        while piece := os.read(ours, 4096):
            shown += piece
    os.close(ours)
    assert process.wait(60) == 0, shown
    return shown.decode()


async def test_a_terminal_shows_a_bar_and_anything_else_plain_lines(
    server: str, store: Database, tmp_path: Path
) -> None:
    path = tmp_path / "lines.ndjson"
    path.write_bytes(ndjson(dispatch(headline=f"No. {n}") for n in range(60)))
    shown = await asyncio.to_thread(on_a_terminal, server, "import", str(path))
    for part in ("━", "100%", "60 done", "/s", "created"):
        assert part in shown
    plain = await asyncio.to_thread(dateline, server, "import", "--dry-run", str(path))
    assert b"\x1b" not in plain.stderr


async def test_ctrl_c_leaves_what_is_done_and_the_same_command_goes_on(
    server: str, store: Database, tmp_path: Path
) -> None:
    path = tmp_path / "lines.ndjson"
    path.write_bytes(ndjson(dispatch(headline=f"No. {n}", quotes=[quote()]) for n in range(600)))
    process = subprocess.Popen(  # noqa: ASYNC220 - it starts at once
        [sys.executable, "-m", "api", "import", str(path)],
        cwd=ROOT, env=environment(database_url=server), stderr=subprocess.PIPE,
    )  # fmt: skip
    while not (await counts(store))["articles"]:  # noqa: ASYNC110 - another process writes them
        await asyncio.sleep(0.02)
    os.kill(process.pid, signal.SIGINT)
    _, told = await asyncio.to_thread(process.communicate, timeout=60)
    done = (await counts(store))["articles"]
    assert process.returncode == 130, told
    assert f"stopped after line {done:,} of".encode() in told.replace(b"\n", b" ")
    path_again = await asyncio.to_thread(dateline, server, "import", str(path))
    assert path_again.returncode == 0, path_again.stderr
    assert (await counts(store))["articles"] == 600


async def test_one_unknown_name_in_several_streams_and_posts_is_one_person(
    writer: httpx.AsyncClient, store: Database
) -> None:
    names = [f"Person {chr(65 + n)}" for n in range(20)]
    forward = [dispatch(people=[mention(name)]) for name in names]
    await asyncio.gather(
        post_lines(writer, forward),
        post_lines(writer, forward[::-1]),
        *(writer.post("/v1/articles", json=each) for each in forward),
    )
    assert (await counts(store))["articles"] == 60
    people = (await read(writer, "/v1/people", limit=200))["items"]
    assert sorted(person["name"] for person in people) == names


async def test_one_uri_in_several_streams_is_one_article(writer: httpx.AsyncClient, store: Database) -> None:
    lines = [dispatch(uri=f"tag:example.org,2026:{n}") for n in range(30)]
    one, other = await asyncio.gather(post_lines(writer, lines), post_lines(writer, lines[::-1]))
    assert sorted(answer["status"] for answer in [*one, *other]) == [200] * 30 + [201] * 30
    assert (await counts(store))["articles"] == 30
