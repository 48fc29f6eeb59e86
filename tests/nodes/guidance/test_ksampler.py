"""Sampling calls over LATENT values, with a network whose prediction is the mean of its prompt."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from graphcore import Cancelled, Folders, ModelError, Run
from graphcore.job import CancelToken, Job
from nodes.builtin.vae import vae_decode
from nodes.guidance.guiders import BasicGuider, CFGGuider
from nodes.guidance.hooks import encode_text
from nodes.guidance.ksampler import chosen, ksampler, ksampler_advanced, noised, sample
from nodes.guidance.start_noise import NoNoise, RandomNoise
from nodes.guidance.wrappers import WRAPPER_TYPES
from nodes.sampling.samplers import find_sampler
from tests.nodes.guidance.fakes import FakeModel, entry

SIGMAS = torch.tensor([8.0, 4.0, 2.0, 1.0, 0.0])
SCALE = 0.18215
POSITIVE, NEGATIVE = [entry(3.0)], [entry(1.0)]
SETTINGS: dict[str, Any] = {"seed": 7, "steps": 4, "cfg": 2.0, "sampler_name": "euler", "scheduler": "normal"}


def empty(batch: int = 1, channels: int = 4) -> dict[str, Any]:
    return {"samples": torch.zeros(batch, channels, 8, 8)}


def guider(model: FakeModel) -> Any:
    return CFGGuider(model, POSITIVE, NEGATIVE, 2.0)  # type: ignore[arg-type]


def run(**job: Any) -> Run:
    return Run(Job(Folders(), **job), "1")


def test_sampling_to_the_end_arrives_at_the_prediction() -> None:
    latent = {**empty(), "batch_index": [0]}
    output, denoised = sample(guider(FakeModel()), RandomNoise(7), find_sampler("euler"), SIGMAS, latent, run())
    assert output["samples"].mean() == pytest.approx((1 + 2 * 2) / SCALE, rel=1e-4)
    torch.testing.assert_close(output["samples"], denoised["samples"])
    assert output["batch_index"] == [0]
    assert not latent["samples"].any()


def test_no_sigmas_leave_the_latent_as_it_is() -> None:
    latent = {"samples": torch.randn(1, 4, 8, 8)}
    output, denoised = sample(guider(FakeModel()), RandomNoise(7), find_sampler("euler"), SIGMAS[:0], latent, run())
    assert output["samples"] is latent["samples"]
    assert denoised["samples"] is latent["samples"]


def test_an_empty_latent_of_another_family_is_fitted() -> None:
    output, _ = sample(guider(FakeModel()), RandomNoise(7), find_sampler("euler"), SIGMAS, empty(channels=16), run())
    assert output["samples"].shape == (1, 4, 8, 8)


def test_steps_see_the_whole_schedule() -> None:
    model = FakeModel()
    sample(guider(model), RandomNoise(7), find_sampler("euler"), SIGMAS, empty(), run())
    assert all(torch.equal(call["transformer_options"]["sample_sigmas"], SIGMAS) for call in model.calls)
    assert [float(call["transformer_options"]["sigmas"][0]) for call in model.calls] == [8, 4, 2, 1]


def test_items_of_a_cut_batch_get_the_noise_of_their_place() -> None:
    model = FakeModel()
    whole, _ = sample(guider(model), RandomNoise(7), find_sampler("euler"), SIGMAS, empty(3), run())
    first = model.calls[0]["x"][2]
    model.calls.clear()
    sample(guider(model), RandomNoise(7), find_sampler("euler"), SIGMAS, {**empty(), "batch_index": [2]}, run())
    torch.testing.assert_close(model.calls[0]["x"][0], first, rtol=0, atol=0)
    assert whole["samples"].shape[0] == 3


def test_a_mask_keeps_what_it_does_not_cover() -> None:
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., 32:] = 1
    latent = {"samples": torch.full((1, 4, 8, 8), 5.0), "noise_mask": mask}
    output, _ = sample(guider(FakeModel()), RandomNoise(7), find_sampler("euler"), SIGMAS, latent, run())
    torch.testing.assert_close(output["samples"][..., :4], latent["samples"][..., :4], rtol=1e-4, atol=1e-3)
    assert output["samples"][..., 4:].mean() == pytest.approx(5 / SCALE, rel=1e-4)


def test_each_item_has_its_own_mask() -> None:
    masks = torch.stack([torch.zeros(8, 8), torch.ones(8, 8)])
    latent = {"samples": torch.full((2, 4, 8, 8), 5.0), "noise_mask": masks}
    output, _ = sample(guider(FakeModel()), RandomNoise(7), find_sampler("euler"), SIGMAS, latent, run())
    assert output["samples"].mean(dim=(1, 2, 3)).tolist() == pytest.approx([5.0, 5 / SCALE], rel=1e-3)


def test_progress_and_previews_are_reported() -> None:
    steps: list[tuple[float, float]] = []
    pictures: list[Any] = []
    reporting = run(
        on_progress=lambda node, *step: steps.append(step),
        on_preview=lambda node, picture, rough: pictures.append((picture, rough)),
    )
    ksampler(FakeModel(), POSITIVE, NEGATIVE, empty(), **SETTINGS, denoise=1.0, run=reporting)  # type: ignore[arg-type]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]
    picture, rough = pictures[0]
    assert (picture.size, rough) == ((8, 8), True)


def test_a_stopped_run_stops_within_a_step() -> None:
    token, model = CancelToken(), FakeModel()
    stopping = run(token=token, on_progress=lambda node, step, total: token.cancel() if step == 2 else None)
    with pytest.raises(Cancelled):
        ksampler(model, POSITIVE, NEGATIVE, empty(), **SETTINGS, denoise=1.0, run=stopping)  # type: ignore[arg-type]
    assert len(model.calls) == 3


def test_denoise_takes_the_last_steps_of_a_longer_schedule() -> None:
    model = FakeModel()
    ksampler(model, POSITIVE, NEGATIVE, empty(), **SETTINGS, denoise=0.5, run=run())  # type: ignore[arg-type]
    assert len(model.calls) == 4
    assert float(model.calls[0]["transformer_options"]["sigmas"][0]) < 5


def test_two_phases_are_one() -> None:
    model: Any = FakeModel()
    whole = ksampler(model, POSITIVE, NEGATIVE, empty(), **SETTINGS, denoise=1.0, run=run())
    common = {"model": model, "positive": POSITIVE, "negative": NEGATIVE, **SETTINGS, "run": run()}
    half = ksampler_advanced(
        **common, latent=empty(), add_noise=True, start_at_step=0, end_at_step=2, leftover_noise=True
    )
    end = ksampler_advanced(
        **common, latent=half, add_noise=False, start_at_step=2, end_at_step=10000, leftover_noise=False
    )
    torch.testing.assert_close(end["samples"], whole["samples"], rtol=1e-4, atol=1e-4)


def test_a_phase_after_the_last_step_does_nothing() -> None:
    model: Any = FakeModel()
    latent = {"samples": torch.randn(1, 4, 8, 8)}
    phase = {"add_noise": True, "start_at_step": 4, "end_at_step": 10000, "leftover_noise": False}
    result = ksampler_advanced(model, POSITIVE, NEGATIVE, latent, **SETTINGS, **phase, run=run())
    assert result["samples"] is latent["samples"]
    assert model.calls == []


def test_samplers_that_need_it_get_the_unconditional_prediction_at_scale_one() -> None:
    model = FakeModel()
    settings = {**SETTINGS, "cfg": 1.0, "sampler_name": "euler_cfg_pp"}
    ksampler(model, POSITIVE, NEGATIVE, empty(), **settings, denoise=1.0, run=run())  # type: ignore[arg-type]
    assert {len(call["x"]) for call in model.calls} == {2}
    lone: Any = FakeModel()
    sample(BasicGuider(lone, POSITIVE), RandomNoise(1), find_sampler("euler_cfg_pp"), SIGMAS, empty(), run())
    assert {len(call["x"]) for call in lone.calls} == {1}


def test_noise_is_added_by_what_a_schedule_takes_off() -> None:
    latent = {"samples": torch.ones(1, 4, 8, 8)}
    model: Any = FakeModel()
    noise = RandomNoise(3).generate_noise(latent)
    expected = (1 * SCALE + noise * 6) / SCALE
    torch.testing.assert_close(noised(model, RandomNoise(3), SIGMAS[:3], latent)["samples"], expected)
    assert noised(model, NoNoise(), SIGMAS[:0], latent) is latent


def test_wrappers_stand_around_the_stations_of_a_call() -> None:
    passed: list[str] = []

    def around(station: str) -> dict[str, Any]:
        def wrapper(executor: Any, *args: Any, **kwargs: Any) -> Any:
            passed.append(station)
            return executor(*args, **kwargs)

        return {station: {"mine": [wrapper]}}

    wrappers = {name: group for station in WRAPPER_TYPES for name, group in around(station).items()}
    model = FakeModel(options={"transformer_options": {"wrappers": wrappers}})
    sample(guider(model), RandomNoise(7), find_sampler("euler"), SIGMAS[-2:], empty(), run())
    assert passed == list(WRAPPER_TYPES)


def test_a_prompt_of_another_family_is_refused() -> None:
    foreign = [[torch.ones(1, 77, 2048), {}]]
    with pytest.raises(ModelError, match="encoded 2048 channels wide, but this fake model reads 3"):
        sample(BasicGuider(FakeModel(), foreign), RandomNoise(1), find_sampler("euler"), SIGMAS, empty(), run())  # type: ignore


def test_a_picture_of_another_familys_vae_is_refused() -> None:
    latent = {"samples": torch.ones(1, 16, 8, 8)}
    with pytest.raises(ModelError, match="16 channels, but the model samples 4"):
        sample(guider(FakeModel()), RandomNoise(1), find_sampler("euler"), SIGMAS, latent, run())


def test_a_missing_text_encoder_or_vae_is_named() -> None:
    with pytest.raises(ModelError, match="no text encoder"):
        encode_text(None, "a red circle")
    with pytest.raises(ModelError, match="no VAE"):
        vae_decode(empty(), None)


def test_names_by_wire_that_are_not_known_mean_euler_and_simple(caplog: pytest.LogCaptureFixture) -> None:
    sampler, scheduler = chosen("of_my_own", "my_curve")
    assert (sampler, scheduler) == (find_sampler("euler"), "simple")
    assert "no sampler called 'of_my_own'; 'euler' is used instead" in caplog.text
    assert "no scheduler called 'my_curve'; 'simple' is used instead" in caplog.text
    assert chosen("heun", "karras") == (find_sampler("heun"), "karras")
