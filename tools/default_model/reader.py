"""Trains the text encoder to understand captions before a painter has to learn to paint from it.

What a caption says is known for every scene, so a classifier on the encoder's last states learns in minutes what the
diffusion loss alone, which is mostly about noise, teaches in hours: which word belongs to which thing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tools.default_model.captions import random_caption
from tools.default_model.loop import Recipe, Training, device
from tools.default_model.palette import COLOURS
from tools.default_model.scenes import (
    LANDSCAPES,
    PLACES,
    SHAPES,
    SIZES,
    STYLES,
    Landscape,
    Scene,
    held_out_single,
    random_scene,
)
from tools.default_model.text import WIDTH, TextModel, token_rows

RECIPE = Recipe(steps=700, rate=2e-3, matrix_rate=2e-2, plain=("embeddings", "questions"))
_BATCH = 64
_THING = {"shape": SHAPES, "colour": tuple(COLOURS), "size": SIZES, "place": PLACES}
QUESTIONS: dict[str, tuple[str, ...]] = {
    **{f"{name} of the {which}": answers for which in ("first", "second") for name, answers in _THING.items()},
    "backdrop": tuple(COLOURS),
    "style": STYLES,
    "landscape": tuple(LANDSCAPES),
    "light": tuple(COLOURS),
    "ground": tuple(COLOURS),
}
_SCORES = [1 + len(answers) for answers in QUESTIONS.values()]
_NOTHING = 0  # the answer where a scene has no such thing
_INSPECTED = 200


class Reader(nn.Module):
    """A text encoder and one linear classifier for each question."""

    def __init__(self) -> None:
        super().__init__()
        self.text = TextModel()
        self.questions = nn.Linear(WIDTH, sum(_SCORES))

    def forward(self, rows: Tensor) -> tuple[Tensor, ...]:
        """Rows of `token_rows` [B, 77] to a score for nothing and for every answer [B, 1 + answers], by question.

        They are read from the mean of the states from the end token on, which have seen the whole caption.
        """
        ended = (rows == 1).float()[..., None]
        summary = (self.text(rows) * ended).sum(1) / ended.sum(1)
        scores: Tensor = self.questions(summary)
        return scores.split(_SCORES, dim=1)


def facts(scene: Scene) -> dict[str, str]:
    """The answers to those `QUESTIONS` that a scene answers."""
    if isinstance(scene, Landscape):
        colours = {"light": scene.light, "ground": scene.ground, "backdrop": scene.sky.colour}
        return {"landscape": scene.kind, **colours, "style": scene.sky.style, "place of the first": scene.place}
    told = {"backdrop": scene.backdrop.colour, "style": scene.backdrop.style}
    for which, thing in zip(("first", "second"), scene.things, strict=False):
        told |= {f"{name} of the {which}": getattr(thing, name) for name in _THING}
    return told


def answers_of(scenes: list[Scene]) -> Tensor:
    """The number of the right answer to each question [B, questions]; 0 where a scene has no such thing."""
    told = [facts(scene) for scene in scenes]
    numbers = [
        [1 + answers.index(own[name]) if name in own else _NOTHING for name, answers in QUESTIONS.items()]
        for own in told
    ]
    return torch.tensor(numbers)


@dataclass
class AnswerLoss:
    """The mean cross-entropy of the answers, on fresh scenes and captions."""

    reader: nn.Module

    def __call__(self, step: int, generator: torch.Generator) -> tuple[Tensor, dict[str, float]]:
        rng = random.Random(step)
        scenes = [random_scene(rng) for _ in range(_BATCH)]
        rows = token_rows([random_caption(scene, rng) for scene in scenes]).to(device())
        right = answers_of(scenes).to(device())
        scores = self.reader(rows)
        loss = torch.stack([F.cross_entropy(part, right[:, n]) for n, part in enumerate(scores)]).mean()
        return loss, {"loss": loss.item()}


@torch.no_grad()
def understood(reader: nn.Module, captions: list[str], scenes: list[Scene]) -> dict[str, float]:
    """The share (0..1) of right answers about the scenes, by question."""
    scores, right = reader(token_rows(captions).to(device())), answers_of(scenes)
    return {
        name: (part.argmax(1).cpu() == right[:, n]).float().mean().item()
        for n, (name, part) in enumerate(zip(QUESTIONS, scores, strict=True))
    }


def inspect(training: Training) -> None:
    """Print what is least understood of combinations that were never trained on."""
    rng = random.Random(3)
    scenes: list[Scene] = [held_out_single(rng) for _ in range(_INSPECTED)]
    right = understood(training.averaged, [random_caption(scene, rng) for scene in scenes], scenes)
    told = ", ".join(f"{name} {share:.0%}" for name, share in sorted(right.items(), key=lambda item: item[1])[:4])
    print(f"{training.name} {training.step}: {told} on held-out captions", flush=True)


def train(folder: Path, minutes: float) -> Training:
    """Train the reader for so many minutes, or to its recipe's end; goes on where an earlier run stopped."""
    torch.manual_seed(0)
    training = Training("reader", Reader().to(device()), RECIPE, folder)
    if minutes and not training.finished:
        training.run(AnswerLoss(training.module), minutes, inspect)
    return training
