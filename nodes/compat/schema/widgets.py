"""The wire types of the schema style that are entered in a widget: numbers, texts, choices."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Any

from nodes.compat.schema.options import (
    ControlAfterGenerate,
    FolderType,
    NumberDisplay,
    RemoteOptions,
    UploadType,
    without_none,
)
from nodes.compat.schema.sockets import ComfyType, WidgetInput, comfytype

Control = bool | ControlAfterGenerate | None


@comfytype("INT")
class Int(ComfyType):
    """A whole number."""

    Type = int

    class Input(WidgetInput):
        """`min` and `max` are part of the range."""

        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: int | None = None,
            min: int | None = None,
            max: int | None = None,
            step: int | None = None,
            control_after_generate: Control = None,
            display_mode: NumberDisplay | None = None,
            socketless: bool | None = None,
            force_input: bool | None = None,
            **more: Any,
        ):
            super().__init__(id, display_name, optional, tooltip, lazy, default, socketless, None, force_input, **more)
            self.min, self.max, self.step = min, max, step
            self.control_after_generate, self.display_mode = control_after_generate, display_mode

        def as_dict(self) -> dict[str, Any]:
            named = {
                "min": self.min,
                "max": self.max,
                "step": self.step,
                "control_after_generate": _plain(self.control_after_generate),
                "display": _plain(self.display_mode),
            }
            return super().as_dict() | without_none(named)


@comfytype("FLOAT")
class Float(ComfyType):
    """A number."""

    Type = float

    class Input(WidgetInput):
        """`min` and `max` are part of the range; `round` is the grid that the editor rounds to."""

        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: float | None = None,
            min: float | None = None,
            max: float | None = None,
            step: float | None = None,
            round: float | bool | None = None,
            display_mode: NumberDisplay | None = None,
            socketless: bool | None = None,
            force_input: bool | None = None,
            **more: Any,
        ):
            super().__init__(id, display_name, optional, tooltip, lazy, default, socketless, None, force_input, **more)
            self.min, self.max, self.step, self.round = min, max, step, round
            self.display_mode = display_mode

        def as_dict(self) -> dict[str, Any]:
            named = {"min": self.min, "max": self.max, "step": self.step, "round": self.round}
            return super().as_dict() | without_none(named | {"display": _plain(self.display_mode)})


@comfytype("STRING")
class String(ComfyType):
    """A text."""

    Type = str

    class Input(WidgetInput):
        """`multiline` opens a text area; `dynamic_prompts` lets clients resolve {a|b} choices."""

        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            multiline: bool = False,
            placeholder: str | None = None,
            default: str | None = None,
            dynamic_prompts: bool | None = None,
            socketless: bool | None = None,
            force_input: bool | None = None,
            **more: Any,
        ):
            super().__init__(id, display_name, optional, tooltip, lazy, default, socketless, None, force_input, **more)
            self.multiline, self.placeholder, self.dynamic_prompts = multiline, placeholder, dynamic_prompts

        def as_dict(self) -> dict[str, Any]:
            named = {
                "multiline": self.multiline,
                "placeholder": self.placeholder,
                "dynamicPrompts": self.dynamic_prompts,
            }
            return super().as_dict() | without_none(named)


@comfytype("BOOLEAN")
class Boolean(ComfyType):
    """Yes or no."""

    Type = bool

    class Input(WidgetInput):
        """`label_on` and `label_off` are the switch's own words."""

        def __init__(
            self,
            id: str,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: bool | None = None,
            label_on: str | None = None,
            label_off: str | None = None,
            socketless: bool | None = None,
            force_input: bool | None = None,
            **more: Any,
        ):
            super().__init__(id, display_name, optional, tooltip, lazy, default, socketless, None, force_input, **more)
            self.label_on, self.label_off = label_on, label_off

        def as_dict(self) -> dict[str, Any]:
            return super().as_dict() | without_none({"label_on": self.label_on, "label_off": self.label_off})


@comfytype("COMBO")
class Combo(ComfyType):
    """One of a list."""

    Type = str
    multiselect = False

    class Input(WidgetInput):
        """`options` is a list or an Enum class; `upload`, `image_folder` and `remote` say where files come from."""

        multiselect = False

        def __init__(
            self,
            id: str,
            options: Sequence[Any] | type[Enum] | None = None,
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: Any = None,
            control_after_generate: Control = None,
            upload: UploadType | None = None,
            image_folder: FolderType | None = None,
            remote: RemoteOptions | None = None,
            socketless: bool | None = None,
            **more: Any,
        ):
            super().__init__(id, display_name, optional, tooltip, lazy, _plain(default), socketless, **more)
            listed = [item.value for item in options] if isinstance(options, type) else options
            self.options = list(listed) if listed is not None else None
            self.control_after_generate, self.upload = control_after_generate, upload
            self.image_folder, self.remote = image_folder, remote

        def as_dict(self) -> dict[str, Any]:
            named: dict[str, Any] = {
                "multiselect": self.multiselect,
                "options": self.options,
                "control_after_generate": _plain(self.control_after_generate),
                "image_folder": _plain(self.image_folder),
                "remote": self.remote.as_dict() if self.remote else None,
            }
            if self.upload is not None:
                named[self.upload.value] = True
            return super().as_dict() | without_none(named)


@comfytype("COMBO")
class MultiCombo(ComfyType):
    """Several of a list."""

    Type = list
    multiselect = True

    class Input(Combo.Input):
        """`placeholder` is shown while nothing is chosen; `chip` draws each choice by itself."""

        multiselect = True

        def __init__(
            self,
            id: str,
            options: Sequence[Any] | type[Enum],
            display_name: str | None = None,
            optional: bool = False,
            tooltip: str | None = None,
            lazy: bool | None = None,
            default: list[Any] | None = None,
            placeholder: str | None = None,
            chip: bool | None = None,
            control_after_generate: Control = None,
            socketless: bool | None = None,
            **more: Any,
        ):
            super().__init__(
                id, options, display_name, optional, tooltip, lazy, default, control_after_generate,
                socketless=socketless, **more,
            )  # fmt: skip
            self.placeholder, self.chip = placeholder, chip

        def as_dict(self) -> dict[str, Any]:
            named = {"multi_select": True, "placeholder": self.placeholder, "chip": self.chip}
            return super().as_dict() | without_none(named)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
