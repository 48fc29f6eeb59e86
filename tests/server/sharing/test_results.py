"""Results that workers share: what is worth it, nothing that is damaged, never at the cost of a run."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphcore.cache import Entry
from graphcore.keys import Key
from graphcore.serial import NoCodec
from server.sharing.results import SharedResults
from server.sharing.store import FileStore
from tests.server.stores import ACCESS, S3

KEY, OTHER = Key(b"k" * 16), Key(b"o" * 16)
LONG = Entry(([{"numbers": [1, 2.5, None]}],), seconds=2.0)


def results(store: FileStore, realm: str = "cpu") -> SharedResults:
    return SharedResults(store, NoCodec(), lambda: realm)


def test_what_one_computed_another_has(store: FileStore) -> None:
    one, two = results(store), results(store)
    two.begin([KEY])
    assert KEY not in two
    one.put(KEY, LONG)
    assert KEY in one
    assert two.get(KEY) is None  # asked for when a run begins, and not for each node
    two.begin([KEY, OTHER])
    assert KEY in two
    assert OTHER not in two
    found = two.get(KEY)
    assert found is not None
    assert found.outputs == LONG.outputs
    two.clear()
    assert KEY not in two


def test_other_realms_are_others(store: FileStore) -> None:
    results(store, "cpu").put(KEY, LONG)
    other = results(store, "cuda")
    other.begin([KEY])
    assert KEY not in other


@pytest.mark.parametrize(
    "entry",
    [
        Entry(([1],), seconds=0.1),  # computed sooner than fetched
        Entry(([1],), {"images": []}, seconds=9.0),  # it shows files
        Entry((), seconds=9.0),
        Entry(([object()],), seconds=9.0),  # cannot be stored
    ],
)
def test_what_is_not_worth_it_stays_here(store: FileStore, entry: Entry) -> None:
    one = results(store)
    one.put(KEY, entry)
    one.begin([KEY])
    assert KEY not in one


def test_a_damaged_result_is_computed_anew(store: FileStore) -> None:
    one = results(store)
    one.put(KEY, LONG)
    (folder,) = store.listed("results")
    (file,) = store.listed(f"results/{folder}")
    body = store.read(f"results/{folder}/{file}")
    assert body is not None
    store.write(f"results/{folder}/{file}", body[:-40] + b"x" * 40)
    assert one.get(KEY) is None
    assert KEY not in one
    one.put(KEY, LONG)
    assert one.get(KEY) is not None


def test_a_store_that_is_away_costs_no_run(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    server = S3()
    server.start()
    for name, value in {**ACCESS, "AWS_ENDPOINT_URL": server.url}.items():
        monkeypatch.setenv(name, value)
    one = results(FileStore(f"s3://{server.bucket()}/x"))
    one.put(KEY, LONG)
    server.stop()
    assert one.get(KEY) is None
    one.begin([KEY, OTHER])
    one.put(OTHER, LONG)
    assert caplog.text.count("Results are not shared for 30 s") == 1  # then nobody is asked


def test_a_bucket_that_is_gone_costs_no_run(
    s3: S3, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in {**ACCESS, "AWS_ENDPOINT_URL": s3.url}.items():
        monkeypatch.setenv(name, value)
    one = results(FileStore("s3://no-such-bucket/x"))
    one.begin([KEY])
    one.put(KEY, LONG)
    assert KEY not in one
    assert "Results are not shared for 30 s" in caplog.text


def test_a_result_of_another_name_is_none(tmp_path: Path) -> None:
    store = FileStore(str(tmp_path))
    one = results(store)
    one.put(KEY, LONG)
    one.put(OTHER, Entry(([2],), seconds=2.0))
    files = sorted(path for path in (tmp_path / "results").rglob("*") if path.is_file())
    files[0].write_bytes(files[1].read_bytes())
    assert [one.get(key) is None for key in (KEY, OTHER)].count(True) == 1
