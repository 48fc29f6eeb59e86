"""What packs find in the module `nodes` of the reference: classes by name, the tables of nodes, and a few functions."""

from __future__ import annotations

import importlib
from typing import Any

from nodes.compat import firewall, installation
from nodes.compat.class_table import ClassTable
from nodes.compat.stubs import stub

MAX_RESOLUTION = 16384
NODE_CLASS_MAPPINGS: ClassTable = ClassTable(())
NODE_DISPLAY_NAME_MAPPINGS: dict[str, str] = {}
EXTENSION_WEB_DIRS: dict[str, str] = {}
LOADED_MODULE_DIRS: dict[str, str] = {}
STUBS = frozenset({"load_custom_node", "init_extra_nodes", "init_external_custom_nodes", "VHSLoadFormats"})


def common_ksampler(
    model: Any,
    seed: int,
    steps: int,
    cfg: float,
    sampler_name: str,
    scheduler: str,
    positive: Any,
    negative: Any,
    latent: dict[str, Any],
    denoise: float = 1.0,
    disable_noise: bool = False,
    start_step: int | None = None,
    last_step: int | None = None,
    force_full_denoise: bool = False,
) -> tuple[dict[str, Any]]:
    """Sample a latent by the names of sampler and scheduler; a part of the steps if `start_step` or `last_step` is set.

    What it goes by can be exchanged: `comfy.sample.prepare_noise`, `comfy.sample.sample`, ...
    """
    sampling, previews = (importlib.import_module(name) for name in ("comfy.sample", "latent_preview"))
    samples = sampling.fix_empty_latent_channels(model, latent["samples"])
    if disable_noise:
        noise = samples.new_zeros(samples.shape, device="cpu")
    else:
        noise = sampling.prepare_noise(samples, seed, latent.get("batch_index"))
    # Our own sampling reports its steps itself.
    own = previews.prepare_callback.__module__.startswith(firewall.IMPLEMENTED)
    callback = None if own else previews.prepare_callback(model, steps)
    samples = sampling.sample(
        model, noise, steps, cfg, sampler_name, scheduler, positive, negative, samples, denoise=denoise,
        disable_noise=disable_noise, start_step=start_step, last_step=last_step, force_full_denoise=force_full_denoise,
        noise_mask=latent.get("noise_mask"), callback=callback, disable_pbar=False, seed=seed,
    )  # fmt: skip
    return ({**latent, "samples": samples},)


def interrupt_processing(value: bool = True) -> None:
    """Ask the run that is going on to stop."""
    token = installation.job_value("token")
    if value and token is not None:
        token.cancel()


def before_node_execution() -> None:
    """Stop here if the run was asked to."""
    installation.calling().check()


def answer(name: str) -> Any:
    """The attribute of that name. AttributeError if the reference's module has none that packs use."""
    found = globals().get(name) if name in PUBLIC else NODE_CLASS_MAPPINGS.get(name)
    if found is not None:
        return found
    if name in STUBS:
        return stub(f"nodes.{name}")
    raise AttributeError(f"module 'nodes' has no attribute '{name}'")


PUBLIC = frozenset({
    "MAX_RESOLUTION", "NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "EXTENSION_WEB_DIRS", "LOADED_MODULE_DIRS",
    "common_ksampler", "interrupt_processing", "before_node_execution",
})  # fmt: skip


def public() -> list[str]:
    """The names that `from nodes import *` gives: what is above, and every class whose name is one."""
    return [*PUBLIC, *(id for id in NODE_CLASS_MAPPINGS if id.isidentifier())]


def bind() -> None:
    """Make the classes of the present native nodes."""
    global NODE_CLASS_MAPPINGS
    native = installation.current.native
    NODE_CLASS_MAPPINGS = ClassTable(native)
    for table in (NODE_DISPLAY_NAME_MAPPINGS, EXTENSION_WEB_DIRS, LOADED_MODULE_DIRS):
        table.clear()
    NODE_DISPLAY_NAME_MAPPINGS.update({id: spec.title for id, spec in native.items()})
