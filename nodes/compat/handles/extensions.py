"""What packs attach to a model besides patches: wrappers, callbacks, injections, attachments, further models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]
Table = dict[str, dict[Any, list[Function]]]


class Extensions:
    """The tables, and their methods under the field's names."""

    def __init__(self) -> None:
        self.wrappers: Table = {}
        self.callbacks: Table = {}
        self.attachments: dict[str, Any] = {}
        self.injections: dict[str, list[Any]] = {}
        self.additional_models: dict[str, list[Any]] = {}
        self.hook_patches: dict[Any, Any] = {}
        self.forced_hooks: Any = None

    def copy_extensions(self, other: Extensions) -> None:
        """Tables of one's own, with what another has."""
        self.wrappers, self.callbacks = table_copy(other.wrappers), table_copy(other.callbacks)
        self.attachments = {
            key: value.on_model_patcher_clone() if hasattr(value, "on_model_patcher_clone") else value
            for key, value in other.attachments.items()
        }
        self.injections = {key: list(listed) for key, listed in other.injections.items()}
        self.additional_models = {key: list(listed) for key, listed in other.additional_models.items()}
        self.hook_patches = dict(other.hook_patches)

    # -- wrappers ------------------------------------------------------------------------------------------------------

    def add_wrapper(self, wrapper_type: str, wrapper: Function) -> None:
        """Put a function around a station of sampling."""
        self.add_wrapper_with_key(wrapper_type, None, wrapper)

    def add_wrapper_with_key(self, wrapper_type: str, key: Any, wrapper: Function) -> None:
        """The same, to be found again by a key."""
        self.wrappers.setdefault(wrapper_type, {}).setdefault(key, []).append(wrapper)

    def remove_wrappers_with_key(self, wrapper_type: str, key: Any) -> None:
        """Take those of a key away."""
        self.wrappers.get(wrapper_type, {}).pop(key, None)

    def get_wrappers(self, wrapper_type: str, key: Any = None) -> list[Function]:
        """Those of a key."""
        return list(self.wrappers.get(wrapper_type, {}).get(key, ()))

    def get_all_wrappers(self, wrapper_type: str) -> list[Function]:
        """Those of all keys."""
        return [wrapper for listed in self.wrappers.get(wrapper_type, {}).values() for wrapper in listed]

    # -- callbacks -----------------------------------------------------------------------------------------------------

    def add_callback(self, call_type: str, callback: Function) -> None:
        """Have a function called at a moment of the model's life."""
        self.add_callback_with_key(call_type, None, callback)

    def add_callback_with_key(self, call_type: str, key: Any, callback: Function) -> None:
        """The same, to be found again by a key."""
        self.callbacks.setdefault(call_type, {}).setdefault(key, []).append(callback)

    def remove_callbacks_with_key(self, call_type: str, key: Any) -> None:
        """Take those of a key away."""
        self.callbacks.get(call_type, {}).pop(key, None)

    def get_callbacks(self, call_type: str, key: Any = None) -> list[Function]:
        """Those of a key."""
        return list(self.callbacks.get(call_type, {}).get(key, ()))

    def get_all_callbacks(self, call_type: str) -> list[Function]:
        """Those of all keys."""
        return [callback for listed in self.callbacks.get(call_type, {}).values() for callback in listed]

    def called_back(self, call_type: str, *args: Any) -> Any:
        """Call them; the last argument again."""
        for callback in self.get_all_callbacks(call_type):
            callback(*args)
        return args[-1]

    # -- things that are kept ------------------------------------------------------------------------------------------

    def set_attachments(self, key: str, attachment: Any) -> None:
        """Keep something with the model."""
        self.attachments[key] = attachment

    def get_attachment(self, key: str) -> Any:
        """It again, or None."""
        return self.attachments.get(key)

    def remove_attachments(self, key: str) -> None:
        """Let it go."""
        self.attachments.pop(key, None)

    def set_injections(self, key: str, injections: list[Any]) -> None:
        """Pairs of functions that put something into the network and take it out again."""
        self.injections[key] = injections

    def get_injections(self, key: str) -> list[Any] | None:
        """Those of a key."""
        return self.injections.get(key)

    def remove_injections(self, key: str) -> None:
        """Take those of a key away."""
        self.injections.pop(key, None)

    def inject_model(self) -> None:
        """Have every injection put in what it has."""
        for listed in self.injections.values():
            for injection in listed:
                injection.inject(self)
        if self.injections:
            self.called_back("on_inject_model", self)

    def eject_model(self) -> None:
        """Have it taken out again, last in first out."""
        for listed in reversed(list(self.injections.values())):
            for injection in reversed(listed):
                injection.eject(self)
        if self.injections:
            self.called_back("on_eject_model", self)

    def set_additional_models(self, key: str, models: list[Any]) -> None:
        """Models that this one needs."""
        self.additional_models[key] = models

    def get_additional_models_with_key(self, key: str) -> list[Any]:
        """Those of a key."""
        return self.additional_models.get(key, [])

    def get_additional_models(self) -> list[Any]:
        """Those of all keys."""
        return [model for listed in self.additional_models.values() for model in listed]

    def remove_additional_models(self, key: str) -> None:
        """Take those of a key away."""
        self.additional_models.pop(key, None)

    def get_nested_additional_models(self) -> list[Any]:
        """The same with those that they need."""
        found = self.get_additional_models()
        return found + [inner for model in found for inner in model.get_nested_additional_models()]


def table_copy(table: Table) -> Table:
    """A table to change."""
    return {kind: {key: list(listed) for key, listed in by_key.items()} for kind, by_key in table.items()}
