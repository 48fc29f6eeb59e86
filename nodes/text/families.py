"""How each family of diffusion models reads its text encoders."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from nodes.text.assemble import Encoding, assemble_sd3, assemble_sdxl, only
from nodes.text.chunks import TokenizerSpec
from nodes.text.tokenizer import END


@dataclass(frozen=True, slots=True)
class EncoderRule:
    """One encoder's part in a family.

    `key` is its name in embedding files and in the `graphcore.config` metadata. `layer`, `normalise` and `masked` are
    the defaults of `TextEncoder.run`. `pooled` says which pooled state the family uses, None if it uses none.
    """

    key: str
    tokens: TokenizerSpec
    hidden_act: str
    layer: int | None = None
    normalise: bool = True
    pooled: Literal["raw", "projected"] | None = "projected"
    masked: bool = False


@dataclass(frozen=True, slots=True)
class TextFamily:
    """Encoders by name, and how what they say (by the same names, chunks joined) becomes one conditioning.

    `optional` families make do with whichever of the encoders are there.
    """

    name: str
    encoders: Mapping[str, EncoderRule]
    assemble: Callable[[Mapping[str, Encoding]], tuple[Tensor, Tensor | None]]
    optional: bool = False


_L = TokenizerSpec(pad=END)
_G = _H = TokenizerSpec(pad=0)


def _clip_l(layer: int | None, normalise: bool, pooled: Literal["raw"] | None) -> EncoderRule:
    return EncoderRule("clip_l", _L, "quick_gelu", layer, normalise, pooled)


_PENULTIMATE_G = EncoderRule("clip_g", _G, "gelu", layer=-2, normalise=False)

SD1 = TextFamily("sd1", {"l": _clip_l(None, True, "raw")}, only("l"))
SD2 = TextFamily("sd2", {"h": EncoderRule("clip_h", _H, "gelu", layer=-2)}, only("h"))
SDXL = TextFamily("sdxl", {"g": _PENULTIMATE_G, "l": _clip_l(-2, False, None)}, assemble_sdxl)
REFINER = TextFamily("refiner", {"g": _PENULTIMATE_G}, only("g"))
SD3 = TextFamily("sd3", {"g": _PENULTIMATE_G, "l": _clip_l(-2, False, "raw")}, assemble_sd3, optional=True)
CASCADE = TextFamily(
    "cascade",
    {"g": EncoderRule("clip_g", _L, "gelu", layer=-1, normalise=False, masked=True)},
    only("g"),
)

FAMILIES: Mapping[str, TextFamily] = {f.name: f for f in (SD1, SD2, SDXL, REFINER, SD3, CASCADE)}
