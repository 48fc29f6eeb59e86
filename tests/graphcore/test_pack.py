"""Packs collect nodes, a registry merges packs."""

from __future__ import annotations

from graphcore import Pack, Registry


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
