"""Packs collect nodes, a registry merges packs."""

from __future__ import annotations

import pytest

from graphcore import DeclarationError, Pack, Registry
from graphcore.pack import Runtime


def grain(n: int) -> int:
    """Add grain.

    Args:
        n: how much
    """
    return n


def test_third_party_ids_carry_the_name_of_the_pack() -> None:
    pack = Pack("film", version="1.2")
    assert pack.node(title="Film Grain", category="image")(grain) is grain
    spec = pack.nodes["film/grain"]
    assert (spec.title, spec.category, spec.description) == ("Film Grain", "image", "Add grain.")
    assert spec.inputs["n"].tooltip == "how much"
    assert (spec.pack, spec.pack_version) == ("film", "1.2")


def test_titles_and_categories_have_defaults() -> None:
    pack = Pack("film", namespace=False)
    pack.node(id="film_grain")(grain)
    spec = pack.nodes["film_grain"]
    assert (spec.title, spec.category) == ("Film Grain", "film")


def test_the_first_pack_to_take_an_id_keeps_it() -> None:
    one, other = Pack("one", namespace=False), Pack("other", namespace=False)
    one.node()(grain)
    other.node()(grain)
    registry = Registry(one, other)
    assert list(registry) == ["grain"]
    assert len(registry) == 1
    assert registry["grain"].pack == "one"
    assert registry.clashes == ["Node grain of pack 'other' is hidden by the one of pack 'one'."]
    assert set(registry.packs) == {"one", "other"}


def test_a_deferred_pack_reads_signatures_when_a_node_is_first_used() -> None:
    pack = Pack("film", namespace=False, deferred=True)
    pack.node()(grain)
    pack.node(id="wrong")(_untyped)
    registry = Registry(pack)
    assert list(registry) == ["grain", "wrong"]
    assert registry["grain"] is registry["grain"]
    with pytest.raises(DeclarationError, match="wrong, parameter 'n'"):
        registry["wrong"]


def _untyped(n): ...  # type: ignore[no-untyped-def]


def test_the_nodes_of_a_pack_are_a_mapping_that_can_be_changed() -> None:
    pack = Pack("film", namespace=False)
    pack.node()(grain)
    spec = pack.nodes["grain"]
    pack.nodes["other"] = spec
    assert "other" in pack.nodes
    assert len(pack.nodes) == 2
    del pack.nodes["grain"]
    assert list(pack.nodes) == ["other"]


def test_a_registry_speaks_for_the_runtimes_of_its_packs() -> None:
    heard: list[object] = []
    runtime = Runtime(
        warm=lambda types: heard.append(sorted(types)),
        relieve=lambda: heard.append("relieved"),
        environment=lambda: {"device": "cpu"},
    )
    pack = Pack("film", namespace=False)
    pack.runtime = runtime
    pack.node()(grain)
    registry = Registry(pack, Pack("quiet"))
    registry.warm({"1": {"class_type": "grain"}, "2": {"class_type": "unheard_of"}})
    registry.relieve()
    assert heard == [["grain"], "relieved"]
    assert registry.environment() == {"device": "cpu"}


def test_a_pack_says_for_which_version_of_the_api_it_is_written() -> None:
    assert Pack("film", api=">=1,<2").name == "film"
    with pytest.raises(
        DeclarationError, match=r"'film' is written for version >=2 of Graphcore's authoring API, and this"
    ):
        Pack("film", api=">=2")
    with pytest.raises(DeclarationError, match="is no range of versions"):
        Pack("film", api="newest")


def test_a_short_id_stands_for_the_only_node_of_that_name() -> None:
    film, photo = Pack("film"), Pack("photo")
    film.node(id="grain")(grain)
    film.node(id="tint")(grain)
    registry = Registry(film)
    assert registry["grain"] is registry["film/grain"]
    assert list(registry) == ["film/grain", "film/tint"], "listed once"
    photo.node(id="grain")(grain)
    registry.add(photo)
    assert "grain" not in registry
    assert registry["tint"].id == "film/tint"
    plain = Pack("plain", namespace=False)
    plain.node(id="tint")(grain)
    registry.add(plain)
    assert registry["tint"].id == "tint", "a node of that very id comes first"


def test_the_memory_for_models_is_the_least_that_a_runtime_knows() -> None:
    assert Registry(Pack("a")).memory() is None
    packs = [
        Pack(name, runtime=Runtime(memory=lambda room=room: room)) for name, room in (("a", 8), ("b", None), ("c", 5))
    ]
    assert Registry(*packs).memory() == 5
