"""Text encoders with patched weights, made once for all handles that have the same patches."""

from __future__ import annotations

import threading
from collections.abc import Hashable
from weakref import WeakKeyDictionary, WeakValueDictionary

from nodes.models.patches import Patches, apply_patches
from nodes.text.encoder import TextEncoder

_merged: WeakKeyDictionary[TextEncoder, WeakValueDictionary[Hashable, TextEncoder]] = WeakKeyDictionary()
_lock = threading.Lock()


def merged(encoder: TextEncoder, patches: Patches) -> TextEncoder:
    """`encoder` with every patched weight computed in float32 and rounded to float16 once.

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
            weights = {name: apply_patches(encoder.weights[name].float(), own) for name, own in wanted.items()}
            known[key] = result = encoder.replaced(weights)
    return result
