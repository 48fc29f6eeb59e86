"""The reader is asked what a caption says, and its loss is least for whoever answers right."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tools.default_model.diffusion import Painter
from tools.default_model.loop import Recipe, Training
from tools.default_model.reader import QUESTIONS, AnswerLoss, Reader, answers_of, facts, inspect, understood
from tools.default_model.scenes import Backdrop, Landscape, Scene, Shapes, Thing, random_scene
from tools.default_model.text import token_rows

PAIR = Shapes(
    (Thing("star", "red", "small", "left"), Thing("ring", "blue", "small", "right")), Backdrop("white", "striped")
)
HILLS = Landscape("hills", "yellow", "green", Backdrop("blue"), "left")


class Knowing(nn.Module):
    """Scores of 20 for the right answers about fixed scenes, whatever the captions."""

    def __init__(self, scenes: list[Scene]):
        super().__init__()
        self.right = answers_of(scenes)

    def forward(self, rows: Tensor) -> tuple[Tensor, ...]:
        sizes = [1 + len(answers) for answers in QUESTIONS.values()]
        return tuple(20.0 * F.one_hot(self.right[:, n], size).float() for n, size in enumerate(sizes))


def test_facts_are_told_by_thing_and_colour() -> None:
    assert facts(PAIR)["colour of the second"] == "blue"
    assert facts(PAIR)["place of the first"] == "left"
    assert facts(HILLS) == {
        "landscape": "hills",
        "light": "yellow",
        "ground": "green",
        "backdrop": "blue",
        "style": "plain",
        "place of the first": "left",
    }


def test_what_a_scene_does_not_have_is_answered_with_nothing() -> None:
    pair, hills = answers_of([PAIR, HILLS])
    questions = list(QUESTIONS)
    assert pair[questions.index("landscape")] == 0
    assert hills[questions.index("shape of the first")] == 0
    assert QUESTIONS["shape of the second"][pair[questions.index("shape of the second")] - 1] == "ring"


def test_right_answers_cost_nothing_and_equal_guesses_cost() -> None:
    rng = random.Random(0)  # what the loss draws its scenes from at step 0
    scenes = [random_scene(rng) for _ in range(64)]
    assert set(understood(Knowing(scenes), [""] * 64, scenes).values()) == {1.0}
    assert float(AnswerLoss(Knowing(scenes))(0, torch.Generator())[0]) < 1e-3
    assert float(AnswerLoss(Knowing(scenes))(1, torch.Generator())[0]) > 1


def test_what_follows_the_end_of_a_caption_is_what_answers() -> None:
    torch.manual_seed(0)
    reader = Reader().eval()
    with torch.no_grad():
        red, blue = reader(token_rows(["a red circle", "a blue circle"]))[0]
    assert not torch.equal(red, blue)


def test_a_painter_begins_with_the_reader_s_words(tmp_path: Path) -> None:
    torch.manual_seed(0)
    reader, training = Reader(), Training("painter", Painter(), Recipe(steps=1), tmp_path)
    before = {name: tensor.clone() for name, tensor in training.module.state_dict().items()}
    training.start_from(reader)
    for module in (training.module, training.averaged):
        for name, tensor in module.state_dict().items():
            assert torch.equal(tensor, reader.state_dict().get(name, before[name])), name
    (words,) = (name for name in before if name.endswith("token_embedding.weight"))
    assert not torch.equal(training.module.state_dict()[words], before[words])


def test_an_inspection_names_what_is_least_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.manual_seed(0)
    inspect(Training("reader", Reader(), Recipe(steps=1), tmp_path))
    told = capsys.readouterr().out
    assert told.startswith("reader 0: ")
    assert told.count("%") == 4
