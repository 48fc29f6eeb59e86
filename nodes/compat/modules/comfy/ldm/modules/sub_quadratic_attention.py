"""`comfy.ldm.modules.sub_quadratic_attention`: attention that never holds all scores (https://arxiv.org/abs/2112.05682).

torch's own attention does not either, so it does the work.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention


def efficient_dot_product_attention(query: Tensor, key_t: Tensor, value: Tensor, *_: Any, **options: Any) -> Tensor:
    """query [B,T,D], key_t [B,D,S], value [B,S,D]: [B,T,D]. `mask` is added to the scores, or boolean."""
    return scaled_dot_product_attention(query, key_t.transpose(1, 2), value, attn_mask=options.get("mask"))
