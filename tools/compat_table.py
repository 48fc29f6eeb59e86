"""The table of docs/compat.md: what packs use of the reference, and what becomes of it here.

`python -m tools.compat_table` writes it anew.
"""

from __future__ import annotations

import importlib
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from graphcore import Folders
from nodes.builtin import pack
from nodes.compat import firewall
from nodes.compat.activation import Active
from nodes.compat.handles.base_model import CONFIGS, OTHERS
from nodes.compat.stubs import STUB

DOCUMENT = Path(__file__).parent.parent / "docs" / "compat.md"
START, END = "<!-- table: start -->\n", "<!-- table: end -->\n"
# What works in part, and what does not.
PARTIAL = {
    "comfy.clip_vision.ClipVisionModel": "our own class: `encode_image`",
    "comfy.hooks.HookKeyframeGroup": "made by packs; schedules that our own nodes make are tuples",
    "comfy.controlnet.ControlLora": "for `isinstance`; not made from tensors",
    "comfy.controlnet.ControlNet": "applied and chained; not made from a network",
    "comfy.controlnet.T2IAdapter": "for `isinstance`; not made from a network",
    "comfy.ldm.modules.diffusionmodules.openaimodel.UNetModel": "for `isinstance`; no network is made by it",
    "comfy.ldm.modules.attention.BasicTransformerBlock": "a layer; patches of models do not pass through it",
    "comfy.ldm.modules.attention.SpatialTransformer": "a layer; patches of models do not pass through it",
    "comfy.ldm.modules.diffusionmodules.openaimodel.SpatialTransformer": "the same",
    "comfy.model_base.BaseModel": "reads our models; not made from a configuration",
    "comfy.model_base.SD21UNCLIP": "for `isinstance`",
    "comfy.model_base.SDXL": "reads our models; not made from a configuration",
    "comfy.model_base.SDXLRefiner": "reads our models; not made from a configuration",
    "comfy.model_base.SDXL_instructpix2pix": "for `isinstance`",
    "comfy.model_patcher.ModelPatcher": "no object patches of single layers",
    "comfy.patcher_extension.CallbacksMP": "all but ON_DETACH, ON_PREPARE_STATE and those of hooks happen",
    "comfy.patcher_extension.WrappersMP": "all; what PREPARE_SAMPLING returns is not used",
    "comfy.sd1_clip.SD1ClipModel": "reads our text encoders; not made by packs",
    "comfy.sdxl_clip.SDXLClipG": "reads our text encoders; not made by packs",
    "comfy.sdxl_clip.SDXLClipModel": "reads our text encoders; not made by packs",
    "comfy.sdxl_clip.SDXLRefinerClipModel": "reads our text encoders; not made by packs",
    "comfy.sampler_helpers.get_additional_models": "none: models load themselves",
    "comfy.sd.CLIP": "not made from tensors",
    **{f"comfy.model_base.{name}": "for `isinstance`; no model is one" for name in OTHERS},
    **{f"comfy.supported_models.{name}": "for `isinstance`, and as a configuration" for name in CONFIGS},
    "comfy.supported_models_base.BASE": "what configurations have in common; to derive from",
    "comfy.sd.StyleModel": "our own class",
    "comfy_extras.nodes_lt.get_noise_mask": "without the masks that its guides add",
    "comfy_extras.chainner_models.model_loading.load_state_dict": "with the extra `upscale`",
}


def rows() -> list[tuple[str, str, str]]:
    """(symbol, state, note) for every listed name, and for those that `nodes` and `server` answer."""
    with tempfile.TemporaryDirectory() as folder:
        Active(Folders(folder), pack.nodes)
        found = []
        for module, names in sorted(firewall.listed().items()):
            loaded = importlib.import_module(module)
            found += [_row(f"{module}.{name}", getattr(loaded, name)) for name in sorted(names)]
        return found


def _row(symbol: str, value: Any) -> tuple[str, str, str]:
    if isinstance(value, type) and STUB in value.__dict__:
        return symbol, "stub", ""
    own = value.__name__.removeprefix(firewall.IMPLEMENTED) if isinstance(value, firewall.ProvidedModule) else ""
    if own and firewall.implementation(own) is None:
        return symbol, "stub", ""
    return (symbol, "partial", PARTIAL[symbol]) if symbol in PARTIAL else (symbol, "supported", "")


def table() -> str:
    """The table as Markdown, with a count."""
    found = rows()
    counts = Counter(state for _, state, _ in found)
    lines = [
        f"{len(found)} names: {counts['supported']} supported, {counts['partial']} partial, {counts['stub']} stubs.",
        "",
        "| symbol | state | |",
        "|---|---|---|",
        *(f"| `{symbol}` | {state} | {note} |" for symbol, state, note in found),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Write the table into the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    head, _, rest = text.partition(START)
    DOCUMENT.write_text(head + START + table() + END + rest.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
