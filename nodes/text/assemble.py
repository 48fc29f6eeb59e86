"""From what the encoders of a family say to one conditioning: a sequence [1,T,C] and a pooled vector [1,P]."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

_SD3_WIDTH, _SD3_L, _SD3_G = 4096, 768, 1280


class Encoding(NamedTuple):
    """One encoder's word on a whole prompt: the chunks joined [1,T,C], and the pooled state of the first [1,P]."""

    hidden: Tensor
    pooled: Tensor | None


def only(name: str) -> Callable[[Mapping[str, Encoding]], tuple[Tensor, Tensor | None]]:
    """The conditioning of a family with one encoder: what that one says."""

    def assemble(encodings: Mapping[str, Encoding]) -> tuple[Tensor, Tensor | None]:
        return encodings[name].hidden, encodings[name].pooled

    return assemble


def assemble_sdxl(encodings: Mapping[str, Encoding]) -> tuple[Tensor, Tensor | None]:
    """L and G side by side [1,T,768+1280], cut to the shorter; pooled is G's (Podell et al. 2023, section 2.1)."""
    return _side_by_side(encodings["l"].hidden, encodings["g"].hidden), encodings["g"].pooled


def assemble_sd3(encodings: Mapping[str, Encoding]) -> tuple[Tensor, Tensor | None]:
    """L and G side by side, zero-padded to T5's width, T5 behind [1,T,4096]; pooled [1,2048] (Esser et al. 2024).

    An encoder that is missing, or was given nothing, counts as zeros.
    """
    clip_l, clip_g, t5 = (encodings.get(name) for name in ("l", "g", "t5xxl"))
    parts = [F.pad(part, (0, _SD3_WIDTH - part.shape[-1])) for part in _sd3_clip(clip_l, clip_g)]
    parts += [t5.hidden] if t5 else []
    hidden = torch.cat(parts, dim=1) if parts else torch.zeros(1, 77, _SD3_WIDTH)
    pooled = [
        torch.zeros(1, width) if encoding is None or encoding.pooled is None else encoding.pooled
        for encoding, width in ((clip_l, _SD3_L), (clip_g, _SD3_G))
    ]
    return hidden, torch.cat(pooled, dim=1)


def _sd3_clip(clip_l: Encoding | None, clip_g: Encoding | None) -> list[Tensor]:
    if clip_l and clip_g:
        return [_side_by_side(clip_l.hidden, clip_g.hidden)]
    if clip_g:
        return [F.pad(clip_g.hidden, (_SD3_L, 0))]
    return [clip_l.hidden] if clip_l else []


def _side_by_side(left: Tensor, right: Tensor) -> Tensor:
    length = min(left.shape[1], right.shape[1])
    return torch.cat([left[:, :length], right[:, :length]], dim=-1)
