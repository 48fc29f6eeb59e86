from comfy_execution.graph_utils import GraphBuilder, is_link


class ExpandSum:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"a": ("INT", {"default": 1}), "b": ("INT", {"default": 2})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "expand"

    def expand(self, a, b):
        assert not is_link(a)
        graph = GraphBuilder()
        first = graph.node("ExpandInner", a=a, b=b)
        second = graph.node("ExpandInner", a=first.out(0), b=10)
        return {"result": (second.out(0),), "expand": graph.finalize()}


class ExpandInner:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"a": ("INT", {}), "b": ("INT", {})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "add"

    def add(self, a, b):
        return (a + b,)


NODE_CLASS_MAPPINGS = {"ExpandSum": ExpandSum, "ExpandInner": ExpandInner}
