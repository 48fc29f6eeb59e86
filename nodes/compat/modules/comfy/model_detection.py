"""`comfy.model_detection`: where in a file the diffusion network is, and how deep its stacks are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

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
