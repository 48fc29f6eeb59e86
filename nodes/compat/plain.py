"""Libraries that the reference's modules import and packs take from there: `comfy.utils.torch`, `import *`."""

from __future__ import annotations

import importlib
import sys
from typing import Any


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# Where something goes by another name than its own: (module, what in it; empty for the module itself).
RENAMED = {
    "BytesIO": ("io", "BytesIO"),
    "F": ("torch.nn.functional", ""),
    "Image": ("PIL.Image", ""),
    "ImageOps": ("PIL.ImageOps", ""),
    "ImageSequence": ("PIL.ImageSequence", ""),
    "PngInfo": ("PIL.PngImagePlugin", "PngInfo"),
    "nn": ("torch.nn", ""),
    "np": ("numpy", ""),
    "partial": ("functools", "partial"),
    "rearrange": ("einops", "rearrange"),
    "repeat": ("einops", "repeat"),
    "th": ("torch", ""),
} | {name: ("typing", name) for name in _words("Any Callable Dict List Literal NamedTuple Optional Tuple Union")}
SAME = frozenset(
    _words(
        "aiohttp asyncio collections comfy contextlib copy einops execution folder_paths functools gc glob hashlib "
        "importlib inspect itertools json latent_preview logging math mimetypes node_helpers nodes os platform psutil "
        "random re safetensors scipy shutil socket ssl struct sys tempfile threading time torch torchsde tqdm "
        "traceback typing urllib uuid warnings"
    )
)
WITH = {"safetensors": "safetensors.torch", "scipy": "scipy.stats", "importlib": "importlib.util"}  # come along

# What `from MODULE import *` gives of them, beside the module's own names.
STAR = {
    "nodes": _words(
        "torch os sys json hashlib inspect traceback math time random logging Image ImageOps ImageSequence PngInfo np "
        "safetensors comfy folder_paths latent_preview node_helpers importlib"
    ),
    "server": _words(
        "os sys asyncio traceback nodes folder_paths execution uuid json glob struct ssl socket Image ImageOps PngInfo "
        "BytesIO aiohttp logging mimetypes"
    ),
    "comfy.utils": _words("torch math struct safetensors np Image logging itertools"),
    "comfy.ldm.modules.attention": _words("math torch F nn logging rearrange repeat Any Optional"),
    "comfy.ldm.modules.diffusionmodules.openaimodel": _words("th nn F logging rearrange"),
    "comfy.samplers": _words("torch math logging collections scipy partial np"),
}


def plain(name: str) -> Any:
    """The library of that name, or None: it is none that the reference has, or is not installed here."""
    module, attribute = RENAMED.get(name, (name, ""))
    if name not in RENAMED and name not in SAME:
        return None
    try:
        importlib.import_module(WITH.get(module, module))
    except ImportError:
        return None
    found = sys.modules[module]
    return getattr(found, attribute) if attribute else found


def starred(module: str) -> list[str]:
    """Those of them that are there, for `__all__`."""
    return [name for name in STAR.get(module, ()) if plain(name) is not None]
