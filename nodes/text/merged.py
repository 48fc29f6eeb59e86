"""Text encoders with patched weights, made once for all handles that have the same patches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary, WeakValueDictionary

from torch import Tensor

from nodes.text.encoder import TextEncoder

Patches: TypeAlias = Mapping[str, tuple[Any, ...]]
"""Weight name (transformers' layout) -> the patches of that weight, in the order in which they are applied."""

_merged: WeakKeyDictionary[TextEncoder, WeakValueDictionary[Hashable, TextEncoder]] = WeakKeyDictionary()
_lock = threading.Lock()


def merged(encoder: TextEncoder, patches: Patches, apply: Callable[[Tensor, tuple[Any, ...]], Tensor]) -> TextEncoder:
    """`encoder` with `apply(float32 weight, patches of it)` in place of every patched weight, rounded to float16.

    The encoder given is unchanged and shares the weights without patches. Names that it lacks are skipped. As long as
    somebody holds the result, equal patches give the same object.
    """
    wanted = {name: own for name, own in patches.items() if own and name in encoder.weights}
    if not wanted:
        return encoder
    key = frozenset(wanted.items())
    with _lock:
        known = _merged.setdefault(encoder, WeakValueDictionary())
        if (result := known.get(key)) is None:
            weights = {name: apply(encoder.weights[name].float(), own) for name, own in wanted.items()}
            known[key] = result = encoder.replaced(weights)
    return result
