"""Logs of everything but requests."""

import json
import logging
import sys
from collections.abc import Generator
from select import PIPE_BUF

import pytest
import structlog

from api.app import create
from api.http.logs import AccessLine, AccessLog, Asked, Place, configure_logging


@pytest.fixture(autouse=True)
def restored() -> Generator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def fail_with_a_secret() -> None:
    password = "hunter2"
    raise RuntimeError(f"failed with {len(password)} characters")


def test_lines_of_structlog_and_of_the_standard_library_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json")
    structlog.get_logger("x").warning("one", number=1, thing={1, 2}.__class__)
    logging.getLogger("library").warning("two %s", "words")
    logging.getLogger("httpx").info("an address with a secret")
    logging.getLogger("library").debug("not shown")
    first, second = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert (first["event"], first["level"], first["number"]) == ("one", "warning", 1)
    assert (second["event"], second["level"], second["logger"]) == ("two words", "warning", "library")


@pytest.mark.parametrize("log_format", ["json", "console"])
def test_a_logged_exception_has_its_trace_but_no_local_variables(
    capsys: pytest.CaptureFixture[str], log_format: str
) -> None:
    configure_logging(log_format)
    try:
        fail_with_a_secret()
    except RuntimeError as error:
        structlog.get_logger("x").error("failed", exc_info=error)
        logging.getLogger("library").exception("failed too")
    text = capsys.readouterr().err
    assert text.count("fail_with_a_secret") >= 2
    assert "failed with 7 characters" in text
    assert "hunter2" not in text.replace('password = "hunter2"', "")


def test_a_worker_logs_without_local_variables_too(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATELINE_DATABASE_URL", "postgresql://127.0.0.1/nowhere")
    monkeypatch.setenv("DATELINE_LOG_FORMAT", "json")
    create()
    try:
        fail_with_a_secret()
    except RuntimeError as error:
        structlog.get_logger("x").error("failed", exc_info=error)
    out, err = capsys.readouterr()
    assert out == ""
    assert "failed with 7 characters" in json.loads(err)["exception"]
    assert "'hunter2'" not in err


def test_lines_of_many_requests_are_written_in_parts_that_no_other_worker_can_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    texts: list[str] = []
    monkeypatch.setattr(sys.stderr, "write", texts.append)
    place = Place(Asked("/v1/things/{id}", "/v1/things/" + "x" * 300))
    lines = [
        (place, AccessLine(number, "GET", 200, 0.1, b"request%d" % number, None)) for number in range(100)
    ]
    AccessLog("json").write(lines)
    assert 1 < len(texts) <= 100
    assert all(len(text) <= PIPE_BUF and text.endswith("}\n") for text in texts)
    written = [json.loads(line) for line in "".join(texts).splitlines()]
    assert [line["request_id"] for line in written] == [f"request{number}" for number in range(100)]
