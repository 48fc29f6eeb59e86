"""Every module and name that packs import exists; what is not supported says so when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from nodes.compat import firewall
from nodes.compat.stubs import UnsupportedSymbol, stub


@pytest.fixture
def provided(base: Callable[..., Any]) -> Any:
    """A base directory whose packs are imported, so that the modules are there."""
    found = base("deep_internals")
    found.engine, found.packs = found.start()
    found.packs.load_all()
    return found


def test_every_listed_module_and_name_can_be_imported(provided: Any) -> None:
    missing = []
    for module, names in firewall.listed().items():
        found = importlib.import_module(module)
        missing += [f"{module}.{name}" for name in names if not hasattr(found, name)]
    assert not missing


def test_a_pack_that_imports_internals_loads_and_its_other_nodes_run(provided: Any) -> None:
    result = provided.engine.run({"1": {"class_type": "DeepIsModel", "inputs": {"value": 1}}}, keep=["1"])
    assert result.values["1"][0] == [False]


@pytest.mark.parametrize(
    ("node", "symbol"),
    [
        ("DeepEmbed", "comfy.ldm.flux.layers.apply_mod"),
        ("DeepNetwork", "comfy.ldm.modules.diffusionmodules.openaimodel.UNetModel"),
    ],
)
def test_a_stub_that_is_called_names_itself_and_the_pack(provided: Any, node: str, symbol: str) -> None:
    from graphcore.errors import NodeFailed

    with pytest.raises(NodeFailed) as failure:
        provided.engine.run({"1": {"class_type": node, "inputs": {"value": 1}}}, keep=["1"])
    assert f"The pack 'deep_internals' calls {symbol}, which Graphcore does not support." in str(failure.value)


def test_a_subclass_of_a_stub_has_only_its_own_attributes() -> None:
    class Own(stub("comfy.model_base.SDXL")):  # type: ignore[misc]
        def __init__(self) -> None:
            self.value = 1

    assert Own().value == 1
    assert not hasattr(Own, "VALIDATE_INPUTS")
    assert issubclass(Own, stub("comfy.x.Y")) is False


def test_stubs_nest_and_refuse() -> None:
    nested = stub("comfy.model_base.ModelType").EPS.value
    with pytest.raises(UnsupportedSymbol, match=r"calls comfy\.model_base\.ModelType\.EPS\.value, which"):
        nested()


def test_modules_seem_to_lie_in_the_base_directory(provided: Any) -> None:
    assert importlib.import_module("folder_paths").__file__ == str(provided.path / "folder_paths.py")
    assert importlib.import_module("comfy").__file__ == str(provided.path / "comfy" / "__init__.py")


def test_the_native_nodes_are_classes_of_comfy_extras(provided: Any) -> None:
    import nodes

    assert importlib.import_module("comfy_extras.nodes_mask").GrowMask is nodes.NODE_CLASS_MAPPINGS["GrowMask"]
