"""The shipped model as users drive it: installed nodes, called by name, on its files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from graphcore import Folders, Run
from graphcore.job import Job
from graphcore.testing import call
from nodes.models.default import FOLDER
from tools.default_model.sheet import GUIDANCE, STEPS

CHECKPOINT, EDGES, OUTLINES = (
    "graphcore-default.safetensors",
    "graphcore-default-edges.safetensors",
    "graphcore-default-outlines.safetensors",
)
Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Studio:
    """Paints with the model files in `folder`, which is laid out as `models/`."""

    folder: Path = FOLDER
    steps: int = STEPS
    cfg: float = GUIDANCE
    sampler: str = "euler"
    scheduler: str = "karras"

    @cached_property
    def run(self) -> Run:
        """A silent run whose model files are those in `folder`."""
        return Run(Job(Folders(models=[self.folder])), "0")

    @cached_property
    def checkpoint(self) -> Any:
        """MODEL, CLIP and VAE."""
        return call("CheckpointLoaderSimple", self.run, ckpt_name=CHECKPOINT)

    def text(self, words: str, clip: Any = None) -> Any:
        """CONDITIONING of a prompt."""
        return call("CLIPTextEncode", self.run, text=words, clip=clip or self.checkpoint.CLIP).CONDITIONING

    def paint(self, prompt: str, seed: int, negative: str = "", cfg: float | None = None) -> Picture:
        """A picture [128,128,3] of a prompt, with a guidance of its own if need be."""
        return self.sample(self.text(prompt), self.text(negative), self.empty(), seed, cfg=cfg)

    def repaint(self, picture: Picture, prompt: str, seed: int, denoise: float) -> Picture:
        """The picture again, as a prompt says: from 0 (nothing changes) to 1 (nothing stays)."""
        pixels = _image(picture)
        latent = call("VAEEncode", self.run, pixels=pixels, vae=self.checkpoint.VAE).LATENT
        return self.sample(self.text(prompt), self.text(""), latent, seed, denoise=denoise)

    def enlarge(self, picture: Picture, prompt: str, seed: int, denoise: float = 0.5) -> Picture:
        """Twice as large, painted again at that size."""
        larger = Image.fromarray(picture).resize((2 * picture.shape[1], 2 * picture.shape[0]), Image.Resampling.BICUBIC)
        return self.repaint(np.asarray(larger), prompt, seed, denoise)

    def trace(self, source: Picture, prompt: str, seed: int, low: float = 0.1, high: float = 0.3) -> Picture:
        """A picture of a prompt along the edges of another picture."""
        edges = call("Canny", self.run, image=_image(source), low_threshold=low, high_threshold=high).IMAGE
        net = call("ControlNetLoader", self.run, control_net_name=EDGES).CONTROL_NET
        told = call(
            "ControlNetApplyAdvanced",
            self.run,
            positive=self.text(prompt),
            negative=self.text(""),
            control_net=net,
            image=edges,
            strength=1.0,
        )
        return self.sample(told.positive, told.negative, self.empty(), seed)

    def outline(self, prompt: str, seed: int, strength: float) -> Picture:
        """A picture of a prompt in the style of the LoRA that ships."""
        styled = call(
            "LoraLoader",
            self.run,
            model=self.checkpoint.MODEL,
            clip=self.checkpoint.CLIP,
            lora_name=OUTLINES,
            strength_model=strength,
            strength_clip=strength,
        )
        prompted, bare = self.text(prompt, styled.CLIP), self.text("", styled.CLIP)
        return self.sample(prompted, bare, self.empty(), seed, model=styled.MODEL)

    def empty(self) -> Any:
        """An empty LATENT of the size that the model learned at."""
        return call("EmptyLatentImage", self.run, width=128, height=128).LATENT

    def sample(
        self,
        positive: Any,
        negative: Any,
        latent: Any,
        seed: int,
        *,
        denoise: float = 1.0,
        model: Any = None,
        cfg: float | None = None,
    ) -> Picture:
        """What KSampler and VAEDecode make of it."""
        sampled = call(
            "KSampler",
            self.run,
            model=model or self.checkpoint.MODEL,
            positive=positive,
            negative=negative,
            latent_image=latent,
            seed=seed,
            steps=self.steps,
            cfg=self.cfg if cfg is None else cfg,
            sampler_name=self.sampler,
            scheduler=self.scheduler,
            denoise=denoise,
        ).LATENT
        image = call("VAEDecode", self.run, samples=sampled, vae=self.checkpoint.VAE).IMAGE[0]
        picture: Picture = (image * 255).round().byte().numpy()
        return picture


def _image(picture: Picture) -> torch.Tensor:
    """An IMAGE [1,H,W,3]."""
    return torch.from_numpy(picture.astype(np.float32))[None] / 255
