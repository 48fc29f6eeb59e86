"""The disk tier: it survives restarts, is shared by processes, and never serves what was damaged."""

from __future__ import annotations

import logging
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pytest

from graphcore import Pack, Socket
from graphcore.cache import ClassicCache, Entry, MemoryCache
from graphcore.container import Block
from graphcore.disk_cache import STALE, DiskCache, TieredCache
from tests.graphcore.codecs import ArrayCodec
from tests.graphcore.kit import Bench, node, wire

ROOT = Path(__file__).parents[2]
KEY, OTHER = b"k" * 16, b"o" * 16
ARRAY = np.arange(1000, dtype=np.float32)


def array_entry(seed: int = 0) -> Entry:
    return Entry(([{"samples": ARRAY + seed}],))


def cache_in(folder: Path, **options: Any) -> DiskCache:
    return DiskCache(folder, ArrayCodec(), **options)


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def holds(cache: DiskCache, key: bytes, seed: int = 0) -> bool:
    entry = cache.get(key)
    return entry is not None and bool((entry.outputs[0][0]["samples"] == ARRAY + seed).all())


def test_a_result_survives_a_restart(tmp_path: Path) -> None:
    cache_in(tmp_path).put(KEY, array_entry())
    again = cache_in(tmp_path)
    again.begin([KEY])
    assert KEY in again
    assert OTHER not in again
    assert holds(again, KEY)
    assert again.get(OTHER) is None
    again.relieve()
    assert KEY in again
    again.clear()
    assert KEY not in again
    assert files(tmp_path) == []


def test_nothing_is_made_before_something_is_kept(tmp_path: Path) -> None:
    cache = cache_in(tmp_path / "later")
    assert cache.get(KEY) is None
    cache.clear()
    assert not (tmp_path / "later").exists()


@pytest.mark.parametrize(
    "entry",
    [
        Entry(([object()],), None, 2.0),  # a model: loading it anew is cheaper
        Entry(([1],), {"images": []}, 2.0),  # what it shows may be gone
        Entry((), None, 2.0),  # an output node: it has to run again
        Entry(([np.zeros(3000)],), None, 2.0),  # larger than the budget
        Entry(([1],), None, 0.5),  # quicker to compute than to store
    ],
)
def test_what_is_not_worth_a_file_is_not_stored(tmp_path: Path, entry: Entry) -> None:
    cache = cache_in(tmp_path, budget=20_000, least=1.0)
    cache.put(KEY, entry)
    assert KEY not in cache
    assert files(tmp_path) == []


def test_results_of_another_realm_are_not_seen(tmp_path: Path) -> None:
    cache_in(tmp_path, realm="cpu fp32").put(KEY, array_entry())
    assert cache_in(tmp_path, realm="cuda fp16").get(KEY) is None
    assert holds(cache_in(tmp_path, realm="cpu fp32"), KEY)


