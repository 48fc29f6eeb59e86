from comfy_api.latest import ComfyExtension, io, ui


class V3Everything(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        template = io.MatchType.Template("t", [io.Int, io.Float])
        return io.Schema(
            node_id="V3Everything",
            display_name="Everything",
            category="v3",
            inputs=[
                io.Int.Input("count", default=2, min=0, max=10, step=1, display_mode=io.NumberDisplay.slider, control_after_generate=True),
                io.Combo.Input("mode", options=["sum", "product"]),
                io.MultiType.Input(io.String.Input("any", default="", multiline=True), types=[io.Int, io.Float], optional=True),
                io.Autogrow.Input("numbers", template=io.Autogrow.TemplatePrefix(io.Float.Input("number"), prefix="n", min=1, max=5)),
                io.DynamicCombo.Input("extra", options=[
                    io.DynamicCombo.Option("none", []),
                    io.DynamicCombo.Option("plus", [io.Float.Input("amount", default=1.0)]),
                ]),
                io.Custom("MY_TYPE").Input("mine", optional=True),
                io.Boolean.Input("flag", default=True, label_on="yes", label_off="no", optional=True),
            ],
            outputs=[io.Float.Output("total"), io.String.Output(display_name="id"), io.Custom("MY_TYPE").Output()],
            hidden=[io.Hidden.unique_id, io.Hidden.prompt],
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, mode, **kwargs):
        return True if mode in ("sum", "product") else "no such mode"

    @classmethod
    def fingerprint_inputs(cls, **kwargs):
        return 1

    @classmethod
    def execute(cls, count, mode, numbers, extra, any="", mine=None, flag=True):
        total = 0.0 if mode == "sum" else 1.0
        for value in numbers.values():
            total = total + value if mode == "sum" else total * value
        if extra["extra"] == "plus":
            total += extra["amount"]
        try:
            cls.changed = 1
            locked = False
        except AttributeError:
            locked = True
        assert locked and cls.hidden.prompt
        return io.NodeOutput(total, cls.hidden.unique_id, {"mine": 1}, ui=ui.PreviewText(str(total)))


class V3Gate(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema("V3Gate", inputs=[io.Int.Input("value"), io.Boolean.Input("open", default=True)], outputs=[io.Int.Output()])

    @classmethod
    def execute(cls, value, open):
        return io.NodeOutput(value) if open else io.NodeOutput(block_execution="closed")


class Extension(ComfyExtension):
    async def get_node_list(self):
        return [V3Everything, V3Gate]


async def comfy_entrypoint():
    return Extension()
