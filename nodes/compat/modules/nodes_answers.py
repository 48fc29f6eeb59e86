"""What packs find in the module `nodes` of the reference: classes by name, the tables of nodes, and a few functions."""

from __future__ import annotations

from typing import Any

from nodes.compat import installation
from nodes.compat.class_table import ClassTable
from nodes.compat.handles.boundary import taken
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

    Shares of the schedule (`denoise`) and parts of it together are not supported: ValueError.
    """
    from nodes.guidance import ksampler

    run = installation.calling()
    whole = start_step is None and last_step is None and not disable_noise and not force_full_denoise
    if whole:
        return (
            ksampler.ksampler(
                taken(model), positive, negative, latent, seed=seed, steps=steps, cfg=cfg, sampler_name=sampler_name,
                scheduler=scheduler, denoise=denoise, run=run,
            ),
        )  # fmt: skip
    if denoise < 1.0:
        raise ValueError("common_ksampler takes either denoise < 1, or start_step and last_step; leave one away.")
    return (
        ksampler.ksampler_advanced(
            taken(model), positive, negative, latent, add_noise=not disable_noise, seed=seed, steps=steps, cfg=cfg,
            sampler_name=sampler_name, scheduler=scheduler, start_at_step=start_step or 0,
            end_at_step=10000 if last_step is None else last_step, leftover_noise=not force_full_denoise, run=run,
        ),
    )  # fmt: skip


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


def bind() -> None:
    """Make the classes of the present native nodes."""
    global NODE_CLASS_MAPPINGS
    native = installation.current.native
    NODE_CLASS_MAPPINGS = ClassTable(native)
    for table in (NODE_DISPLAY_NAME_MAPPINGS, EXTENSION_WEB_DIRS, LOADED_MODULE_DIRS):
        table.clear()
