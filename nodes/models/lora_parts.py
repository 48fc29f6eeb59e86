"""A LoRA file's tensors put together to adapters, whatever the trainer called them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from nodes.models.adapters import Boft, Difference, Glora, LoHa, LoKr, Lora, Oft, Replacement
from nodes.models.patches import Adapter

# The end of a tensor's name -> its part in the adapter. What comes before is the target.
_PAIRS = (
    (".lora_up.weight", ".lora_down.weight"),
    ("_lora.up.weight", "_lora.down.weight"),
    (".lora_B.weight", ".lora_A.weight"),
    (".lora.up.weight", ".lora.down.weight"),
    (".lora_B", ".lora_A"),
    (".lora_linear_layer.up.weight", ".lora_linear_layer.down.weight"),
    (".lora_B.default.weight", ".lora_A.default.weight"),
)
_PARTS = {
    **{up: "up" for up, _ in _PAIRS},
    **{down: "down" for _, down in _PAIRS},
    ".lora_mid.weight": "mid",
    ".reshape_weight": "reshape",
    **{f".{kind}_{part}": f"{kind}_{part}" for kind in ("hada", "lokr") for part in ("w1_a", "w1_b", "w2_a", "w2_b")},
    **{f".{part}": part for part in ("hada_t1", "hada_t2", "lokr_w1", "lokr_w2", "lokr_t2")},
    **{f".{part}.weight": part for part in ("a1", "a2", "b1", "b2")},
    **{f".{part}": part for part in ("alpha", "dora_scale", "oft_blocks", "rescale")},
    **{f".{part}": part for part in ("w_norm", "b_norm", "diff", "diff_b", "set_weight")},
}
_ENDS = {"up": ".lora_up.weight", "down": ".lora_down.weight", "mid": ".lora_mid.weight", "reshape": ".reshape_weight"}
_BY_LENGTH = sorted(_PARTS, key=len, reverse=True)

Parts = Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class Change:
    """What a file does to one target: to its weight, to its bias."""

    weight: Adapter | None
    bias: Adapter | None


def grouped(tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """The adapters' tensors by target, then by part; tensors of no known form are left out."""
    targets: dict[str, dict[str, Tensor]] = {}
    for name in tensors:
        suffix = next((end for end in _BY_LENGTH if name.endswith(end)), None)
        if suffix is not None:
            targets.setdefault(name.removesuffix(suffix), {})[_PARTS[suffix]] = tensors[name]
    return targets


def tensor_name(target: str, part: str) -> str:
    """What a file calls a part of a target's adapter; of several forms, the one that most trainers write."""
    return target + _ENDS.get(part, f".{part}.weight" if len(part) == 2 else f".{part}")


def change_of(parts: Parts) -> Change | None:
    """What a target's tensors do to it; None if they make no complete adapter."""
    weight = _replacing(parts) or _adapter(parts)
    bias = next((Difference(parts[part]) for part in ("diff_b", "b_norm") if part in parts), None)
    return Change(weight, bias) if weight or bias else None


def _replacing(parts: Parts) -> Adapter | None:
    """The plain forms, which come before any other that the file may also hold."""
    if "set_weight" in parts:
        return Replacement(parts["set_weight"])
    return next((Difference(parts[part]) for part in ("diff", "w_norm") if part in parts), None)


def _adapter(parts: Parts) -> Adapter | None:
    alpha = float(parts["alpha"].float().reshape(-1)[0]) if "alpha" in parts and parts["alpha"].numel() else None
    if "oft_blocks" in parts:
        blocks = parts["oft_blocks"]
        if blocks.dim() == 4:
            return Boft(blocks, alpha, parts.get("rescale"))
        return Oft(blocks, alpha) if blocks.dim() == 3 else None
    return _added(parts, alpha, parts.get("dora_scale"))


def _added(parts: Parts, alpha: float | None, dora: Tensor | None) -> Adapter | None:
    if {"a1", "a2", "b1", "b2"} <= parts.keys():
        factors = {part: parts[part] for part in ("a1", "a2", "b1", "b2")}
        return Glora(alpha=alpha, dora_scale=dora, **factors)
    w1, w2 = _factor(parts, "lokr_w1"), _factor(parts, "lokr_w2")
    if w1 is not None and w2 is not None:
        return LoKr(alpha=alpha, dora_scale=dora, w1=w1, w2=w2, core=parts.get("lokr_t2"))
    w1, w2 = _factor(parts, "hada_w1"), _factor(parts, "hada_w2")
    if isinstance(w1, tuple) and isinstance(w2, tuple):
        cores = (parts["hada_t1"], parts["hada_t2"]) if {"hada_t1", "hada_t2"} <= parts.keys() else None
        return LoHa(alpha=alpha, dora_scale=dora, w1=w1, w2=w2, cores=cores)
    if "up" in parts and "down" in parts:
        reshape = tuple(int(size) for size in parts["reshape"].tolist()) if "reshape" in parts else None
        up, down, mid = parts["up"], parts["down"], parts.get("mid")
        return Lora(alpha=alpha, dora_scale=dora, up=up, down=down, mid=mid, reshape=reshape)
    return None


def _factor(parts: Parts, name: str) -> Tensor | tuple[Tensor, Tensor] | None:
    """A factor that is stored whole, or as two whose product it is."""
    if name in parts:
        return parts[name]
    a, b = parts.get(f"{name}_a"), parts.get(f"{name}_b")
    return None if a is None or b is None else (a, b)
