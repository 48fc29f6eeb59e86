"""`comfy.patcher_extension`: where models can be wrapped, and how wrappers are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nodes.compat.handles.model_patcher import merged_wrappers
from nodes.compat.handles.wrapping import WrapperExecutor
from nodes.compat.stubs import ProvidedType

__all__ = ["WrapperExecutor"]


class CallbacksMP(metaclass=ProvidedType):
    """Moments in a model's life. on_clone, on_pre_run and on_cleanup happen; models load themselves."""

    ON_CLONE = "on_clone"
    ON_LOAD = "on_load_after"
    ON_DETACH = "on_detach_after"
    ON_CLEANUP = "on_cleanup"
    ON_PRE_RUN = "on_pre_run"
    ON_PREPARE_STATE = "on_prepare_state"
    ON_APPLY_HOOKS = "on_apply_hooks"
    ON_REGISTER_ALL_HOOK_PATCHES = "on_register_all_hook_patches"
    ON_INJECT_MODEL = "on_inject_model"
    ON_EJECT_MODEL = "on_eject_model"

    @classmethod
    def init_callbacks(cls) -> dict[str, dict[Any, list[Any]]]:
        """An empty table."""
        return {}


class WrappersMP(metaclass=ProvidedType):
    """Functions that can be wrapped."""

    OUTER_SAMPLE = "outer_sample"
    PREPARE_SAMPLING = "prepare_sampling"
    SAMPLER_SAMPLE = "sampler_sample"
    PREDICT_NOISE = "predict_noise"
    CALC_COND_BATCH = "calc_cond_batch"
    APPLY_MODEL = "apply_model"
    DIFFUSION_MODEL = "diffusion_model"

    @classmethod
    def init_wrappers(cls) -> dict[str, dict[Any, list[Any]]]:
        """An empty table."""
        return {}


class PatcherInjection:
    """A pair of functions that put something into a network and take it out again."""

    def __init__(self, inject: Callable[..., Any], eject: Callable[..., Any]):
        self.inject, self.eject = inject, eject


def _table(options: dict[str, Any], name: str, is_model_options: bool) -> dict[str, Any]:
    holder = options.setdefault("transformer_options", {}) if is_model_options else options
    table: dict[str, Any] = holder.setdefault(name, {})
    return table


def add_wrapper_with_key(
    wrapper_type: str, key: Any, wrapper: Callable[..., Any], options: dict[str, Any], is_model_options: bool = False
) -> None:
    """Put a function around a station of sampling, in transformer options or model options."""
    _table(options, "wrappers", is_model_options).setdefault(wrapper_type, {}).setdefault(key, []).append(wrapper)


def add_wrapper(
    wrapper_type: str, wrapper: Callable[..., Any], options: dict[str, Any], is_model_options: bool = False
) -> None:
    """The same without a key."""
    add_wrapper_with_key(wrapper_type, None, wrapper, options, is_model_options)


def add_callback_with_key(
    call_type: str, key: Any, callback: Callable[..., Any], options: dict[str, Any], is_model_options: bool = False
) -> None:
    """Have a function called at a moment."""
    _table(options, "callbacks", is_model_options).setdefault(call_type, {}).setdefault(key, []).append(callback)


def add_callback(
    call_type: str, callback: Callable[..., Any], options: dict[str, Any], is_model_options: bool = False
) -> None:
    """The same without a key."""
    add_callback_with_key(call_type, None, callback, options, is_model_options)


def get_wrappers_with_key(
    wrapper_type: str, key: Any, options: dict[str, Any], is_model_options: bool = False
) -> list[Any]:
    """Those of a key."""
    return list(_table(options, "wrappers", is_model_options).get(wrapper_type, {}).get(key, ()))


def get_all_wrappers(wrapper_type: str, options: dict[str, Any], is_model_options: bool = False) -> list[Any]:
    """Those of all keys."""
    by_key = _table(options, "wrappers", is_model_options).get(wrapper_type, {})
    return [wrapper for listed in by_key.values() for wrapper in listed]


def get_all_callbacks(call_type: str, options: dict[str, Any], is_model_options: bool = False) -> list[Any]:
    """Those of all keys."""
    by_key = _table(options, "callbacks", is_model_options).get(call_type, {})
    return [callback for listed in by_key.values() for callback in listed]


def merge_nested_dicts(dict1: dict[Any, Any], dict2: dict[Any, Any], copy_dict1: bool = True) -> dict[Any, Any]:
    """Two tables as one."""
    return merged_wrappers(dict1, dict2)


def copy_nested_dicts(input_dict: dict[Any, Any]) -> dict[Any, Any]:
    """A table to change."""
    return merged_wrappers(input_dict, {})
