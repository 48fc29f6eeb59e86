"""`comfy.ops`: layers without initial values, and layers that cast their weights to their input's number format."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from nodes.compat.stubs import ProvidedType


def cast_bias_weight(
    s: Any, input: Tensor | None = None, dtype: Any = None, device: Any = None, bias_dtype: Any = None, **_: Any
) -> tuple[Any, Any]:
    """(weight, bias) of a layer, as its input is."""
    if input is not None:
        dtype, device = dtype or input.dtype, device or input.device
    bias = None if s.bias is None else s.bias.to(device=device, dtype=bias_dtype or dtype)
    return None if s.weight is None else s.weight.to(device=device, dtype=dtype), bias


def uncast_bias_weight(s: Any, weight: Any, bias: Any, *_: Any) -> None:
    """Done with them: nothing was borrowed."""


class CastWeightBiasOp(metaclass=ProvidedType):
    """A layer that may cast its weights."""

    comfy_cast_weights = False
    weight_function: Any = ()
    bias_function: Any = ()


class _Bare(CastWeightBiasOp):
    """A layer whose values come from a file, so that none are drawn."""

    def reset_parameters(self) -> None:
        """Nothing."""


class disable_weight_init(metaclass=ProvidedType):  # noqa: N801 - the field's own name
    """Layers without initial values."""

    class Linear(_Bare, nn.Linear):
        """x A^T + b."""

        def forward(self, input: Tensor) -> Tensor:
            if not self.comfy_cast_weights:
                return super().forward(input)
            return nn.functional.linear(input, *cast_bias_weight(self, input))

    class Conv1d(_Bare, nn.Conv1d):
        """Convolution over a sequence."""

        def forward(self, input: Tensor) -> Tensor:
            if not self.comfy_cast_weights:
                return super().forward(input)
            result: Tensor = self._conv_forward(input, *cast_bias_weight(self, input))
            return result

    class Conv2d(_Bare, nn.Conv2d):
        """Convolution over a picture."""

        def forward(self, input: Tensor) -> Tensor:
            if not self.comfy_cast_weights:
                return super().forward(input)
            result: Tensor = self._conv_forward(input, *cast_bias_weight(self, input))
            return result

    class Conv3d(_Bare, nn.Conv3d):
        """Convolution over a video."""

        def forward(self, input: Tensor) -> Tensor:
            if not self.comfy_cast_weights:
                return super().forward(input)
            result: Tensor = self._conv_forward(input, *cast_bias_weight(self, input))
            return result

    class GroupNorm(_Bare, nn.GroupNorm):
        """Normalisation over groups of channels."""

        def forward(self, input: Tensor) -> Tensor:
            if not self.comfy_cast_weights:
                return super().forward(input)
            return nn.functional.group_norm(input, self.num_groups, *cast_bias_weight(self, input), self.eps)

    class LayerNorm(_Bare, nn.LayerNorm):
        """Normalisation over the last dimensions."""

        def forward(self, input: Tensor) -> Tensor:
            if not self.comfy_cast_weights:
                return super().forward(input)
            return nn.functional.layer_norm(input, self.normalized_shape, *cast_bias_weight(self, input), self.eps)

    class Embedding(_Bare, nn.Embedding):
        """A table of vectors."""

        def forward(self, input: Tensor, out_dtype: Any = None) -> Tensor:
            found = super().forward(input)
            return found if out_dtype is None else found.to(out_dtype)

    @classmethod
    def conv_nd(cls, dims: int, *args: Any, **kwargs: Any) -> Any:
        """A convolution over 2 or 3 dimensions."""
        return {2: cls.Conv2d, 3: cls.Conv3d}[dims](*args, **kwargs)


class manual_cast(disable_weight_init):  # noqa: N801
    """The same layers; weights are cast to the input's number format at each call."""

    class Linear(disable_weight_init.Linear):
        """Casting."""

        comfy_cast_weights = True

    class Conv1d(disable_weight_init.Conv1d):
        """Casting."""

        comfy_cast_weights = True

    class Conv2d(disable_weight_init.Conv2d):
        """Casting."""

        comfy_cast_weights = True

    class Conv3d(disable_weight_init.Conv3d):
        """Casting."""

        comfy_cast_weights = True

    class GroupNorm(disable_weight_init.GroupNorm):
        """Casting."""

        comfy_cast_weights = True

    class LayerNorm(disable_weight_init.LayerNorm):
        """Casting."""

        comfy_cast_weights = True

    class Embedding(disable_weight_init.Embedding):
        """Casting."""

        comfy_cast_weights = True


def pick_operations(weight_dtype: Any, compute_dtype: Any, load_device: Any = None, **_: Any) -> type[Any]:
    """Casting layers where weights are kept in another number format than is computed in."""
    same = compute_dtype is None or weight_dtype == compute_dtype
    return disable_weight_init if same else manual_cast


def cast_to_input(weight: Tensor, input: Tensor, **_: Any) -> Tensor:
    """A tensor as the input is."""
    return weight.to(device=input.device, dtype=input.dtype)
