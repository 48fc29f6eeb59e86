from comfy_api.v0_0_2 import ComfyAPISync, ComfyExtension, io

api = ComfyAPISync()


class V3Count(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="V3Count", inputs=[io.Int.Input("n", default=2)], outputs=[io.Int.Output()])

    @classmethod
    def execute(cls, n):
        for i in range(n):
            api.execution.set_progress(i + 1, n)
        return io.NodeOutput(n)


class Extension(ComfyExtension):
    async def get_node_list(self):
        return [V3Count]


def comfy_entrypoint():
    return Extension()
