"""Model options: what a model handle carries to change sampling and the network, and how a patched handle is made.

The vocabulary is the field's (`sampler_cfg_function`, `transformer_options["patches_replace"]`, ...), so patches of
any origin work together. Every function returns another handle; the one given stays as it is.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nodes.models.model import Model

Function = Callable[..., Any]
Block = tuple[str, int] | tuple[str, int, int]


def with_option(model: Model, name: str, value: Any) -> Model:
    """The model with one option set."""
    return model.with_options({name: value})


def without_cfg1_shortcut(model: Model) -> Model:
    """The model with its unconditional prediction evaluated at guidance scale 1, too."""
    return with_option(model, "disable_cfg1_optimization", True)


def with_cfg_function(model: Model, function: Function, *, always_uncond: bool = False) -> Model:
    """The model with its own rule for combining predictions: `function(args)` gives x minus the guided prediction.

    A function of three parameters is called the old way, as `function(cond, uncond, scale)`.
    """
    if len(inspect.signature(function).parameters) == 3:
        model = with_option(model, "sampler_cfg_function", _from_three(function))
    else:
        model = with_option(model, "sampler_cfg_function", function)
    return without_cfg1_shortcut(model) if always_uncond else model


def _from_three(function: Function) -> Function:
    return lambda args: function(args["cond"], args["uncond"], args["cond_scale"])


def with_pre_cfg(model: Model, function: Function, *, always_uncond: bool = False) -> Model:
    """The model with one more function applied to the predictions before they are combined."""
    return _appended(model, "sampler_pre_cfg_function", function, always_uncond)


def with_post_cfg(model: Model, function: Function, *, always_uncond: bool = False) -> Model:
    """The model with one more function applied to the guided prediction."""
    return _appended(model, "sampler_post_cfg_function", function, always_uncond)


def _appended(model: Model, name: str, function: Function, always_uncond: bool) -> Model:
    model = with_option(model, name, [*model.options.get(name, ()), function])
    return without_cfg1_shortcut(model) if always_uncond else model


def with_patch(model: Model, name: str, function: Function) -> Model:
    """The model with one more function at a patch point of its network, such as `output_block_patch`."""
    options = model.options.get("transformer_options", {})
    patches = options.get("patches", {})
    patches = {**patches, name: [*patches.get(name, ()), function]}
    return with_option(model, "transformer_options", {**options, "patches": patches})


def with_replacement(model: Model, kind: str, block: Block, function: Function) -> Model:
    """The model with a part of its network replaced: `kind` is attn1, attn2 or dit."""
    options = replaced(model.options.get("transformer_options", {}), kind, block, function)
    return with_option(model, "transformer_options", options)


def with_wrapper(model: Model, type: str, key: str, wrapper: Function) -> Model:
    """The model with one more wrapper around a station of its sampling calls; see `nodes.guidance.wrappers`."""
    options = model.options.get("transformer_options", {})
    wrappers = options.get("wrappers", {})
    of_type = wrappers.get(type, {})
    wrappers = {**wrappers, type: {**of_type, key: [*of_type.get(key, ()), wrapper]}}
    return with_option(model, "transformer_options", {**options, "wrappers": wrappers})


def replaced(transformer_options: Mapping[str, Any], kind: str, block: Block, function: Function) -> dict[str, Any]:
    """Transformer options with one more replacement."""
    replacements = transformer_options.get("patches_replace", {})
    of_kind = {**replacements.get(kind, {}), block: function}
    return {**transformer_options, "patches_replace": {**replacements, kind: of_kind}}


def options_with_replacement(
    model_options: Mapping[str, Any], kind: str, block: Block, function: Function
) -> dict[str, Any]:
    """Model options with one more replacement, for a single extra prediction."""
    inner = replaced(model_options.get("transformer_options", {}), kind, block, function)
    return {**model_options, "transformer_options": inner}
