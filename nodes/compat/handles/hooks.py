"""HOOKS and their schedules as packs change them: in place, where ours are immutable."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nodes.compat.stubs import ProvidedType
from nodes.guidance import hooks as native
from nodes.guidance.keyframes import Keyframe, added


class HookKeyframe(metaclass=ProvidedType):
    """From share `start_percent` of the sampling on, the strength is multiplied by `strength`."""

    def __init__(self, strength: float, start_percent: float = 0.0, guarantee_steps: int = 1):
        self.strength, self.start_percent, self.guarantee_steps = strength, start_percent, guarantee_steps

    def native(self) -> Keyframe:
        """Ours."""
        return Keyframe(self.strength, self.start_percent, self.guarantee_steps)


class HookKeyframeGroup(metaclass=ProvidedType):
    """Keyframes in the order of their start."""

    def __init__(self) -> None:
        self.keyframes: list[HookKeyframe] = []

    def add(self, keyframe: HookKeyframe) -> None:
        """One more."""
        self.keyframes = sorted([*self.keyframes, keyframe], key=lambda found: found.start_percent)

    def has_index(self, index: int) -> bool:
        """Whether there are so many."""
        return 0 <= index < len(self.keyframes)

    def is_empty(self) -> bool:
        """Whether there is none."""
        return not self.keyframes

    def clone(self) -> HookKeyframeGroup:
        """A copy to change."""
        made = HookKeyframeGroup()
        made.keyframes = list(self.keyframes)
        return made

    def graphcore_native(self) -> Any:
        """Ours."""
        return added((), [keyframe.native() for keyframe in self.keyframes])


class HookGroup(native.HookGroup, metaclass=ProvidedType):
    """Hooks that apply together; one of ours that may still be changed."""

    __hash__ = native.HookGroup.__hash__

    @classmethod
    def of(cls, group: native.HookGroup) -> HookGroup:
        """The form of one of ours."""
        made = cls(group.hooks)
        object.__setattr__(made, "origin", group)
        return made

    def graphcore_native(self) -> native.HookGroup:
        """Ours, as it is now."""
        origin: native.HookGroup | None = self.__dict__.get("origin")
        return origin if origin is not None and origin.hooks == self.hooks else native.HookGroup(self.hooks)

    def clone(self) -> HookGroup:
        """A copy to change."""
        return HookGroup(self.hooks)

    def add(self, hook: native.WeightHook) -> None:
        """One more hook, in place."""
        object.__setattr__(self, "hooks", (*self.hooks, hook))

    def clone_and_combine(self, other: native.HookGroup | None) -> HookGroup:
        """Both; the other may be None."""
        return HookGroup(self.combined(other).hooks) if other is not None else self.clone()

    def set_keyframes_on_hooks(self, hook_kf: HookKeyframeGroup | None) -> None:
        """Put every hook on a schedule, in place."""
        keyframes = () if hook_kf is None else hook_kf.graphcore_native()
        object.__setattr__(self, "hooks", self.with_keyframes(keyframes).hooks)

    @staticmethod
    def combine_all_hooks(hooks_list: Iterable[native.HookGroup | None], require_count: int = 0) -> HookGroup | None:
        """All of them as one group; None for none, or for fewer than `require_count`."""
        given = [group for group in hooks_list if group is not None]
        if not given or len(given) < require_count:
            return None
        found = given[0]
        for group in given[1:]:
            found = found.combined(group)
        return HookGroup(found.hooks)
