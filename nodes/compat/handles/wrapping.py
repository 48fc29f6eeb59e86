"""Wrappers of packs around the stations of a sampling call, on our own stations; see `nodes.guidance.wrappers`.

A wrapper gets `(executor, *arguments)` of the field's function at that station, which are not always ours: between the
two stands an adapter for each kind. `executor.class_obj` is the object that the function belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nodes.guidance.cfg import Guided

PACK_WRAPPER = "_graphcore_pack_wrapper"
Function = Callable[..., Any]


class WrapperExecutor:
    """The rest of a chain, as packs call it; `comfy.patcher_extension.WrapperExecutor`."""

    def __init__(self, original: Function, class_obj: Any = None, wrappers: Any = (), idx: int = 0):
        self.original, self.class_obj, self.wrappers, self.idx = original, class_obj, list(wrappers), idx
        self.is_last = idx == len(self.wrappers)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return WrapperExecutor(self.original, self.class_obj, self.wrappers, self.idx + 1).execute(*args, **kwargs)

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        """Call the wrapper whose turn it is, or the function."""
        if self.is_last:
            return self.original(*args, **kwargs)
        return self.wrappers[self.idx](self, *args, **kwargs)

    @classmethod
    def new_executor(cls, original: Function, wrappers: Any, idx: int = 0) -> WrapperExecutor:
        """Around a function."""
        return cls(original, None, wrappers, idx)

    @classmethod
    def new_class_executor(cls, original: Function, class_obj: Any, wrappers: Any, idx: int = 0) -> WrapperExecutor:
        """Around a method."""
        return cls(original, class_obj, wrappers, idx)


def adapted(kind: str, wrapper: Function) -> Function:
    """A pack's wrapper as ours; one that is adapted already is itself."""
    if hasattr(wrapper, PACK_WRAPPER) or kind not in ADAPTERS:
        return wrapper
    ours = ADAPTERS[kind](wrapper)
    setattr(ours, PACK_WRAPPER, wrapper)
    return ours


def all_adapted(wrappers: Mapping[str, Mapping[Any, list[Function]]]) -> dict[str, dict[Any, list[Function]]]:
    """The same for a whole table: kind -> key -> wrappers. Samplers' own become wrappers of the outer call."""
    found: dict[str, dict[Any, list[Function]]] = {}
    for kind, by_key in wrappers.items():
        target = "outer_sample" if kind == "sampler_sample" else kind
        for key, listed in by_key.items():
            found.setdefault(target, {}).setdefault(key, []).extend(adapted(kind, wrapper) for wrapper in listed)
    return found


def _outer_sample(wrapper: Function) -> Function:
    """Theirs: (noise, latent, sampler, sigmas, denoise_mask, callback, disable_pbar, seed) -> latent."""

    def ours(
        executor: Any, guider: Any, noise: Any, latent: Any, sampler: Any, sigmas: Any, seed: int, run: Any
    ) -> Any:
        last: list[Any] = []

        def go_on(
            noise: Any, samples: Any, sampler: Any, sigmas: Any, mask: Any = None, callback: Any = None,
            disable_pbar: bool = False, seed: int | None = seed, **_: Any,
        ) -> Any:  # fmt: skip
            inner = {**latent, "samples": samples, **({} if mask is None else {"noise_mask": mask})}
            output, denoised = executor(guider, noise, inner, sampler, sigmas, seed, run)
            last[:] = [denoised]
            return output

        from nodes.compat.handles.guider import shown

        chain = WrapperExecutor(go_on, shown(guider), [wrapper])
        mask = latent.get("noise_mask")
        output = chain.execute(noise, latent["samples"], sampler, sigmas, mask, None, False, seed)
        return output, last[0] if last else output

    return ours


def _sampler_sample(wrapper: Function) -> Function:
    """Theirs: (model, sigmas, extra_args, callback, noise, latent, denoise_mask, disable_pbar) -> x."""
    from nodes.compat.k_samplers import wrapped_sampler

    def ours(executor: Any, guider: Any, noise: Any, latent: Any, sampler: Any, *rest: Any) -> Any:
        return executor(guider, noise, latent, wrapped_sampler(sampler, wrapper), *rest)

    return ours


def _predict_noise(wrapper: Function) -> Function:
    """Theirs: (x, timestep, model_options, seed) -> denoised."""

    def ours(executor: Any, x: Any, sigma: Any, model_options: Any) -> Guided:
        last: list[Guided] = []

        def go_on(x: Any, timestep: Any, model_options: Any = model_options, seed: int | None = None) -> Any:
            last[:] = [executor(x, timestep, model_options)]
            return last[0].denoised

        from nodes.compat.handles.guider import shown

        owner = executor.class_obj
        chain = WrapperExecutor(go_on, shown(owner.guider) if hasattr(owner, "guider") else owner, [wrapper])
        denoised = chain.execute(x, sigma, model_options, None)
        return Guided(denoised, last[0].uncond if last else denoised)

    return ours


def _same(wrapper: Function) -> Function:
    """The arguments are ours."""

    def ours(executor: Any, *args: Any, **kwargs: Any) -> Any:
        return WrapperExecutor(executor, executor.class_obj, [wrapper]).execute(*args, **kwargs)

    return ours


def _diffusion_model(wrapper: Function) -> Function:
    """Theirs: (x, timesteps, context, y, control, transformer_options, **more)."""

    def ours(
        executor: Any, x: Any, timesteps: Any, context: Any = None, *, y: Any = None, control: Any = None,
        transformer_options: Any = None, **more: Any,
    ) -> Any:  # fmt: skip
        def go_on(
            x: Any, timesteps: Any, context: Any = None, y: Any = None, control: Any = None,
            transformer_options: Any = transformer_options, **more: Any,
        ) -> Any:  # fmt: skip
            told = {**more, "control": control, "transformer_options": transformer_options or {}}
            return executor(x, timesteps, context, **told, **({} if y is None else {"y": y}))

        chain = WrapperExecutor(go_on, executor.class_obj, [wrapper])
        return chain.execute(x, timesteps, context, y, control, transformer_options, **more)

    return ours


ADAPTERS: dict[str, Callable[[Function], Function]] = {
    "outer_sample": _outer_sample,
    "sampler_sample": _sampler_sample,
    "predict_noise": _predict_noise,
    "calc_cond_batch": _same,
    "apply_model": _same,
    "diffusion_model": _diffusion_model,
}
