"""`comfy.model_base` and `comfy.supported_models`: families, parameterisations, embeddings."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from nodes.compat.handles.base_model import BASE, CONFIGS, BaseModel
from nodes.compat.handles.parameterisation import CONST, ModelSamplingDiscreteFlow
from nodes.compat.modules.comfy import model_base, supported_models, supported_models_base
from nodes.models.checkpoint import load_checkpoint


def test_a_family_is_told_by_its_classes(tiny_models: Path) -> None:
    model = BaseModel.of(load_checkpoint(tiny_models / "models" / "checkpoints" / "sdxl_tiny.safetensors").model)
    assert isinstance(model, model_base.SDXL)
    assert isinstance(model.model_config, CONFIGS["SDXL"])
    assert isinstance(model.model_config, supported_models_base.BASE)
    assert not isinstance(model, model_base.__dict__["QwenImage"])
    assert CONFIGS["Flux"] in supported_models.models
    assert model.model_config.unet_config["context_dim"] is not None


def test_a_pack_may_define_a_family_of_its_own() -> None:
    class Mine(BASE):
        unet_config = {"image_model": "mine"}  # noqa: RUF012

    made = Mine({"image_model": "mine", "depth": 3})
    assert Mine.matches({"image_model": "mine", "depth": 9})
    assert not Mine.matches({"image_model": "other"})
    made.set_inference_dtype(torch.float16, torch.float32)
    assert made.unet_config == {"image_model": "mine", "depth": 3, "dtype": torch.float16}
    assert Mine.unet_config == {"image_model": "mine"}


def test_the_parameterisation_of_a_kind_of_model() -> None:
    config = SimpleNamespace(sampling_settings={"shift": 3.0})
    made = model_base.model_sampling(config, model_base.ModelType.FLOW)
    assert isinstance(made, ModelSamplingDiscreteFlow)
    assert isinstance(made, CONST)
    assert made.shift == 3.0


def test_embeddings() -> None:
    assert model_base.Timestep(6)(torch.tensor([0.0, 1.0])).shape == (2, 6)
    augment = model_base.CLIPEmbeddingNoiseAugmentation(timestep_dim=8)
    noised, level = augment(torch.zeros(2, 8), torch.tensor([0, 999]), seed=1)
    assert noised[0].abs().max() < 0.1 < noised[1].abs().max()
    assert level.shape == (2, 8)
    assert float(model_base.sdxl_pooled({"pooled_output": torch.ones(1, 4)}, augment).sum()) == 4
    picture = {"clip_vision_output": SimpleNamespace(image_embeds=torch.ones(1, 4)), "strength": 2.0}
    told = model_base.sdxl_pooled({"unclip_conditioning": [{**picture, "noise_augmentation": 0.0}]}, augment)
    assert told.shape == (1, 4)
    assert float(told.mean()) == pytest.approx(2.0, abs=0.1)
