"""`comfy_extras.nodes_lt`."""

from __future__ import annotations

import torch

from nodes.compat.modules.comfy_extras.nodes_lt import get_noise_mask


def test_the_mask_of_a_video() -> None:
    samples = torch.zeros(2, 8, 3, 4, 4)
    assert get_noise_mask({"samples": samples}).shape == (2, 1, 3, 1, 1)
    mask = torch.zeros(2, 1, 3, 1, 1)
    found = get_noise_mask({"samples": samples, "noise_mask": mask})
    found += 1
    assert float(mask.sum()) == 0
