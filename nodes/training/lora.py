"""Training a LoRA: pictures' latents are noised, and the network is asked for what it should have said.

What counts is the error of the network's own output (noise, velocity, ...), at noise levels that are as likely as they
were in the model's own training (Ho et al. 2020, https://arxiv.org/abs/2006.11239, section 3.4).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from graphcore.errors import RunError
from graphcore.job import Run
from nodes.guidance.conditioning import Conditioning
from nodes.guidance.ksampler import fitted
from nodes.guidance.model_conds import ModelCond
from nodes.guidance.predictor import Predictor
from nodes.sampling.names import lookup
from nodes.training.adapted import AdaptedNetwork

if TYPE_CHECKING:
    from nodes.models.model import Model

LOSSES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "MSE": F.mse_loss,
    "L1": F.l1_loss,
    "Huber": F.huber_loss,
    "SmoothL1": F.smooth_l1_loss,
}
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "AdamW": torch.optim.AdamW,
    "Adam": torch.optim.Adam,
    "SGD": torch.optim.SGD,
    "RMSprop": torch.optim.RMSprop,
}
DTYPES = {"bf16": torch.bfloat16, "fp32": torch.float32}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. `steps` are the optimiser's, each after `accumulation` batches of `batch_size` pictures.

    `training_dtype` is what the network computes in, `lora_dtype` what the outcome is kept in; what is trained is
    float32 all the while. `checkpointing` takes a third more time and much less memory.
    """

    steps: int
    batch_size: int = 1
    accumulation: int = 1
    learning_rate: float = 5e-4
    rank: int = 8
    algorithm: str = "LoRA"
    optimizer: str = "AdamW"
    loss: str = "MSE"
    seed: int = 0
    training_dtype: str = "fp32"
    lora_dtype: str = "fp32"
    checkpointing: bool = True


class Trained(NamedTuple):
    """The LoRA's tensors by name, and the loss of every step."""

    tensors: dict[str, Tensor]
    losses: list[float]


class Example(NamedTuple):
    """A latent [1,C,H,W] in model space, and what the network is told beside it."""

    latent: Tensor
    told: Mapping[str, ModelCond]


def train_lora(
    model: Model,
    latent: Mapping[str, Any],
    positive: Conditioning,
    recipe: Recipe,
    run: Run,
    existing: Mapping[str, Tensor] | None = None,
) -> Trained:
    """Train a LoRA, or go on with an `existing` one, whose kind and rank stay; the model stays as it is.

    `positive` holds one entry for all latents, or one for each. Raises Cancelled when the run is stopped.
    """
    generator = torch.Generator().manual_seed(recipe.seed)
    with torch.inference_mode(False), torch.enable_grad():
        compute = replace(model, dtype=lookup("number format", recipe.training_dtype, DTYPES))
        network = AdaptedNetwork(compute, checkpointing=recipe.checkpointing)
        if existing is None:
            network.begin(recipe.algorithm, recipe.rank, generator)
        else:
            network.go_on(existing)
        examples = _examples(compute, network, latent, positive)
        losses = _steps(_Lessons(compute, network, examples, recipe, generator), network, recipe, run)
    return Trained(network.tensors(lookup("number format", recipe.lora_dtype, DTYPES)), losses)


def _steps(lessons: _Lessons, network: AdaptedNetwork, recipe: Recipe, run: Run) -> list[float]:
    optimizer = lookup("optimizer", recipe.optimizer, OPTIMIZERS)(network.parameters, lr=recipe.learning_rate)
    losses: list[float] = []
    for step in range(1, recipe.steps + 1):
        total = 0.0
        for _ in range(recipe.accumulation):
            run.check()
            loss = lessons.loss() / recipe.accumulation
            with _attention(network.unet.device):
                loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        if not math.isfinite(total):
            raise RunError(
                f"In step {step} the loss was no number any more: give a smaller learning_rate than "
                f"{recipe.learning_rate:g}, or training_dtype fp32."
            )
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(total)
        run.progress(step, recipe.steps)
    return losses


class _Lessons:
    """The loss of one batch after the other, over examples in an order that is shuffled each time round."""

    def __init__(
        self,
        model: Model,
        network: AdaptedNetwork,
        examples: Sequence[Example],
        recipe: Recipe,
        generator: torch.Generator,
    ):
        self._sampling, self._network, self._generator = model.sampling, network, generator
        self._difference = lookup("loss function", recipe.loss, LOSSES)
        self._size = recipe.batch_size
        self._predictor = _predictor(model, network, examples[0].latent)
        self._order = self._endless(examples)

    def _endless(self, examples: Sequence[Example]) -> Iterator[Example]:
        while True:
            for index in torch.randperm(len(examples), generator=self._generator).tolist():
                yield examples[index]

    def loss(self) -> Tensor:
        """The difference between what the network says and what it should say, over a batch: a scalar."""
        batch = [next(self._order) for _ in range(self._size)]
        clean = torch.cat([example.latent for example in batch])
        noise = torch.randn(clean.shape, generator=self._generator).to(clean)
        levels = torch.randint(len(self._sampling.sigmas), (len(batch),), generator=self._generator)
        sigma = self._sampling.sigmas[levels].to(clean)
        noisy = self._sampling.noise_scaling(sigma, noise, clean)
        told = {name: cond.concat([other.told[name] for other in batch[1:]]) for name, cond in batch[0].told.items()}
        with _attention(clean.device):
            denoised = self._predictor.apply_model(noisy, sigma, **told)
        share = self._share(sigma, clean)
        return self._difference(denoised / share, clean / share)

    def _share(self, sigma: Tensor, like: Tensor) -> Tensor:
        """By how much the prediction falls as the output grows [B,1,...]: errors over it are those of the output."""
        none = like.new_zeros(len(sigma), *[1] * (like.dim() - 1))
        denoised = self._sampling.calculate_denoised
        return denoised(sigma, none, none) - denoised(sigma, none + 1, none)


def _predictor(model: Model, network: AdaptedNetwork, latent: Tensor) -> Predictor:
    predictor = Predictor(model, network.unet, torch.zeros_like(latent), latent)
    predictor.diffusion_model = network.unet.forward  # type: ignore[assignment]
    return predictor


def _examples(
    model: Model, network: AdaptedNetwork, latent: Mapping[str, Any], positive: Conditioning
) -> list[Example]:
    samples = fitted(dict(latent), model.latent_format)["samples"].to(network.unet.device, torch.float32, copy=True)
    if len(positive) not in (1, len(samples)):
        raise RunError(
            f"There are {len(samples)} latents but {len(positive)} prompts: give one prompt for all, or one for each."
        )
    examples = []
    for number, item in enumerate(torch.split(model.latent_format.to_model_space(samples), 1)):
        entry = positive[number if len(positive) > 1 else 0]
        (cond,) = _predictor(model, network, item).prepare({"positive": [entry]})["positive"]
        told = {name: value.process(1, None, item.device) for name, value in cond["model_conds"].items()}
        examples.append(Example(item, told))
    return examples


def _attention(device: torch.device) -> AbstractContextManager[Any]:
    """On processors the way back through fused attention takes longer than all the rest of a step."""
    return sdpa_kernel(SDPBackend.MATH) if device.type == "cpu" else nullcontext()
