"""Enlarging pictures by models made for that."""

from __future__ import annotations

from typing import Annotated

from graphcore import Image, ModelFile, Run, UpscaleModel
from nodes.builtin.pack import pack


@pack.node(id="UpscaleModelLoader", title="Load Upscale Model", category="loaders", lane="io")
def load_upscale_model(model_name: Annotated[str, ModelFile("upscale_models")], *, run: Run) -> UpscaleModel:
    """A model that enlarges pictures: ESRGAN, SwinIR, HAT, DAT and many others."""
    from nodes.models.upscale import load_upscale_model

    return load_upscale_model(run.folders.find("upscale_models", model_name))


@pack.node(id="ImageUpscaleWithModel", title="Upscale Image (using Model)", category="image/upscaling")
def upscale_with_model(upscale_model: UpscaleModel, image: Image, *, run: Run) -> Image:
    """Enlarge pictures by the factor that the model was made for."""
    enlarged: Image = upscale_model.enlarge(image, run.progress)
    return enlarged
