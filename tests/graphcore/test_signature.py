"""What a signature says of a node."""

from __future__ import annotations

import enum
from typing import Annotated, Any, Literal, NamedTuple

import pytest

from graphcore import (
    Blocker,
    Choice,
    Expand,
    Image,
    Latent,
    Lazy,
    Many,
    Mask,
    Model,
    ModelFile,
    NodeSpec,
    Pack,
    Range,
    Run,
    Seed,
    Socket,
    Text,
    Wire,
)
from graphcore.node import MISSING


def declared(function: Any, **options: Any) -> NodeSpec:
    pack = Pack("film", version="2", namespace=False)
    pack.node(**options)(function)
    return pack.nodes[options.get("id", function.__name__)]


class Loaded(NamedTuple):
    model: Model
    size: int


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def test_sockets_widgets_and_defaults_come_from_annotations() -> None:
    def node(
        image: Image,
        strength: Annotated[float, Range(0, 1, step=0.1)] = 0.2,
        name: str = "x",
        flag: bool = False,
        seed: Annotated[int, Seed()] = 0,
        plain: int = 3,
    ) -> Image:
        """Add grain."""

    spec = declared(node)
    assert {name: port.type for name, port in spec.inputs.items()} == {
        "image": "IMAGE", "strength": "FLOAT", "name": "STRING", "flag": "BOOLEAN", "seed": "INT", "plain": "INT",
    }  # fmt: skip
    assert spec.inputs["image"].widget is None
    assert spec.inputs["image"].default is MISSING
    assert spec.inputs["strength"].widget == Range(0, 1, step=0.1)
    assert spec.inputs["strength"].default == 0.2
    assert spec.inputs["plain"].widget == Range()
    assert spec.inputs["name"].widget == Text()
    assert spec.inputs["seed"].widget == Seed()
    assert spec.description == "Add grain."
    assert [(output.name, output.type) for output in spec.outputs] == [("IMAGE", "IMAGE")]


def test_an_input_with_a_default_is_still_required_and_none_makes_it_optional() -> None:
    def node(n: int = 1, mask: Mask | None = None, m: Annotated[int, Range(0, 5)] | None = None) -> int: ...

    ports = declared(node).inputs
    assert (ports["n"].required, ports["mask"].required, ports["m"].required) == (True, False, False)
    assert ports["m"].widget == Range(0, 5)
    assert ports["mask"].type == "MASK"


def test_an_optional_union_keeps_its_types() -> None:
    def node(x: Image | Latent | None = None) -> int: ...

    port = declared(node).inputs["x"]
    assert (port.type, port.required) == ("IMAGE,LATENT", False)


def test_a_union_with_anything_is_anything() -> None:
    def node(x: Image | Any) -> int: ...

    assert str(declared(node).inputs["x"].type) == "*"


def test_choices_are_written_as_literals_enums_or_functions() -> None:
    def node(
        a: Literal["x", "y"],
        b: Colour = Colour.RED,
        c: Annotated[str, Choice(lambda folders: ["p", "q"])] = "p",
        d: Annotated[Literal[1, 2], Choice(extra={"tip": "t"})] = 1,
        e: Annotated[str, ModelFile("loras")] | None = None,
    ) -> int: ...

    ports = declared(node).inputs
    assert {port.type for port in ports.values()} == {"COMBO"}
    assert ports["a"].widget == Choice(["x", "y"])
    assert ports["b"].widget == Choice(["red", "blue"])
    assert ports["e"].widget == ModelFile("loras")


def test_a_literal_keeps_the_options_of_its_widget() -> None:
    def node(a: Annotated[Literal["x"], Wire(extra={"advanced": True})] = "x") -> int: ...

    widget = declared(node).inputs["a"].widget
    assert widget is not None
    assert widget.options() == {"advanced": True}


def test_an_enum_reaches_the_function_as_a_member() -> None:
    def node(colour: Colour = Colour.RED) -> str:
        return colour.name

    spec = declared(node)
    assert spec.call({"colour": "blue"}, Run.silent()) == "BLUE"
    assert spec.call({"colour": Colour.RED}, Run.silent()) == "RED"
    assert spec.call({}, Run.silent()) == "RED"


def test_a_list_of_enum_values_reaches_the_function_as_members() -> None:
    def node(colours: Many[Colour]) -> Any:
        return [colour.name for colour in colours]

    assert declared(node).call({"colours": ["blue", "red"]}, Run.silent()) == ["BLUE", "RED"]


def test_a_wire_input_has_no_widget() -> None:
    def node(n: Annotated[int, Wire()]) -> int: ...

    assert declared(node).inputs["n"].widget is None


def test_own_socket_types_need_one_line() -> None:
    Film = Annotated[object, Socket("FILM")]

    def node(film: Film) -> Film: ...  # type: ignore[valid-type]

    spec = declared(_bind(node, Film=Film))
    assert spec.inputs["film"].type == "FILM"
    assert spec.outputs[0].type == "FILM"


