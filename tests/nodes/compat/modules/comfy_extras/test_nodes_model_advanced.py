"""`comfy_extras.nodes_model_advanced`: LCM as packs mix it."""

from __future__ import annotations

import torch

from nodes.compat.handles.parameterisation import native
from nodes.compat.modules.comfy_extras.nodes_model_advanced import LCM, ModelSamplingDiscreteDistilled
from nodes.sampling.model_sampling import discrete


def test_a_class_of_both_reads_outputs_as_our_own_node_does() -> None:
    class Mine(ModelSamplingDiscreteDistilled, LCM):
        """As packs write it."""

    made, ours = native(Mine()), discrete("lcm")
    x, output, sigma = torch.randn(2, 4, 4, 4), torch.randn(2, 4, 4, 4), torch.tensor([5.0, 1.0])
    assert torch.allclose(made.sigmas, ours.sigmas)
    assert torch.allclose(made.calculate_denoised(sigma, output, x), ours.calculate_denoised(sigma, output, x))
