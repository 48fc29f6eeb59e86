"""`comfy.model_patcher.ModelPatcher`: a model to change, in front of an immutable one of ours or a pack's own module.

The protocol is the field's: `clone()`, then `add_patches`, `set_model_...`, `add_object_patch`; `model_options` is read
and written as it is. What comes out at the other end is a new handle (`graphcore_native`).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch

from nodes.compat.handles import parameterisation
from nodes.compat.handles.base_model import BaseModel
from nodes.compat.handles.extensions import Extensions
from nodes.compat.handles.model_options import OptionSetters, copied, mask_function
from nodes.compat.handles.module_weights import ModuleWeights
from nodes.compat.handles.weight_patches import as_patches, weight_keys
from nodes.compat.handles.wrapping import PACK_WRAPPER, WrapperExecutor, all_adapted
from nodes.compat.stubs import ProvidedType, UnsupportedSymbol
from nodes.models.device import compute_device
from nodes.models.model import Model
from nodes.models.patches import joined

FORWARD = ("diffusion_model.forward", "diffusion_model._forward", "diffusion_model.__call__")


class ModelPatcher(OptionSetters, Extensions, ModuleWeights, metaclass=ProvidedType):
    """`model` is a BaseModel (of ours), or any torch module that a pack wants loaded and patched."""

    origin: Model | None = None
    model: Any
    is_injected = force_cast_weights = skip_injection = False

    def __init__(
        self, model: Any, load_device: Any = None, offload_device: Any = None, size: int = 0,
        weight_inplace_update: bool = False,
    ):  # fmt: skip
        super().__init__()
        self.model, self.size = model, size
        self.load_device = load_device if load_device is not None else compute_device()
        self.offload_device = offload_device if offload_device is not None else torch.device("cpu")
        self.weight_inplace_update = weight_inplace_update
        self.model_options: dict[str, Any] = {"transformer_options": {}}
        self.object_patches: dict[str, Any] = {}
        self.object_patches_backup: dict[str, Any] = {}  # ours is never changed in place
        self.backup: dict[str, torch.Tensor] = {}
        self.patches: dict[Any, list[Any]] = {}
        self._weights: Mapping[str, Any] = {}  # what add_patches was given, as patches of ours
        self.parent: ModelPatcher | None = None
        self.patches_uuid = uuid.uuid4()

    @classmethod
    def of(cls, native: Model) -> ModelPatcher:
        """The form of one of ours."""
        self = cls(BaseModel.of(native))
        self.origin = native
        self.model.current_patcher = self
        self.model_options = {"transformer_options": {}, **copied(native.options)}
        return self

    def graphcore_native(self) -> Any:
        """The model of ours with everything that was changed; a patcher of a pack's own module is itself."""
        if not isinstance(self.model, BaseModel):
            return self
        base = self.model.native
        options = self._frozen_options()
        if not (self._weights or self.object_patches) and options == {"transformer_options": {}, **base.options}:
            return base
        patched = replace(base, patches=joined(base.patches, self._weights), options=options)
        sampling = self.object_patches.get("model_sampling")
        latent_format = self.object_patches.get("latent_format")
        if sampling is not None:
            patched = patched.with_sampling(parameterisation.native(sampling))
        if latent_format is not None:
            patched = patched.with_sampling(patched.sampling, latent_format.graphcore_native())
        return patched

    def _frozen_options(self) -> dict[str, Any]:
        options: dict[str, Any] = copied(self.model_options)
        if "denoise_mask_function" in options:
            options["denoise_mask_function"] = mask_function(options["denoise_mask_function"])
        inner = options.setdefault("transformer_options", {})
        wrappers = all_adapted(merged_wrappers(inner.get("wrappers", {}), self.wrappers))
        if self.callbacks or self.injections or "prepare_sampling" in self.wrappers:
            around = wrappers.setdefault("outer_sample", {}).setdefault("callbacks", [])
            if self._around_sampling not in around:  # other packs' own may be there
                around.append(self._around_sampling)
        for name in FORWARD:
            if name in self.object_patches:
                wrappers.setdefault("diffusion_model", {})[name] = [_in_place_of_forward(self.object_patches[name])]
        if wrappers:
            inner["wrappers"] = wrappers
        return options

    def _around_sampling(self, executor: Any, guider: Any, noise: torch.Tensor, *args: Any) -> Any:
        """A sampling call with what packs have asked to be called before and after it."""
        prepare = WrapperExecutor(_prepared, None, self.get_all_wrappers("prepare_sampling"))
        prepare.execute(self, noise.shape, dict(guider.lists), self.model_options)
        self.called_back("on_load_after", self, self.load_device, 0, False, True)
        self.called_back("on_pre_run", self)
        self.inject_model()
        try:
            return executor(guider, noise, *args)
        finally:
            self.eject_model()
            self.called_back("on_cleanup", self)

    setattr(_around_sampling, PACK_WRAPPER, None)  # it is ours: not to be adapted when the model passes on

    # -- copies --------------------------------------------------------------------------------------------------------

    def clone(self, *_: Any, **__: Any) -> Any:
        """A copy to change, which shares the weights."""
        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.origin = None
        made.model_options = copied(self.model_options)
        made.object_patches = dict(self.object_patches)
        made.patches = {name: list(listed) for name, listed in self.patches.items()}
        made.copy_extensions(self)
        made.parent = self
        return made.called_back("on_clone", self, made)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self.clone()  # weights are shared: nothing changes them in place

    def is_clone(self, other: Any) -> bool:
        """Whether both share their weights."""
        return hasattr(other, "model") and self.model is other.model

    def clone_has_same_weights(self, clone: Any, *_: Any, **__: Any) -> bool:
        """Whether both share their weights, and their patches."""
        return self.is_clone(clone) and self.patches_uuid == clone.patches_uuid

    # -- weights -------------------------------------------------------------------------------------------------------

    def add_patches(
        self, patches: Mapping[Any, Any], strength_patch: float = 1.0, strength_model: float = 1.0
    ) -> list[Any]:
        """Change weights: W * strength_model + strength_patch * patch; the keys that were found."""
        names = self.weight_names()
        found = as_patches(patches, strength_patch, strength_model, {name: name for name in names})
        self._weights = joined(self._weights, found)
        keys = weight_keys(patches, names)
        for key in keys:
            name = key if isinstance(key, str) else key[0]
            self.patches.setdefault(name, []).append((strength_patch, patches[key], strength_model, None, None))
        self.patches_uuid = uuid.uuid4()
        return keys

    def get_key_patches(self, filter_prefix: str | None = None) -> dict[str, list[Any]]:
        """Weight name -> [(weight, convert), patch, ...], as merging nodes read it. Weights are read when used."""
        prefix = filter_prefix or ""
        if not isinstance(self.model, BaseModel):
            return {
                name: [(value, _same)] for name, value in self.model.state_dict().items() if name.startswith(prefix)
            }
        base = self.model.native
        return {
            name: [(_Later(base, name), None), *self._weights.get(name, ())]
            for name in base.names()
            if name.startswith(prefix)
        }

    def weight_names(self) -> dict[str, Any]:
        """The names that patches may use."""
        if isinstance(self.model, BaseModel):
            return dict.fromkeys(self.model.native.names())
        return dict.fromkeys(self.model.state_dict())

    model_keys = property(weight_names)

    def model_state_dict(self, filter_prefix: str | None = None) -> dict[str, torch.Tensor]:
        """Every weight as the file has it, by the names that patches use."""
        weights: dict[str, torch.Tensor] = self.model.state_dict()
        return {name: weight for name, weight in weights.items() if name.startswith(filter_prefix or "")}

    # -- objects -------------------------------------------------------------------------------------------------------

    def add_object_patch(self, name: str, obj: Any) -> None:
        """Exchange `model_sampling`, `latent_format`, or the network's forward. UnsupportedSymbol for other parts."""
        if isinstance(self.model, BaseModel) and name not in ("model_sampling", "latent_format", *FORWARD):
            raise UnsupportedSymbol(
                f"A pack exchanges the part '{name}' of a model. Graphcore's networks are built differently: "
                "only model_sampling, latent_format and diffusion_model.forward can be exchanged."
            )
        self.object_patches[name] = obj

    def get_model_object(self, name: str) -> Any:
        """A part of the model by its path, as it is patched."""
        if name in self.object_patches:
            return self.object_patches[name]
        found: Any = self.model
        for part in name.split("."):
            found = getattr(found, part)
        return found

    @property
    def latent_format(self) -> Any:
        """The latents' format."""
        return self.get_model_object("latent_format")

    @property
    def sampling(self) -> Any:
        """Our own parameterisation, for our own functions."""
        return self.graphcore_native().sampling

    # -- size and place ------------------------------------------------------------------------------------------------

    def model_size(self) -> int:
        """Bytes of its weights."""
        if not self.size:
            weights = self.model.native.weights.weights if isinstance(self.model, BaseModel) else None
            self.size = weights.nbytes if weights is not None else self.module_size()
        return self.size

    def model_dtype(self) -> torch.dtype | None:
        """The number format of its weights."""
        if isinstance(self.model, BaseModel):
            return self.model.get_dtype()
        getter = getattr(self.model, "get_dtype", None)
        return getter() if getter is not None else next((p.dtype for p in self.model.parameters()), None)

    def memory_required(self, input_shape: Any) -> float:
        """Bytes that a call takes, roughly."""
        return float(self.model.memory_required(input_shape=input_shape))


