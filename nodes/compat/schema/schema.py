"""`Schema`: all that a schema-style node says of itself, checked and completed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphcore.errors import DeclarationError
from nodes.compat.schema.hidden import Hidden

API_HIDDEN = (Hidden.auth_token_comfy_org, Hidden.api_key_comfy_org)
OUTPUT_HIDDEN = (Hidden.prompt, Hidden.extra_pnginfo)


@dataclass
class Schema:
    """A node's declaration. `finalize` completes it, `validate` raises DeclarationError for what cannot be."""

    node_id: str
    display_name: str | None = None
    category: str = "sd"
    inputs: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)
    hidden: list[Hidden] = field(default_factory=list)
    description: str = ""
    is_input_list: bool = False
    is_output_node: bool = False
    is_deprecated: bool = False
    is_experimental: bool = False
    is_api_node: bool = False
    not_idempotent: bool = False
    enable_expand: bool = False
    search_aliases: list[str] = field(default_factory=list)
    is_dev_only: bool = False
    accept_all_inputs: bool = False
    price_badge: Any = None
    essentials_category: str | None = None
    has_intermediate_output: bool = False

    def __post_init__(self) -> None:
        self.inputs, self.outputs, self.hidden = list(self.inputs), list(self.outputs), list(self.hidden)

    def finalize(self) -> None:
        """Add the hidden values that output nodes and API nodes always get, and ids of outputs that have none."""
        wanted = (API_HIDDEN if self.is_api_node else ()) + (OUTPUT_HIDDEN if self.is_output_node else ())
        self.hidden += [kind for kind in wanted if kind not in self.hidden]
        for index, output in enumerate(self.outputs):
            if output.id is None:
                output.id = f"_{index}_{output.get_io_type()}_"

    def validate(self) -> None:
        """Ids are unique among the inputs, and among the outputs."""
        for side, items in (("input", self.inputs), ("output", self.outputs)):
            ids = [item.id for item in items]
            twice = sorted({id for id in ids if ids.count(id) > 1})
            if twice:
                raise DeclarationError(f"Node {self.node_id}: the {side} id '{twice[0]}' is used twice; rename one.")

    def input_types(self) -> dict[str, dict[str, Any]]:
        """The inputs as a V1 class declares them; only sections that have any, `required` always."""
        sections: dict[str, dict[str, Any]] = {"required": {}, "optional": {}}
        for item in self.inputs:
            section = sections["optional" if item.optional else "required"]
            section[item.id] = (item.get_io_type(), item.as_dict())
        if not sections["optional"]:
            del sections["optional"]
        if self.hidden:
            sections["hidden"] = {kind.name: (kind.value,) for kind in self.hidden}
        return sections
