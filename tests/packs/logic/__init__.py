from comfy_execution.graph import ExecutionBlocker
from comfy_execution.graph_utils import GraphBuilder, is_link


class AlwaysEqualProxy(str):
    def __eq__(self, _):
        return True

    def __ne__(self, _):
        return False

    __hash__ = str.__hash__


class TautologyStr(str):
    def __ne__(self, other):
        return False


class ByPassTypeTuple(tuple):
    def __getitem__(self, index):
        if index > 0:
            index = 0
        item = super().__getitem__(index)
        return TautologyStr(item) if isinstance(item, str) else item


class FlexibleOptionalInputType(dict):
    def __init__(self, type, data=None):
        self.type = type
        self.data = data or {}
        for k, v in self.data.items():
            self[k] = v

    def __getitem__(self, key):
        if key in self.data:
            return self.data[key]
        return (self.type,)

    def __contains__(self, key):
        return True


any_type = AlwaysEqualProxy("*")


class LogicIfElse:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"boolean": ("BOOLEAN",), "on_true": (any_type, {"lazy": True}), "on_false": (any_type, {"lazy": True})}}

    RETURN_TYPES = (any_type,)
    FUNCTION = "execute"

    def check_lazy_status(self, boolean, on_true=None, on_false=None):
        if boolean and on_true is None:
            return ["on_true"]
        if not boolean and on_false is None:
            return ["on_false"]

    def execute(self, *args, **kwargs):
        return (kwargs["on_true"] if kwargs["boolean"] else kwargs["on_false"],)


class LogicGate:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": (any_type,), "open": ("BOOLEAN", {"default": True})}}

    RETURN_TYPES = ByPassTypeTuple((any_type,))
    FUNCTION = "execute"

    def execute(self, value, open):
        return (value if open else ExecutionBlocker(None),)


class LogicIndexSwitch:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"index": ("INT", {"default": 0})}, "optional": FlexibleOptionalInputType(any_type, {"value0": (any_type, {"lazy": True})})}

    RETURN_TYPES = (any_type,)
    FUNCTION = "execute"

    def execute(self, index, **kwargs):
        return (kwargs.get(f"value{index}"),)


class LogicWhile:
    """A loop by expansion, with itself inside."""

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"count": ("INT", {"default": 3}), "total": ("INT", {"default": 0})},
                "hidden": {"dynprompt": "DYNPROMPT", "unique_id": "UNIQUE_ID"}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "execute"

    def execute(self, count, total, dynprompt=None, unique_id=None):
        assert dynprompt.get_node(unique_id)["class_type"] == "LogicWhile"
        assert not is_link(count)
        if count <= 0:
            return (total,)
        graph = GraphBuilder()
        again = graph.node("LogicWhile", count=count - 1, total=total + count)
        return {"result": (again.out(0),), "expand": graph.finalize()}


class LogicShow:
    OUTPUT_NODE = True
    RETURN_TYPES = ()
    FUNCTION = "execute"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}, "optional": {"anything": (any_type, {})}, "hidden": {"unique_id": "UNIQUE_ID"}}

    @classmethod
    def VALIDATE_INPUTS(cls, input_types):
        return True

    def execute(self, unique_id=None, **kwargs):
        return {"ui": {"text": [str(value) for value in kwargs.values()]}}


NODE_CLASS_MAPPINGS = {k.__name__: k for k in (LogicIfElse, LogicGate, LogicIndexSwitch, LogicWhile, LogicShow)}
