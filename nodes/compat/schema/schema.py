"""`Schema`: all that a schema-style node says of itself, checked and completed."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from graphcore.errors import DeclarationError
from nodes.compat.schema.hidden import Hidden

API_HIDDEN = (Hidden.auth_token_comfy_org, Hidden.api_key_comfy_org)
OUTPUT_HIDDEN = (Hidden.prompt, Hidden.extra_pnginfo)


@dataclass(init=False)
class Schema:
    """A node's declaration. `finalize` completes it, `validate` raises DeclarationError for what cannot be.

    `more`: what newer versions of the reference have and this one knows nothing of; it is no reason to lose the node.
    """

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
    loop_boundary: Any = None

    def __init__(self, *args: Any, **kwargs: Any):
        declared = fields(self)
        values = dict(zip((known.name for known in declared), args, strict=False)) | kwargs
        if "node_id" not in values:
            raise DeclarationError("A Schema needs a node_id; write io.Schema(node_id='MyNode', ...).")
        for known in declared:
            default = known.default if known.default_factory is MISSING else known.default_factory()
            setattr(self, known.name, values.pop(known.name, default))
        self.more = values
        for name in ("inputs", "outputs", "hidden"):
            setattr(self, name, list(getattr(self, name) or ()))

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
