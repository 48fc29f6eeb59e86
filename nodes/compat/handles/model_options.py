"""The field's setters of model options: each writes into `model_options` what the sampling code reads there."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

Function = Callable[..., Any]
Options = dict[str, Any]


def copied(value: Any) -> Any:
    """Dicts and lists anew, all the way down; what they hold stays the same objects."""
    if isinstance(value, Mapping):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def set_model_options_patch_replace(
    model_options: Options, patch: Function, name: str, block_name: str, number: int,
    transformer_index: int | None = None,
) -> Options:  # fmt: skip
    """New options in which a part of the network is replaced."""
    options = dict(model_options)
    inner = options["transformer_options"] = dict(options.get("transformer_options", {}))
    replacements = inner["patches_replace"] = dict(inner.get("patches_replace", {}))
    of_kind = replacements[name] = dict(replacements.get(name, {}))
    place = (block_name, number) if transformer_index is None else (block_name, number, transformer_index)
    of_kind[place] = patch
    return options


def set_model_options_pre_cfg_function(
    model_options: Options, pre_cfg_function: Function, disable_cfg1_optimization: bool = False
) -> Options:
    """Options with one more function before guidance; the list is a new one."""
    return _appended(model_options, "sampler_pre_cfg_function", pre_cfg_function, disable_cfg1_optimization)


def set_model_options_post_cfg_function(
    model_options: Options, post_cfg_function: Function, disable_cfg1_optimization: bool = False
) -> Options:
    """Options with one more function after guidance; the list is a new one."""
    return _appended(model_options, "sampler_post_cfg_function", post_cfg_function, disable_cfg1_optimization)


def _appended(options: Options, name: str, function: Function, always_uncond: bool) -> Options:
    options[name] = [*options.get(name, ()), function]
    if always_uncond:
        options["disable_cfg1_optimization"] = True
    return options


def create_model_options_clone(model_options: Options) -> Options:
    """Options to change, apart from those given."""
    return copied(model_options)  # type: ignore[no-any-return]


class OptionSetters:
    """The setters as methods."""

    model_options: Options

    def set_model_sampler_cfg_function(
        self, sampler_cfg_function: Function, disable_cfg1_optimization: bool = False
    ) -> None:
        """The rule of guidance; a function of three parameters gets (cond, uncond, scale)."""
        function = sampler_cfg_function
        if len(inspect.signature(function).parameters) == 3:
            self.model_options["sampler_cfg_function"] = lambda args: function(
                args["cond"], args["uncond"], args["cond_scale"]
            )
        else:
            self.model_options["sampler_cfg_function"] = function
        if disable_cfg1_optimization:
            self.model_options["disable_cfg1_optimization"] = True

    def set_model_sampler_post_cfg_function(
        self, post_cfg_function: Function, disable_cfg1_optimization: bool = False
    ) -> None:
        """One more function after guidance."""
        set_model_options_post_cfg_function(self.model_options, post_cfg_function, disable_cfg1_optimization)

    def set_model_sampler_pre_cfg_function(
        self, pre_cfg_function: Function, disable_cfg1_optimization: bool = False
    ) -> None:
        """One more function before guidance."""
        set_model_options_pre_cfg_function(self.model_options, pre_cfg_function, disable_cfg1_optimization)

    def set_model_sampler_calc_cond_batch_function(self, sampler_calc_cond_batch_function: Function) -> None:
        """What computes all predictions."""
        self.model_options["sampler_calc_cond_batch_function"] = sampler_calc_cond_batch_function

    def set_model_unet_function_wrapper(self, unet_wrapper_function: Function) -> None:
        """What is called instead of the model: `f(apply_model, {"input", "timestep", "c", "cond_or_uncond"})`."""
        self.model_options["model_function_wrapper"] = unet_wrapper_function

    def set_model_denoise_mask_function(self, denoise_mask_function: Function) -> None:
        """What changes the mask of inpainting: `f(sigma, mask, extra_options={"model", "sigmas"})`."""
        self.model_options["denoise_mask_function"] = denoise_mask_function

    def set_model_patch(self, patch: Function, name: str) -> None:
        """One more function at a patch point."""
        patches = self.model_options.setdefault("transformer_options", {}).setdefault("patches", {})
        patches[name] = [*patches.get(name, ()), patch]

    def set_model_patch_replace(
        self, patch: Function, name: str, block_name: str, number: int, transformer_index: int | None = None
    ) -> None:
        """A part of the network replaced."""
        self.model_options = set_model_options_patch_replace(
            self.model_options, patch, name, block_name, number, transformer_index
        )

    def set_model_attn1_patch(self, patch: Function) -> None:
        """(n, context, value, extra) -> the three, before self-attention."""
        self.set_model_patch(patch, "attn1_patch")

    def set_model_attn2_patch(self, patch: Function) -> None:
        """(n, context, value, extra) -> the three, before cross-attention."""
        self.set_model_patch(patch, "attn2_patch")

    def set_model_attn1_replace(
        self, patch: Function, block_name: str, number: int, transformer_index: int | None = None
    ) -> None:
        """(q, k, v, extra) -> n, instead of a self-attention."""
        self.set_model_patch_replace(patch, "attn1", block_name, number, transformer_index)

    def set_model_attn2_replace(
        self, patch: Function, block_name: str, number: int, transformer_index: int | None = None
    ) -> None:
        """(q, k, v, extra) -> n, instead of a cross-attention."""
        self.set_model_patch_replace(patch, "attn2", block_name, number, transformer_index)

    def set_model_attn1_output_patch(self, patch: Function) -> None:
        """(n, extra) -> n, after self-attention."""
        self.set_model_patch(patch, "attn1_output_patch")

    def set_model_attn2_output_patch(self, patch: Function) -> None:
        """(n, extra) -> n, after cross-attention."""
        self.set_model_patch(patch, "attn2_output_patch")

    def set_model_input_block_patch(self, patch: Function) -> None:
        """(h, options) -> h, after an input block."""
        self.set_model_patch(patch, "input_block_patch")

    def set_model_input_block_patch_after_skip(self, patch: Function) -> None:
        """The same, where the skip connection has been taken off already."""
        self.set_model_patch(patch, "input_block_patch_after_skip")

    def set_model_output_block_patch(self, patch: Function) -> None:
        """(h, skip, options) -> both, before an output block."""
        self.set_model_patch(patch, "output_block_patch")

    def set_model_emb_patch(self, patch: Function) -> None:
        """(emb, channels, options) -> emb, for the time embedding."""
        self.set_model_patch(patch, "emb_patch")

    def set_model_forward_timestep_embed_patch(self, patch: Function) -> None:
        """For video networks."""
        self.set_model_patch(patch, "forward_timestep_embed_patch")

    def set_model_double_block_patch(self, patch: Function) -> None:
        """For networks with double blocks."""
        self.set_model_patch(patch, "double_block")

    def set_model_post_input_patch(self, patch: Function) -> None:
        """For networks with double blocks."""
        self.set_model_patch(patch, "post_input")

    def disable_model_cfg1_optimization(self) -> None:
        """Have the unconditional prediction made at guidance scale 1 too."""
        self.model_options["disable_cfg1_optimization"] = True


def mask_function(function: Function) -> Function:
    """A mask function of a pack as ours, which takes model and sigmas by position; one of ours is itself."""
    if "extra_options" not in inspect.signature(function).parameters:
        return function

    def ours(sigma: Any, mask: Any, model: Any, sigmas: Any) -> Any:
        from nodes.compat.handles.parameterisation import shown

        view = SimpleNamespace(model_sampling=shown(model))
        view.inner_model = view
        return function(sigma, mask, extra_options={"model": view, "sigmas": sigmas})

    return ours
