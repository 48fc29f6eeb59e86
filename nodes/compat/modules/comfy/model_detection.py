"""`comfy.model_detection`: where in a file the diffusion network is, and what it is built like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from torch import Tensor

from graphcore.errors import ModelError
from nodes.compat.handles.base_model import BASE, config_of
from nodes.compat.handles.unet_names import levels_of
from nodes.models.family import Family, detect
from nodes.models.unet_keys import from_diffusers

PREFIXES = ("model.diffusion_model.", "model.model.", "net.")
LEAST = 5  # parameters under a prefix, below which it is not that of a network
OTHERWISE = "model."


def unet_prefix_from_state_dict(state_dict: Iterable[str]) -> str:
    """The prefix of the diffusion network's parameters: the most frequent one that is known, else "model."."""
    counts = Counter(prefix for name in state_dict for prefix in PREFIXES if name.startswith(prefix))
    prefix, count = max(counts.items(), key=lambda item: item[1], default=(OTHERWISE, 0))
    return prefix if count > LEAST else OTHERWISE


def count_blocks(state_dict_keys: Iterable[str], prefix_string: str) -> int:
    """How many blocks follow each other: `prefix_string` has a place {} for their numbers, from 0 on."""
    names, count = list(state_dict_keys), 0
    while any(name.startswith(prefix_string.format(count)) for name in names):
        count += 1
    return count


def model_config_from_unet(
    state_dict: Mapping[str, Tensor],
    unet_key_prefix: str,
    use_base_if_no_match: bool = False,
    metadata: Any = None,
) -> Any:
    """The configuration of the family whose network lies under a prefix; None (or a `BASE`) for no family of ours."""
    family = _family(state_dict, unet_key_prefix)
    if family is None:
        return BASE({}) if use_base_if_no_match else None
    return config_of(family)


def detect_unet_config(
    state_dict: Mapping[str, Tensor], key_prefix: str, metadata: Any = None
) -> dict[str, Any] | None:
    """How the network under a prefix is built; None for no family of ours."""
    family = _family(state_dict, key_prefix)
    return None if family is None else dict(config_of(family).unet_config)


def unet_config_from_diffusers_unet(state_dict: Mapping[str, Tensor], dtype: Any = None) -> dict[str, Any] | None:
    """How a network in diffusers' layout is built; None for no family of ours."""
    family = _family({here: state_dict[there] for there, here in from_diffusers(state_dict).items()}, "")
    return None if family is None else {**config_of(family).unet_config, "dtype": dtype}


def convert_config(unet_config: Mapping[str, Any]) -> dict[str, Any]:
    """Older configurations as newer ones are: blocks for each level, transformer depths for each block."""
    config = dict(unet_config)
    levels = len(config.get("channel_mult", ()))
    counts = config["num_res_blocks"] = levels_of(config.get("num_res_blocks", 2), levels)
    depths, resolutions = config.get("transformer_depth", 1), config.pop("attention_resolutions", None)
    if isinstance(depths, int) or (resolutions is not None and len(depths) == levels):
        each = [depths] * levels if isinstance(depths, int) else list(depths)
        has = [resolutions is None or 2**level in resolutions for level in range(levels)]
        kept = [depth if attends else 0 for depth, attends in zip(each, has, strict=True)]
        config["transformer_depth"] = [d for d, count in zip(kept, counts, strict=True) for _ in range(count)]
        config["transformer_depth_output"] = [
            d for d, count in zip(kept, counts, strict=True) for _ in range(count + 1)
        ]
        config.setdefault("transformer_depth_middle", each[-1] if each else 0)
    return config


def _family(tensors: Mapping[str, Tensor], prefix: str) -> Family | None:
    unet = {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
    try:
        return detect(tensors, prefix, unet)
    except ModelError:
        return None
