"""What `dateline serve` tells the person who started it, and what it does on the first start."""

import asyncio
import json
import logging
import shlex
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import asyncpg

from api.db.migrate import shipped
from api.db.pool import Database
from api.keys.queries import create_key, revoke_key
from api.settings import Settings

_log = logging.getLogger(__name__)

PATIENCE = 60.0  # seconds that the workers may take to answer
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to reach a server that listens everywhere

DISPATCH = {
    "headline": "Lock keepers win a dry month",
    "language": "en",
    "body": [
        "“The gates stay shut until the rain comes,” Ilva Terrant, head of the river board, said on Friday."
    ],
    "quotes": [
        {
            "form": "direct",
            "fragments": [{"text": "The gates stay shut until the rain comes,"}],
            "speaker": {"kind": "person", "as_printed": "Ilva Terrant", "person": {"name": "Ilva Terrant"}},
            "cue": "said",
        }
    ],
}


async def is_first_start(dsn: str) -> bool:
    """Tell whether the store has never had an admin key: it gets one last of all on the first start."""
    conn = await asyncpg.connect(dsn, timeout=10)
    try:
        return await conn.fetchval("select not exists (select from keys where 'admin' = any (scopes))")
    finally:
        await conn.close(timeout=5)


def welcome(settings: Settings, address: tuple[str, int], dsn: str, first: bool) -> None:
    """Wait until the server answers, fill an empty store, and print where to go from here."""
    client = Client(*address)
    try:
        if client.is_ready():
            key = asyncio.run(_first_start(client, dsn, settings)) if first else None
            print(_text(settings, client, key), flush=True)  # noqa: T201 - for the person at the terminal
    except (OSError, HTTPException, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _log.warning("the start was interrupted; a first one is done again: %s", error)


class Client:
    """Requests to our own server, over loopback."""

    def __init__(self, host: str, port: int) -> None:
        self.host = ANY_ADDRESS.get(host, host)
        self.port = port
        name = f"[{self.host}]" if ":" in self.host else self.host
        self.url = f"http://{name}:{port}"

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """Send one request; answers the status and the decoded JSON."""
        connection = HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers or {}))
            response = connection.getresponse()
            content = response.read()
            return response.status, json.loads(content) if "json" in response.headers.get(
                "Content-Type", ""
            ) else None
        finally:
            connection.close()

    def is_ready(self) -> bool:
        """Wait until `/readyz` answers 200; False when it never does."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if self.request("GET", "/readyz")[0] == 200:
                    return True
            except (OSError, HTTPException):
                pass
            time.sleep(0.05)
        return False


async def _first_start(client: Client, dsn: str, settings: Settings) -> str:
    """Post the examples as any client would, then make the admin key.

    The admin key comes last: while there is none, an interrupted first start is done again, and what it had
    posted is refused as existing.
    """
    db = Database(dsn, 1, settings)
    await db.open()
    async with db.write() as tx:
        expires_at = datetime.now(UTC) + timedelta(minutes=10)
        loader, secret = await create_key(tx, "example loader", ["write"], expires_at)
    for path in sorted(shipped("examples").glob("*.json")):
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        status, answer = await asyncio.to_thread(
            client.request, "POST", "/v1/articles", path.read_bytes(), headers
        )
        if status not in (201, 409):
            print(f"dateline: {path.name} was not loaded: {answer}", file=sys.stderr)  # noqa: T201
    async with db.write() as tx:
        await revoke_key(tx, loader.id)
        _, admin = await create_key(tx, "admin", ["admin"], None)
    await db.close()
    return admin


def _text(settings: Settings, client: Client, key: str | None) -> str:
    """Compose the message: addresses, the key when it is new, and three commands that work when pasted."""
    url = (settings.public_url or client.url).rstrip("/")
    name, quotes = _somebody_quoted(client, key)
    with_key = f' -H "Authorization: Bearer {key or "$KEY"}"'
    reading = "" if settings.public_read else with_key
    lines = [
        "",
        f"  Dateline answers at  {url}",
        f"  Documentation        {url}/docs",
        *(
            [f"  Admin key            {key}", "                       shown this once; keep it"]
            if key
            else []
        ),
        "",
        *([] if key else ["  A key for what needs one:", f"    KEY=$({_keys_command(settings)})"]),
        "  The articles:",
        f"    curl {url}/v1/articles{reading}",
        f"  Everything that {name} said:",
        f"    curl {shlex.quote(url + quotes)}{reading}",
        "  Post a dispatch:",
        f"    curl {url}/v1/articles{with_key} \\",
        "      -H 'Content-Type: application/json' \\",
        f"      -d {shlex.quote(json.dumps(DISPATCH, ensure_ascii=False))}",
        "",
        "  Ctrl-C stops it.",
        "",
    ]
    return "\n".join(lines)


def _somebody_quoted(client: Client, key: str | None) -> tuple[str, str]:
    """Name a person who is quoted, and the path of their quotes; anybody, when the store tells of none."""
    headers = {"Authorization": f"Bearer {key}"} if key else None
    status, answer = client.request("GET", "/v1/quotes?speaker_kind=person&limit=1", headers=headers)
    if status == 200 and answer["items"] and (person := answer["items"][0]["speaker"]["person"]):
        return person["name"], f"/v1/quotes?speaker={person['id']}"
    return "anybody", "/v1/quotes"


def _keys_command(settings: Settings) -> str:
    """Give the command that makes a key for this very store, wherever it is pasted."""
    program = Path(sys.executable).with_name("dateline")
    command = [str(program), "keys", "create", "--scopes", "read,write"]
    if settings.data_dir is not None:
        command = ["env", f"DATELINE_DATA_DIR={settings.data_dir.absolute()}", *command]
    return shlex.join(command)
