"""Where webhooks may go: nowhere inside, by whatever spelling, name, redirect or change of mind."""

import asyncio
import socket
import ssl
import subprocess
import threading
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import httpcore2
import httpx
import pytest

from api.app import create_app
from api.db.pool import Database
from api.settings import Settings
from api.webhooks import addresses, sending
from api.webhooks.sending import Message, Outcome, connections, send
from api.webhooks.signing import new_secret
from tests.webhooks.conftest import Endpoint, answered

PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.0.1",
    "192.168.1.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "3fff::1",
    "fc00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
MESSAGE = Message(id="01890a5d-ac96-774b-bcce-b302099a8057", type="webhook.test", body=b"{}")


@pytest.fixture(scope="module")
def app(database: Database) -> Any:
    """The application as it is set by default."""
    return create_app(Settings(), database)


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_on_the_public_internet_is_private(address: str) -> None:
    assert not addresses.is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_public(address: str) -> None:
    assert addresses.is_public(address)


@pytest.mark.parametrize(
    "host",
    [
        *(f"[{each}]" if ":" in each else each for each in PRIVATE),
        "127.1",
        "0",
        "2130706433",
        "0x7f.1",
        "0x7f000001",
        "0177.0.0.1",
        "localhost",
        "LOCALHOST",
        "db.localhost",
        "metadata.google.internal",
        "printer.local",
    ],
)
async def test_a_private_address_is_refused_when_it_is_written(writer: httpx.AsyncClient, host: str) -> None:
    answer = await writer.post("/v1/webhooks", json={"url": f"https://{host}/"})
    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["errors"]] == ["private_address"]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://cms.example.org/", "https_required"),
        ("https://cms.example.org:22/", "port"),
        ("https://[fe80::1%25eth0]/", "wrong_format"),
        ("https://\uff11\uff12\uff17.0.0.1/", "wrong_format"),
        ("https://127.0.0.1\\@cms.example.org/", "wrong_format"),
        ("https://cms.example.org /", "wrong_format"),
        ("https://cms.example.org\n.evil.example/", "wrong_format"),
        ("https://[::1/", "wrong_format"),
        ("//cms.example.org/", "https_required"),
    ],
)
async def test_odd_addresses_are_refused(writer: httpx.AsyncClient, url: str, code: str) -> None:
    answer = await writer.post("/v1/webhooks", json={"url": url})
    assert answer.status_code == 422
    assert code in {each["code"] for each in answer.json()["errors"]}


@pytest.mark.parametrize(
    "url", ["https://cms.example.org:8443/", "https://8.8.8.8/", "HTTPS://CMS.example.org/"]
)
async def test_public_https_addresses_are_taken(writer: httpx.AsyncClient, url: str) -> None:
    assert (await writer.post("/v1/webhooks", json={"url": url})).status_code == 201


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: Sequence[str]) -> list[str]:
    """Let names resolve to these addresses, one answer a look-up; gives the names that are looked up."""
    asked: list[str] = []
    pending = list(answers)

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return pending.pop(0) if len(pending) > 1 else pending[0]

    monkeypatch.setattr(addresses, "resolve", resolve)
    return asked


async def attempt(url: str) -> Outcome:
    async with connections(allow_private=False) as pool:
        return await send(pool, url, [new_secret()], MESSAGE)


@pytest.mark.parametrize("found", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["8.8.8.8", "::1"]])
async def test_a_name_that_leads_inside_is_refused_when_it_is_connected(
    monkeypatch: pytest.MonkeyPatch, found: list[str]
) -> None:
    resolving(monkeypatch, found)
    assert await attempt("https://cms.example.org/") == Outcome(error="The address is not public.")


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1", "127.1", "[::1]"])
async def test_an_address_in_the_url_is_checked_when_it_is_connected(host: str) -> None:
    assert await attempt(f"http://{host}:9/") == Outcome(error="The address is not public.")