class _Later:
    """One weight of a model of ours, read when it is needed."""

    def __init__(self, model: Model, name: str):
        self._model, self._name = model, name

    def __call__(self) -> torch.Tensor:
        return self._model.patched(self._name)


def merged_wrappers(
    first: Mapping[str, Mapping[Any, list[Any]]], second: Mapping[str, Mapping[Any, list[Any]]]
) -> dict[str, dict[Any, list[Any]]]:
    """Two tables of wrappers as one."""
    merged = {kind: {key: list(listed) for key, listed in by_key.items()} for kind, by_key in first.items()}
    for kind, by_key in second.items():
        for key, listed in by_key.items():
            known = merged.setdefault(kind, {}).setdefault(key, [])
            known += [wrapper for wrapper in listed if wrapper not in known]
    return merged


def _prepared(model: Any, noise_shape: Any, conds: Any, *_: Any, **__: Any) -> tuple[Any, Any, list[Any]]:
    """What stands at the end of wrappers of `prepare_sampling`: (the model, the conditionings, further models)."""
    return model.model, conds, []


def _in_place_of_forward(forward: Callable[..., Any]) -> Callable[..., Any]:
    def wrapper(executor: Any, *args: Any, **kwargs: Any) -> Any:
        return forward(*args, **kwargs)

    return wrapper


def _same(weight: Any, **_: Any) -> Any:
    return weight
