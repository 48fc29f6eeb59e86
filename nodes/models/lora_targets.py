"""Which weight each name in a LoRA file means: trainers name the same weight in many ways."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from nodes.models.model import PREFIX
from nodes.models.unet_keys import to_diffusers
from nodes.models.unet_shape import UNetShape


def model_targets(names: Iterable[str], shape: UNetShape) -> dict[str, str]:
    """Target name -> weight name, for the weights of a UNet as patches name them."""
    names = list(names)
    weights = [name.removeprefix(PREFIX) for name in names if name.endswith(".weight")]
    targets = {name: name for name in names if not name.endswith(".weight")}  # biases go by their whole name
    for name in weights:
        module, weight = name.removesuffix(".weight"), PREFIX + name
        targets[f"lora_unet_{_flat(module)}"] = targets[f"{PREFIX}{module}"] = weight
    for name, there in to_diffusers(weights, shape).items():
        module, weight = there.removesuffix(".weight"), PREFIX + name
        targets |= dict.fromkeys((f"lora_unet_{_flat(module)}", f"lycoris_{_flat(module)}"), weight)
        targets |= dict.fromkeys(_dotted(module), weight)
    return targets


def clip_targets(encoder: str, names: Iterable[str], has_l: bool) -> dict[str, str]:
    """Target name -> weight name, for the text encoder called `encoder` ("l", "g", "h") in transformers' layout.

    CLIP-G is the second encoder where CLIP-L is (`has_l`), and the only one elsewhere.
    """
    second = encoder == "g" and has_l
    flat = ("lora_te2_",) if second else ("lora_te_", "lora_prior_te_") if encoder == "g" else ("lora_te_", "lora_te1_")
    dotted = "text_encoder_2." if second else "text_encoder."
    targets = {}
    for name in names:
        if not name.endswith(".weight"):
            continue
        module = name.removesuffix(".weight")
        targets[f"text_encoders.clip_{encoder}.transformer.{module}"] = name
        if ".encoder.layers." in module and ".layer_norm" not in module:
            targets |= dict.fromkeys((prefix + _flat(module) for prefix in flat), name)
            targets[dotted + module] = name
        elif module == "text_projection" and encoder == "g":
            targets["lora_te2_text_projection"] = name
    return targets


def _flat(module: str) -> str:
    return module.replace(".", "_")


def _dotted(module: str) -> Iterator[str]:
    """The dotted forms of a diffusers module, with and without the level that old versions put before projections."""
    for form in (module, module.replace(".to_", ".processor.to_")):
        for prefix in ("", "unet."):
            yield prefix + form
            yield prefix + form.removesuffix(".0") if form.endswith(".to_out.0") else prefix + form