async def test_an_unknown_name_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    async def resolve(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(addresses, "resolve", resolve)
    assert await attempt("https://cms.example.org/") == Outcome(error="No connection could be made.")


async def test_the_address_that_was_checked_is_the_one_that_is_connected(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint
) -> None:
    # The second look-up of a name that changes its mind would lead elsewhere; there is none.
    asked = resolving(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    monkeypatch.setattr(addresses, "is_public", lambda address: address == "127.0.0.1")
    url = endpoint.url.replace("127.0.0.1", "cms.example.org")
    assert (await attempt(url)).status == 204
    assert asked == ["cms.example.org"]
    assert endpoint.received[0].headers["host"].startswith("cms.example.org:")


async def test_the_next_address_is_tried_when_one_does_not_answer(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint
) -> None:
    resolving(monkeypatch, ["::1", "127.0.0.1"])
    monkeypatch.setattr(addresses, "is_public", lambda _: True)
    assert (await attempt(endpoint.url.replace("127.0.0.1", "cms.example.org"))).status == 204


async def test_a_redirect_is_not_followed(endpoint: Endpoint, another: Endpoint) -> None:
    endpoint.answers = [answered(307, Location=another.url)]
    async with connections(allow_private=True) as pool:
        outcome = await send(pool, endpoint.url, [new_secret()], MESSAGE)
    assert (outcome.status, outcome.succeeded) == (307, False)
    assert another.received == []


async def test_proxies_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint, another: Endpoint
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, another.url)
    async with connections(allow_private=True) as pool:
        assert (await send(pool, endpoint.url, [new_secret()], MESSAGE)).succeeded
    assert another.received == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for cms.example.org, with its key in one file."""
    folder = tmp_path_factory.mktemp("tls")
    subject = ["-subj", "/CN=cms.example.org", "-addext", "subjectAltName=DNS:cms.example.org"]
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    try:
        subprocess.run(
            [*command, "-days", "2", *subject, "-keyout", folder / "key", "-out", folder / "certificate"],
            check=True,
            capture_output=True,
        )
    except FileNotFoundError:
        pytest.skip("there is no openssl here to make a certificate")
    whole = folder / "whole"
    whole.write_bytes((folder / "key").read_bytes() + (folder / "certificate").read_bytes())
    return whole


@pytest.fixture
async def secure(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[tuple[Endpoint, list[str | None]]]:
    """An endpoint with TLS that is trusted, and the names that it was asked for."""
    names: list[str | None] = []
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr(sending, "_ssl_context", lambda: trusting)
    endpoint = Endpoint()
    server = await asyncio.start_server(endpoint.handle, "127.0.0.1", 0, ssl=context)
    endpoint.url = f"https://cms.example.org:{server.sockets[0].getsockname()[1]}/"
    yield endpoint, names
    server.close()
    for each in endpoint.connections:
        each.cancel()
    await asyncio.gather(*endpoint.connections, return_exceptions=True)


async def test_tls_is_spoken_to_the_name_over_the_checked_address(
    monkeypatch: pytest.MonkeyPatch, secure: tuple[Endpoint, list[str | None]]
) -> None:
    endpoint, names = secure
    resolving(monkeypatch, ["127.0.0.1"])
    monkeypatch.setattr(addresses, "is_public", lambda _: True)
    assert (await attempt(endpoint.url)).status == 204
    assert names == ["cms.example.org"]


async def test_a_certificate_of_another_name_is_refused(
    monkeypatch: pytest.MonkeyPatch, secure: tuple[Endpoint, list[str | None]]
) -> None:
    endpoint, _ = secure
    resolving(monkeypatch, ["127.0.0.1"])
    monkeypatch.setattr(addresses, "is_public", lambda _: True)
    outcome = await attempt(endpoint.url.replace("cms.example.org", "desk.example.org"))
    assert outcome == Outcome(error="TLS failed; the certificate may not be valid for the host.")
    assert endpoint.received == []


def test_no_url_leads_to_a_socket_in_the_file_system() -> None:
    backend = addresses.VettedBackend(allow_private=True)
    with pytest.raises(httpcore2.ConnectError):
        asyncio.run(backend.connect_unix_socket("/run/postgresql"))


async def test_names_whose_servers_do_not_answer_hold_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    answers, look_up = threading.Event(), socket.getaddrinfo

    def slow(host: str, *given: Any, **more: Any) -> Any:
        if host.startswith("slow"):
            answers.wait(20)
        return look_up("127.0.0.1", *given, **more)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    waiting = [asyncio.create_task(addresses.resolve(f"slow{n}.example.org", 443)) for n in range(50)]
    try:
        async with asyncio.timeout(5):
            assert await addresses.resolve("quick.example.org", 443) == ["127.0.0.1"]
            assert (await asyncio.get_running_loop().getaddrinfo("127.0.0.1", 443))[0][4][0] == "127.0.0.1"
        waiting[0].cancel()
    finally:
        answers.set()
    assert [await each for each in waiting[1:]] == [["127.0.0.1"]] * 49


async def test_a_name_that_is_none_is_no_connection() -> None:
    message = Message(id="1", type="webhook.test", body=b"{}")
    async with connections(allow_private=False) as pool:
        outcome = await send(pool, f"https://{'x' * 64}.example.org/", [new_secret()], message)
    assert outcome == Outcome(error="No connection could be made.")
