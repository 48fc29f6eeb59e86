from comfy_api.latest import ComfyExtension, io, ui
from typing_extensions import override

LOADED = []


class V3Scale(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(
            node_id="V3Scale",
            display_name="V3 Scale",
            category="v3",
            inputs=[
                io.Float.Input("value", default=1.0, min=0.0, max=10.0),
                io.Combo.Input("mode", options=["twice", "thrice"]),
            ],
            outputs=[io.Float.Output(display_name="scaled")],
            hidden=[io.Hidden.unique_id],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, value, mode) -> io.NodeOutput:
        factor = 2 if mode == "twice" else 3
        return io.NodeOutput(value * factor, ui=ui.PreviewText(f"{cls.hidden.unique_id}: {value * factor}"))


class V3Extension(ComfyExtension):
    @override
    async def on_load(self):
        LOADED.append(True)

    @override
    async def get_node_list(self) -> list[type[io.ComfyNode]]:
        return [V3Scale] if LOADED else []  # on_load comes first


async def comfy_entrypoint() -> V3Extension:
    return V3Extension()
