"""`comfy_extras.nodes_custom_sampler`: our nodes as classes, and what starts a sampling."""

from __future__ import annotations

from nodes.guidance.start_noise import NoNoise as Noise_EmptyNoise
from nodes.guidance.start_noise import RandomNoise as Noise_RandomNoise

__all__ = ["Noise_EmptyNoise", "Noise_RandomNoise"]
