"""`latent_preview`, as packs ask it for previews."""

from __future__ import annotations

import pytest
import torch

from graphcore.preview_method import SETTING
from nodes.compat.modules.comfy.cli_args import LatentPreviewMethod, args
from nodes.compat.modules.latent_preview import get_previewer
from nodes.sampling.latent_formats import SD1


def test_a_previewer_makes_pictures_unless_none_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    previewer = get_previewer(None, SD1)
    assert previewer is not None
    assert previewer.decode_latent_to_preview(torch.zeros(1, 4, 6, 5)).size == (5, 6)
    monkeypatch.setenv(SETTING, "none")
    assert get_previewer(None, SD1) is None


def test_a_pack_may_set_the_method(monkeypatch: pytest.MonkeyPatch) -> None:
    assert args.preview_method is LatentPreviewMethod.Auto
    monkeypatch.setitem(vars(args), "preview_method", LatentPreviewMethod.NoPreviews)
    assert get_previewer(None, SD1) is None
