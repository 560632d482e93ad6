"""Files into the store: in batches, resumable, with a word on everything that is refused."""

import gzip
import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.bulk.importing import Import, adapted
from api.bulk.progress import Shown
from api.bulk.sources import SourceError, sources_of
from api.db.pool import Database
from api.entities.resolve import Options
from tests.bulk.lines import ndjson
from tests.dispatches import counts, dispatch, ids, mention, quote, read
from tests.formats.test_receiving import g2

OPTIONS = Options(ambiguous="create")


async def run(
    store: Database, *paths: Path, errors: Path | None = None, type: Any = None, **how: Any
) -> Import:
    told = errors.open("ab") if errors else None
    importing = Import(store, Options(ambiguous="create", **how), told, Shown("import", None), type)
    await importing.run(sources_of([str(path) for path in paths]), restart=False)
    if told:
        told.close()
    return importing


async def test_a_file_goes_in_and_again_changes_nothing(
    store: Database, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    lines = [dispatch(uri=f"tag:example.org,2026:{n}", quotes=[quote()]) for n in range(300)]
    path = tmp_path / "lines.ndjson"
    path.write_bytes(ndjson(lines))
    assert (await run(store, path)).counts == {"created": 300}
    before = await counts(store)
    assert (await run(store, path)).counts == {"unchanged": 300}
    assert await counts(store) == before
    assert len(await ids(client, "/v1/people")) == 1


async def test_compressed_files_and_folders_go_in(
    store: Database, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "one.ndjson.gz").write_bytes(gzip.compress(ndjson([dispatch(headline="One")])))
    (tmp_path / "two.ndjson").write_bytes(ndjson([dispatch(headline="Two")]))
    (tmp_path / "notes.txt").write_text("nothing")
    assert (await run(store, tmp_path)).counts == {"created": 2}


async def test_what_is_refused_is_told_with_its_line(store: Database, tmp_path: Path) -> None:
    path, errors = tmp_path / "lines.ndjson", tmp_path / "errors"
    whole = ndjson([dispatch(), {"headline": "no body"}, dispatch(uri="tag:a,2026:1"), dispatch()])
    path.write_bytes(whole + b'\n{"headline": "cut in mid-li')
    done = await run(store, path, errors=errors)
    assert done.counts == {"created": 3, "refused": 2}
    told = [json.loads(line) for line in errors.read_text().splitlines()]
    assert [(each["line"], each["status"]) for each in told] == [(2, 422), (6, 400)]
    assert told[0]["problem"]["errors"]


async def test_a_dry_run_leaves_the_store_as_it_was(store: Database, tmp_path: Path) -> None:
    lines, document, people = (tmp_path / name for name in ("lines.ndjson", "item.xml", "people.ndjson"))
    lines.write_bytes(ndjson([dispatch(quotes=[quote()]), {}]))
    document.write_text(g2())
    people.write_bytes(ndjson([{"name": "Mara Venn"}]))
    before = await counts(store)
    assert (await run(store, lines, document, dry_run=True)).counts == {"created": 2, "refused": 1}
    assert (await run(store, people, type="person", dry_run=True)).counts == {"created": 1}
    assert await counts(store) == before


async def test_an_import_that_stopped_goes_on_behind_what_is_done(store: Database, tmp_path: Path) -> None:
    path = tmp_path / "lines.ndjson"
    path.write_bytes(ndjson(dispatch(headline=f"No. {n}") for n in range(100)))
    first = Import(store, OPTIONS, None, Shown("import", None))
    note = first._note

    def stop_after_the_first_batch(*given: Any) -> None:
        note(*given)
        first._stop()

    first._note = stop_after_the_first_batch
    await first.run(sources_of([str(path)]), restart=False)
    assert 0 < first.counts["created"] < 100
    assert first.stopped_at == f"line {first.counts['created']} of {path}"
    second = await run(store, path)
    assert first.counts["created"] + second.counts["created"] == 100
    assert (await counts(store))["articles"] == 100
    assert (await counts(store))["imports"] == 0


async def test_a_gzip_bomb_is_one_line_that_is_too_long(store: Database, tmp_path: Path) -> None:
    path, errors = tmp_path / "bomb.ndjson.gz", tmp_path / "errors"
    with gzip.open(path, "wb", compresslevel=1) as out:
        for _ in range(100):
            out.write(b" " * 1024 * 1024)
    assert (await run(store, path, errors=errors)).counts == {"refused": 1}
    assert json.loads(errors.read_text())["status"] == 413


@pytest.mark.parametrize("lost", [4, 12, 5_000])
async def test_of_a_damaged_compressed_file_all_lines_before_the_damage_go_in(
    store: Database, tmp_path: Path, lost: int
) -> None:
    whole = [dispatch(uri=f"tag:a.example,2026:{n}", keywords=[os.urandom(200).hex()]) for n in range(60)]
    packed, errors = gzip.compress(ndjson(whole)), tmp_path / "errors"
    (tmp_path / "a.ndjson.gz").write_bytes(packed[:-lost])
    (tmp_path / "b.ndjson").write_bytes(ndjson([dispatch()]))
    done = (await run(store, tmp_path, errors=errors)).counts
    told = json.loads(errors.read_text())
    assert (done["refused"], told["status"]) == (1, 400)
    assert "damaged" in told["problem"]["detail"]
    # All before the line that is told, and the file after it.
    assert done["created"] == told["line"] - 1 + 1
    assert done["created"] > 25


async def test_a_file_that_is_not_compressed_is_refused_by_its_first_line(
    store: Database, tmp_path: Path
) -> None:
    errors = tmp_path / "errors"
    (tmp_path / "plain.ndjson.gz").write_bytes(ndjson([dispatch()]))
    assert (await run(store, tmp_path, errors=errors)).counts == {"refused": 1}
    assert json.loads(errors.read_text())["line"] == 1


async def test_documents_of_other_standards_go_in(
    store: Database, client: httpx.AsyncClient, tmp_path: Path
) -> None:
    item = {
        "uri": "tag:example.org,2026:ninjs-1",
        "standard": {"name": "ninjs", "version": "3.1"},
        "type": "text",
        "headlines": [{"value": "Ferry to run again"}],
        "bodies": [{"value": "The ferry will run again on Monday.", "contenttype": "text/plain"}],
        "language": "en",
    }
    (tmp_path / "item.json").write_text(json.dumps(item))
    (tmp_path / "list.json").write_text(json.dumps([item | {"uri": f"urn:list:{n}"} for n in range(2)]))
    (tmp_path / "good.xml").write_text(g2())
    (tmp_path / "killed.xml").write_text(g2(2, status="canceled"))
    (tmp_path / "bad.xml").write_text("<nothing/>")
    assert (await run(store, tmp_path)).counts == {"refused": 1, "created": 4, "killed": 1}
    articles = (await read(client, "/v1/articles"))["items"]
    assert {article["headline"] for article in articles} == {"Ferry to run again"}
    assert len(articles) == 3


@pytest.mark.parametrize(
    ("lines", "seconds", "next_lines"),
    [(100, 0.1, 200), (100, 0.4, 100), (100, 2.0, 20), (1_000, 0.1, 1_000), (20, 5.0, 20)],
)
def test_a_transaction_is_kept_well_below_a_second(lines: int, seconds: float, next_lines: int) -> None:
    assert adapted(lines, seconds) == next_lines


async def test_a_document_of_5000_quotes_is_refused_with_its_reason(store: Database, tmp_path: Path) -> None:
    path, errors = tmp_path / "lines.ndjson", tmp_path / "errors"
    path.write_bytes(ndjson([dispatch(quotes=[quote()] * 5_000), dispatch(people=[mention("Mara Venn")])]))
    assert (await run(store, path, errors=errors)).counts == {"created": 1, "refused": 1}
    assert "#/quotes" in errors.read_text()


async def test_files_that_cannot_be_read_are_told_before_anything_is_written(tmp_path: Path) -> None:
    for name in ("missing.ndjson", "picture.png"):
        if name == "picture.png":
            (tmp_path / name).touch()
        with pytest.raises(SourceError, match=name):
            sources_of([str(tmp_path / name)])
