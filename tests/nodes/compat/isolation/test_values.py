"""Values on their way: every kind comes back as it was; what cannot travel is kept, or refused."""

from __future__ import annotations

import gc
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import pytest
import torch
from PIL import Image

from graphcore.node import Blocker
from nodes.compat.isolation.memory import Exchange
from nodes.compat.isolation.values import EngineCodec, Kept, NotPassed, PackCodec, Packer


class Text(str):
    __slots__ = ()


class Level(str, Enum):  # noqa: UP042 - as packs write it
    HIGH = "high"


class Pair(NamedTuple):
    left: int
    right: int


class Ends:
    def __init__(self, tmp_path: Path):
        self.forgotten: list[int] = []
        self.pack_codec = PackCodec()
        self.engine = Packer(Exchange([str(tmp_path)]), EngineCodec(self, "film", self.forgotten.append))
        self.pack = Packer(Exchange([str(tmp_path)]), self.pack_codec)

    def there(self, value: Any) -> Any:
        return self.pack.unpack(self.engine.pack(value))

    def here(self, value: Any) -> Any:
        return self.engine.unpack(self.pack.pack(value))


@pytest.fixture
def ends(tmp_path: Path) -> Ends:
    return Ends(tmp_path)


@pytest.mark.parametrize(
    "value",
    [None, True, 3, 2.5, "text", b"bytes", [1, [2]], (1, "a"), {"a": {"b": (1,)}, 2: 3}, float("inf"), [], {}],
    ids=str,
)
def test_plain_data(ends: Ends, value: Any) -> None:
    for found in (ends.there(value), ends.here(value)):
        assert found == value
        assert type(found) is type(value)


def test_values_of_a_packs_own_classes_arrive_as_pythons(ends: Ends) -> None:
    found = ends.here([Text("a"), Level.HIGH, Pair(1, 2), {Text("k"): numpy.float64(0.5)}, {3}])
    assert found == ["a", "high", (1, 2), {"k": 0.5}, [3]]
    assert {type(item) for item in found[:2]} == {str}


def test_numpys_numbers_arrive_as_pythons(ends: Ends) -> None:
    sent = [numpy.float32(1.5), numpy.int64(3), numpy.bool_(True), numpy.uint8(7)]
    for found in (ends.there(sent), ends.here(sent)):
        assert found == [1.5, 3, True, 7]
        assert [type(item) for item in found] == [float, int, bool, int]


@pytest.mark.parametrize(
    "dtype",
    [
        torch.float32,
        torch.bfloat16,
        torch.float16,
        torch.int64,
        torch.bool,
        torch.uint8,
        torch.complex128,
    ],
)
def test_tensors(ends: Ends, dtype: torch.dtype) -> None:
    value = (torch.arange(24).reshape(2, 3, 4).transpose(0, 2) % 2).to(dtype)
    for found in (ends.there(value), ends.here(value)):
        assert torch.equal(found, value)
        found += found  # memory of its own
    assert ends.there(torch.zeros(0, 3)).shape == (0, 3)
    assert ends.here(torch.ones(2, requires_grad=True)).tolist() == [1, 1]
    assert ends.here(torch.nn.Parameter(torch.ones(2))).tolist() == [1, 1]
    assert ends.there(torch.ones(1, 3).expand(4, 3)).shape == (4, 3)
    assert ends.there(torch.ones(3, dtype=torch.uint16)).dtype is torch.uint16
    half = torch.ones(3).to(torch.float8_e4m3fn)
    assert ends.here(half).dtype is torch.float8_e4m3fn


def test_tensors_without_plain_memory_stay(ends: Ends) -> None:
    sparse = torch.eye(3).to_sparse()
    assert ends.there(ends.here(sparse)) is sparse
    assert ends.here(torch.empty(2, device="meta")).kind == "Tensor"


def test_arrays_pictures_and_blockers(ends: Ends) -> None:
    array = numpy.arange(6, dtype=">i2").reshape(2, 3).T
    assert numpy.array_equal(ends.here(array), array)
    picture = Image.new("RGBA", (3, 2), (1, 2, 3, 4))
    found = ends.there(picture)
    assert (found.mode, found.size, found.tobytes()) == ("RGBA", (3, 2), picture.tobytes())
    assert ends.here(Image.new("P", (2, 2))).mode == "RGB"
    assert ends.here(Blocker("closed")).message == "closed"


def test_what_cannot_travel_stays_and_comes_back_as_itself(ends: Ends) -> None:
    thing = object()
    kept = ends.here({"thing": thing})["thing"]
    assert isinstance(kept, Kept)
    assert kept.kind == "object"
    assert ends.there([kept]) == [thing]
    del kept
    gc.collect()
    assert ends.forgotten == [0]


def test_others_things_are_refused(ends: Ends, tmp_path: Path) -> None:
    with pytest.raises(NotPassed, match=r"A Path|A PosixPath|A WindowsPath"):
        ends.there(tmp_path)
    with pytest.raises(NotPassed, match="A Model cannot be handed to the pack 'film'"):
        ends.there(Kept(object(), 0, "Model"))
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises((NotPassed, RecursionError)):
        ends.here(deep)
