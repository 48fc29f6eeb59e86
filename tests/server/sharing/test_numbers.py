"""Numbers of files: no two workers have the same, whatever they do at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from server.sharing.numbers import RANGE, SPARE, Numbers
from server.sharing.store import FileStore
from tests.server.sharing.helpers import mirror, written


def test_workers_count_in_ranges_of_their_own(store: FileStore, tmp_path: Path) -> None:
    one, two = (Numbers(mirror(store, tmp_path / name)) for name in ("one", "two"))
    here, there = tmp_path / "one" / "output", tmp_path / "two" / "output"
    assert one.free(here, "a", 1) == 1
    assert two.free(there, "a", 1) == RANGE + 1
    assert one.free(here, "a", 2) == 2
    assert two.free(there, "a", 2) == RANGE + 1  # the number after the last file here may be another worker's
    assert one.free(here, "b", 1) == 1
    assert one.free(here / "deep", "a", 1) == 1
    assert one.free(tmp_path / "elsewhere", "a", 7) == 7


def test_a_range_that_is_nearly_used_up_is_left(store: FileStore, tmp_path: Path) -> None:
    one, two = (Numbers(mirror(store, tmp_path / name)) for name in ("one", "two"))
    here = tmp_path / "one" / "output"
    last = RANGE - SPARE
    assert one.free(here, "a", 1) == 1
    assert one.free(here, "a", last) == last
    assert two.free(tmp_path / "two" / "output", "a", 1) == RANGE + 1
    assert one.free(here, "a", last + 1) == 2 * RANGE + 1
    assert one.free(here, "a", 1) == 2 * RANGE + 1  # never back, also if the files before are gone


def test_who_begins_at_once_gets_ranges_apart(store: FileStore, tmp_path: Path) -> None:
    workers = [Numbers(mirror(store, tmp_path / str(index))) for index in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(
            pool.map(lambda pair: pair[1].free(tmp_path / str(pair[0]) / "output", "a", 1), enumerate(workers))
        )
    assert sorted(found) == [index * RANGE + 1 for index in range(8)]


def test_a_number_is_not_given_again_when_the_copy_of_its_file_was_let_go(store: FileStore, tmp_path: Path) -> None:
    here, folder = mirror(store, tmp_path / "one", budget=0), tmp_path / "one" / "output"
    numbers = Numbers(here)
    for number in range(1, 4):  # a batch: the first is asked for, the others are counted on from it
        assert number > 1 or numbers.free(folder, "a", 1) == 1
        here.publish(written(folder / f"a_{number:05}_.png", b"%d" % number)[0])
    here.trim()
    assert list(folder.iterdir()) == []
    assert numbers.free(folder, "a", 1) == RANGE + 1
    assert numbers.free(folder, "a", 1) == RANGE + 1