def test_damaged_files_are_never_served_and_are_removed(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    cache.put(KEY, array_entry())
    (file,) = files(tmp_path)
    sound = file.read_bytes()
    shuffler = random.Random(3)
    for _ in range(200):
        broken = bytearray(sound)
        broken[shuffler.randrange(len(broken))] ^= 1 << shuffler.randrange(8)
        file.write_bytes(broken)
        assert cache.get(KEY) is None
        assert not file.exists()
    for length in [0, 1, 7, 8, 40, len(sound) - 1]:
        file.write_bytes(sound[:length])
        assert cache.get(KEY) is None
    for foreign in (b"\0" * 100, b"GIF89a", sound + b"x", os.urandom(5000)):
        file.write_bytes(foreign)
        assert cache.get(KEY) is None
    cache.put(KEY, array_entry())
    assert holds(cache, KEY)


def test_a_sound_file_under_another_name_is_not_served(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    cache.put(KEY, array_entry(1))
    (file,) = files(tmp_path)
    cache.put(OTHER, array_entry(2))
    (other,) = (path for path in files(tmp_path) if path != file)
    other.write_bytes(file.read_bytes())
    assert cache.get(OTHER) is None
    assert holds(cache, KEY, 1)


class Failing(ArrayCodec):
    """A codec of another version of the runtime."""

    def decode(self, block: Block) -> Any:
        raise RuntimeError("no such type any more")


def test_a_codec_that_fails_costs_the_result_only(tmp_path: Path) -> None:
    cache_in(tmp_path).put(KEY, array_entry())
    assert DiskCache(tmp_path, Failing()).get(KEY) is None
    assert files(tmp_path) == []


def test_a_folder_in_the_place_of_a_file_is_no_result(tmp_path: Path) -> None:
    cache = cache_in(tmp_path)
    cache.put(KEY, array_entry())
    (file,) = files(tmp_path)
    file.unlink()
    file.mkdir()
    assert KEY not in cache
    assert cache.get(KEY) is None
    cache.put(KEY, array_entry())


def test_a_disk_that_cannot_be_written_costs_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    cache = cache_in(tmp_path / "file")
    with caplog.at_level(logging.WARNING):
        cache.put(KEY, array_entry())
    assert "cannot be written" in caplog.text
    assert cache.get(KEY) is None


def test_the_least_recently_used_go_when_the_budget_is_full(tmp_path: Path) -> None:
    cache = cache_in(tmp_path, budget=30_000)
    for seed in range(6):
        cache.put(bytes([seed]) * 16, array_entry(seed))
        stamp(cache, seed, seed)
    assert holds(cache, b"\0" * 16, 0), "and now it is the most recently used"
    cache.put(OTHER, array_entry(9))
    kept = [seed for seed in range(6) if bytes([seed]) * 16 in cache]
    assert OTHER in cache
    assert kept == [0, 2, 3, 4, 5]
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 30_000


def stamp(cache: DiskCache, seed: int, when: float) -> None:
    path = cache._path(bytes([seed]) * 16)
    os.utime(path, (when, when))


def test_files_of_other_processes_count_too(tmp_path: Path) -> None:
    one, other = cache_in(tmp_path, budget=40_000), cache_in(tmp_path, budget=40_000)
    for seed in range(40):
        (one if seed % 2 else other).put(bytes([seed]) * 16, array_entry(seed))
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 40_000 * 1.3


def test_a_file_that_vanishes_or_shrinks_meanwhile_is_no_trouble(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = cache_in(tmp_path, budget=6_000)
    cache.put(KEY, array_entry())
    (file,) = files(tmp_path)
    (file.parent / "gone.safetensors").symlink_to(tmp_path / "nowhere")
    monkeypatch.setattr(os, "fstat", lambda descriptor: os.stat_result((0,) * 6 + (10**6,) + (0,) * 3))
    assert cache.get(KEY) is None
    cache.put(OTHER, array_entry())
    assert OTHER in cache


def test_parts_that_nobody_writes_are_removed(tmp_path: Path) -> None:
    stale, fresh, alien = (tmp_path / "aa" / name for name in ("x.1.part", "y.2.part", "notes.txt"))
    stale.parent.mkdir()
    for path in (stale, fresh, alien):
        path.write_text("x")
    os.utime(stale, (time.time() - STALE - 1,) * 2)
    cache_in(tmp_path).put(KEY, array_entry())
    assert [path.exists() for path in (stale, fresh, alien)] == [False, True, True]


WRITER = """
import random, sys
import numpy as np
from pathlib import Path
from graphcore.cache import Entry
from tests.graphcore.test_disk_cache import cache_in, array_entry, holds
folder, seed = Path(sys.argv[1]), int(sys.argv[2])
cache, shuffler, hits = cache_in(folder, budget=60_000), random.Random(seed), 0
for _ in range(400):
    number = shuffler.randrange(20)
    key = bytes([number]) * 16
    if shuffler.random() < 0.5:
        cache.put(key, array_entry(number))
    else:
        entry = cache.get(key)
        if entry is not None:
            assert (entry.outputs[0][0]["samples"] == np.arange(1000, dtype=np.float32) + number).all()
            hits += 1
print(hits)
"""


def test_two_processes_share_a_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    workers = [
        subprocess.Popen([*command, str(seed)], cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for seed in (1, 2)
    ]
    for worker in workers:
        out, err = worker.communicate(timeout=60)
        assert worker.returncode == 0, err
        assert int(out) > 20
    assert not [path for path in files(tmp_path) if path.suffix == ".part"]


# -- tiers -------------------------------------------------------------------------------------------------------------


def test_the_fast_tier_is_asked_first_and_filled_from_the_slow_one(tmp_path: Path) -> None:
    fast, slow = MemoryCache(), cache_in(tmp_path)
    tiers = TieredCache(fast, slow)
    tiers.begin([KEY])
    tiers.put(KEY, array_entry())
    assert KEY in fast
    assert KEY in slow
    tiers.relieve()
    assert KEY not in fast
    assert KEY in tiers
    found = tiers.get(KEY)
    assert found is not None
    assert tiers.get(KEY) is found
    assert tiers.get(OTHER) is None
    assert OTHER not in tiers
    tiers.clear()
    assert KEY not in tiers
    assert files(tmp_path) == []


Array = Annotated[Any, Socket("ARRAY")]


def arrays(loads: list[int]) -> Pack:
    pack = Pack("arrays", namespace=False)

    @pack.node()
    def load(n: int) -> Annotated[Any, Socket("MODEL")]:
        loads.append(n)
        return object()

    @pack.node()
    def render(model: Annotated[Any, Socket("MODEL")], size: int) -> Array:
        loads.append(-size)
        return np.arange(size, dtype=np.float32)

    @pack.node(output=True)
    def save(array: Array) -> None:
        loads.append(0)

    return pack


def test_a_second_process_runs_what_cannot_be_stored_only_if_it_needs_it(tmp_path: Path) -> None:
    prompt = {"l": node("load", n=1), "r": node("render", model=wire("l"), size=50), "s": node("save", array=wire("r"))}
    for expected in ([1, -50, 0], [0], [0]):
        loads: list[int] = []
        bench = Bench(TieredCache(ClassicCache(), cache_in(tmp_path)), more=arrays(loads))
        result = bench.run(prompt)
        assert loads == expected
    assert result.cached == ["r"]
    for file in files(tmp_path):
        file.write_bytes(file.read_bytes()[:-3] + b"bad")
    loads = []
    result = Bench(cache_in(tmp_path), more=arrays(loads)).run(prompt)
    assert loads == [1, -50, 0]
    assert result.cached == [], "what turned out to be damaged does not count as cached"