def _bind(function: Any, **names: Any) -> Any:
    """Resolve the annotations of a function that uses local names."""
    function.__annotations__ = {
        name: eval(text, globals() | names) if isinstance(text, str) else text
        for name, text in function.__annotations__.items()
    }
    return function


def test_named_outputs_and_the_like() -> None:
    def named(n: int) -> Loaded: ...
    def several(n: int) -> tuple[int, Many[Image]]: ...
    def nothing(n: int) -> None: ...
    def maybe(n: int) -> Image | None: ...
    def blocked(n: int) -> Image | Blocker: ...

    assert [(item.name, item.type) for item in declared(named).outputs] == [("model", "MODEL"), ("size", "INT")]
    assert [(item.type, item.many) for item in declared(several).outputs] == [("INT", False), ("IMAGE", True)]
    assert declared(nothing).outputs == ()
    assert declared(maybe).outputs[0].type == "IMAGE"
    assert declared(blocked).outputs[0].type == "IMAGE"
    assert declared(several).many == (False, True)
    assert declared(named).type_of(1) == "INT"
    with pytest.raises(IndexError):
        declared(named).type_of(-1)


def test_lists_gather_and_lazies_wait() -> None:
    async def node(items: Many[int], later: Lazy[Image], maybe: Many[Image] | None = None) -> int: ...

    spec = declared(node)
    assert spec.gathered == {"items", "maybe"}
    assert (spec.inputs["maybe"].type, spec.inputs["maybe"].required) == ("IMAGE", False)
    assert "later" in spec.lazy
    assert "items" not in spec.lazy
    assert spec.is_async


def test_growing_inputs_are_collected_in_order() -> None:
    def node(first: int, *rest: int, last: int = 0) -> list[int]:
        return [first, *rest, last]

    spec = declared(_bind_return(node))
    assert spec.port("rest.7") is spec.inputs["rest"]
    assert spec.port("first.7") is None
    assert spec.port("other") is None
    inputs = {"rest.10": 4, "first": 1, "rest.2": 3, "last": 9, "rest.x": 5}
    assert spec.call(inputs, Run.silent()) == [1, 3, 4, 5, 9]


def _bind_return(function: Any) -> Any:
    function.__annotations__["return"] = Annotated[list, Socket("LIST")]
    return function


def test_a_run_is_handed_over_by_type() -> None:
    def node(n: int, *, run: Run) -> str:
        return run.node

    spec = declared(node)
    assert list(spec.inputs) == ["n"]
    assert spec.call({"n": 1}, Run.silent()) == "0"


def test_what_a_function_returns_is_read_by_its_outputs() -> None:
    def one(n: int) -> int: ...
    def two(n: int) -> tuple[int, int]: ...
    def single_tuple(n: int) -> tuple[int]: ...
    def none(n: int) -> None: ...

    run = Run.silent()
    assert declared(one).outcome((1, 2), run).values == ((1, 2),)
    assert declared(two).outcome([1, 2], run).values == (1, 2)
    assert declared(single_tuple).outcome((5,), run).values == (5,)
    assert declared(none).outcome(None, run).values == ()
    blocker = Blocker()
    assert declared(two).outcome(blocker, run).values is blocker
    with pytest.raises(TypeError, match="it returned 1 values, but declares 2 outputs"):
        declared(two).outcome(3, run)
    with pytest.raises(TypeError, match="it returned 3 values"):
        declared(two).outcome((1, 2, 3), run)


def test_an_expansion_is_only_one_where_it_is_declared() -> None:
    def may(n: int) -> Expand[int]: ...
    def may_two(n: int) -> Expand[tuple[int, int]]: ...
    def may_not(n: int) -> Any: ...

    run = Run.silent()
    graph = run.graph()
    expansion = graph.result(graph.node("x").out())
    assert declared(may).outcome(expansion, run).graph == expansion.graph
    assert declared(may).outcome(7, run).values == (7,)
    assert declared(may_two).outcome((7, 8), run).values == (7, 8)
    assert declared(may_not).outcome(expansion, run).values == (expansion,)


def test_file_inputs_are_known() -> None:
    def node(a: Annotated[str, ModelFile("vae")], b: str = "") -> int: ...

    assert [port.name for port in declared(node).file_ports] == ["a"]


def test_the_pack_and_its_version_are_part_of_a_spec() -> None:
    def node(n: int) -> int: ...

    spec = declared(node, version=3, aliases=["old"], deprecated=True, experimental=True)
    assert (spec.pack, spec.pack_version, spec.version, spec.aliases) == ("film", "2", 3, ("old",))
    assert spec.deprecated
    assert spec.experimental
    assert spec.function is node
    assert spec.module == __name__
