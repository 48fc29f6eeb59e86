"""Latents are encoded once, in model space, and belong to their chunk's scenes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nodes.sampling.latent_formats import SD1
from tools.default_model import latents
from tools.default_model.draw import render
from tools.default_model.latents import Collection, Large, chunk_latents, chunk_scenes
from tools.default_model.vae import new_vae, to_tensor


@pytest.fixture
def vae(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(latents, "CHUNK", 5)
    torch.manual_seed(0)
    return new_vae()


def test_latents_are_those_of_the_scenes(vae: Any, tmp_path: Path) -> None:
    encoded = chunk_latents(tmp_path, vae, 2)
    assert encoded.shape == (5, 4, 16, 16)
    picture = render(chunk_scenes(2)[3])
    with torch.no_grad():
        mean = vae.encode(to_tensor(picture[None])).latent_dist.mean
    np.testing.assert_allclose(encoded[3], SD1.process_in(mean)[0].numpy(), atol=2e-3)


def test_a_chunk_is_encoded_once(vae: Any, tmp_path: Path) -> None:
    first = chunk_latents(tmp_path, vae, 0)
    assert np.array_equal(first, chunk_latents(tmp_path, None, 0))


def test_a_collection_grows_with_the_steps(vae: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latents, "CHUNKS", 2)
    collection = Collection(tmp_path, vae)
    assert [len(collection(step)[0]) for step in (0, 399, 400, 9000)] == [5, 5, 10, 10]
    stored, scenes = collection(9000)
    assert len(scenes) == 10
    assert scenes[7] == chunk_scenes(1)[2]
    assert np.array_equal(stored[5:], chunk_latents(tmp_path, None, 1))
    assert len(Collection(tmp_path, None)(9000)[0]) == 10


def test_chunks_and_styles_differ(vae: Any, tmp_path: Path) -> None:
    plain = chunk_latents(tmp_path, vae, 0)
    assert not np.array_equal(plain, chunk_latents(tmp_path, vae, 1))
    assert not np.array_equal(plain, chunk_latents(tmp_path, vae, 0, outlined=True))


def test_large_latents_are_those_of_larger_pictures(vae: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(latents, "LARGE", 3)
    stored, scenes = Large(tmp_path, vae)(0)
    assert stored.shape == (3, 4, 32, 32)
    with torch.no_grad():
        mean = vae.encode(to_tensor(render(scenes[1], size=256)[None])).latent_dist.mean
    np.testing.assert_allclose(stored[1], SD1.process_in(mean)[0].numpy(), atol=2e-3)
    assert np.array_equal(stored, Large(tmp_path, None)(0)[0])
