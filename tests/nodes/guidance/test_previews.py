"""Previews: by which decoder, and how often."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from graphcore import Folders
from graphcore.preview_method import SETTING, PreviewMethod
from nodes.guidance.previews import INTERVAL, Previewer, _loaded, decoder_for
from nodes.sampling.latent_formats import SD1, SDXL, LatentFormat


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    _loaded.cache_clear()
    (tmp_path / "models" / "vae_approx").mkdir(parents=True)
    return Folders(tmp_path)


def put_decoder(folders: Folders, name: str) -> None:
    from diffusers.models.autoencoders.autoencoder_tiny import AutoencoderTiny

    weights = {n: t.contiguous() for n, t in AutoencoderTiny().state_dict().items() if n.startswith("decoder.")}
    save_file(weights, folders.roots("vae_approx")[0] / name)


def test_without_a_decoder_the_picture_is_as_small_as_the_latent(folders: Folders) -> None:
    picture = Previewer(SD1, folders)(torch.zeros(2, 4, 6, 5))
    assert picture is not None
    assert picture.size == (5, 6)
    assert Previewer(LatentFormat("unknown"), folders)(torch.zeros(2, 4, 6, 5)) is None


def test_with_its_decoder_it_is_a_whole_picture(folders: Folders) -> None:
    put_decoder(folders, "taesd_decoder.safetensors")
    picture = Previewer(SD1, folders)(torch.zeros(2, 4, 6, 5))
    assert picture is not None
    assert picture.size == (40, 48)
    assert decoder_for(SDXL, folders) is None


def test_previews_are_made_by_the_method_that_is_set(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> None:
    put_decoder(folders, "taesd_decoder.safetensors")
    sizes = {}
    for method in PreviewMethod:
        monkeypatch.setenv(SETTING, method)
        picture = Previewer(SD1, folders)(torch.zeros(2, 4, 6, 5))
        sizes[method] = None if picture is None else picture.size
    assert sizes == {"none": None, "auto": (40, 48), "latent2rgb": (5, 6), "taesd": (40, 48)}


def test_a_damaged_decoder_is_named_and_done_without(folders: Folders, caplog: pytest.LogCaptureFixture) -> None:
    (folders.roots("vae_approx")[0] / "taesd_decoder.safetensors").write_bytes(b"nonsense")
    with caplog.at_level(logging.WARNING):
        picture = Previewer(SD1, folders)(torch.zeros(2, 4, 6, 5))
    assert picture is not None
    assert picture.size == (5, 6)
    assert "taesd_decoder.safetensors" in caplog.text


def test_pictures_take_no_more_than_their_share_of_the_time(folders: Folders) -> None:
    now = [0.0]
    previewer = Previewer(SD1, folders, lambda: now[0])
    latent = torch.zeros(1, 4, 2, 2)
    shown = []
    for moment in (0.0, INTERVAL / 2, INTERVAL * 1.1):
        now[0] = moment
        shown.append(previewer(latent) is not None)
    assert shown == [True, False, True]


def test_slow_pictures_come_less_often(folders: Folders) -> None:
    ticks = iter([0.0, 1.0, 19.0, 20.0, 20.0])  # the first takes a second: the next is due after twenty
    previewer = Previewer(SD1, folders, lambda: next(ticks))
    assert [previewer(torch.zeros(1, 4, 2, 2)) is not None for _ in range(3)] == [True, False, True]
