"""The schema style's declarations: types, options in the V1 spelling, completion and checks of a schema."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from graphcore.errors import DeclarationError
from graphcore.sockets import assignable
from nodes.compat.schema import io, ui
from nodes.compat.stubs import UnsupportedSymbol


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@pytest.mark.parametrize(
    ("item", "kind", "options"),
    [
        (io.Image.Input("a"), "IMAGE", {}),
        (io.Int.Input("a", default=1, min=0, max=9, step=2, control_after_generate=True), "INT",
         {"default": 1, "min": 0, "max": 9, "step": 2, "control_after_generate": True}),
        (io.Int.Input("a", display_mode=io.NumberDisplay.slider, force_input=True), "INT",
         {"display": "slider", "forceInput": True}),
        (io.Float.Input("a", round=0.1, lazy=True), "FLOAT", {"round": 0.1, "lazy": True}),
        (io.String.Input("a", multiline=True, dynamic_prompts=True, placeholder="p"), "STRING",
         {"multiline": True, "dynamicPrompts": True, "placeholder": "p"}),
        (io.Boolean.Input("a", label_on="y", label_off="n", socketless=True), "BOOLEAN",
         {"label_on": "y", "label_off": "n", "socketless": True}),
        (io.Combo.Input("a", ["x", "y"], default="y"), "COMBO",
         {"default": "y", "multiselect": False, "options": ["x", "y"]}),
        (io.Combo.Input("a", Colour, default=Colour.BLUE), "COMBO",
         {"default": "blue", "multiselect": False, "options": ["red", "blue"]}),
        (io.Combo.Input("a", ["x"], upload=io.UploadType.image, image_folder=io.FolderType.input), "COMBO",
         {"multiselect": False, "options": ["x"], "image_upload": True, "image_folder": "input"}),
        (io.Combo.Input("a", remote=io.RemoteOptions("/r", True, timeout=5)), "COMBO",
         {"multiselect": False,
          "remote": {"route": "/r", "refresh_button": True, "control_after_refresh": "first", "timeout": 5}}),
        (io.MultiCombo.Input("a", ["x", "y"], chip=True), "COMBO",
         {"multiselect": True, "options": ["x", "y"], "multi_select": True, "chip": True}),
        (io.Custom("FILM").Input("a", tooltip="t", extra_dict={"own": 1}), "FILM", {"tooltip": "t", "own": 1}),
        (io.MultiType.Input("a", [io.Image, io.Mask], raw_link=True), "IMAGE,MASK", {"rawLink": True}),
        (io.MultiType.Input(io.Float.Input("a", default=2.0), [io.Int, io.Float]), "FLOAT,INT",
         {"widgetType": "FLOAT", "default": 2.0}),
    ],
)  # fmt: skip
def test_types_and_options(item: Any, kind: str, options: dict[str, Any]) -> None:
    assert item.id == "a"
    assert item.get_io_type() == kind
    assert item.as_dict() == options


def test_the_any_type_takes_everything() -> None:
    kind = io.AnyType.Input("a").get_io_type()
    assert str(kind) == "*"
    assert assignable("IMAGE", kind)
    assert assignable(io.AnyType.Output().get_io_type(), "IMAGE")


def test_a_union_may_name_an_optional_input() -> None:
    item = io.MultiType.Input(io.Int.Input("a", optional=True, tooltip="t", display_name="A"), [io.Float])
    assert (item.optional, item.tooltip, item.display_name) == (True, "t", "A")


def test_a_type_with_classes_of_its_own() -> None:
    @io.comfytype(io_type="FILM")
    class Film(io.ComfyType):
        class Input(io.Input):
            def as_dict(self) -> dict[str, Any]:
                return {"own": True}

    assert Film.io_type == "FILM"
    assert (Film.Input("a").get_io_type(), Film.Input("a").as_dict()) == ("FILM", {"own": True})
    assert Film.Output().get_io_type() == "FILM"


def test_a_schema_is_completed() -> None:
    outputs = [io.Int.Output(), io.Image.Output("named"), io.Int.Output(display_name="shown")]
    schema = io.Schema("S", outputs=outputs, is_output_node=True, is_api_node=True, hidden=[io.Hidden.prompt])
    schema.finalize()
    assert [output.id for output in schema.outputs] == ["_0_INT_", "named", "_2_INT_"]
    assert [kind.name for kind in schema.hidden] == [
        "prompt", "auth_token_comfy_org", "api_key_comfy_org", "extra_pnginfo",
    ]  # fmt: skip
    schema.finalize()
    assert len(schema.hidden) == 4
    assert schema.input_types()["hidden"]["prompt"] == ("PROMPT",)


@pytest.mark.parametrize("side", ["input", "output"])
def test_ids_are_unique(side: str) -> None:
    items = {"inputs": [io.Int.Input("a")] * 2} if side == "input" else {"outputs": [io.Int.Output("a")] * 2}
    with pytest.raises(DeclarationError, match=f"the {side} id 'a' is used twice"):
        io.Schema("S", **items).validate()
    both = io.Schema("S", inputs=[io.Int.Input("a")], outputs=[io.Int.Output("a")])
    both.validate()


def test_outputs_of_a_node_result() -> None:
    assert io.NodeOutput().result is None
    assert io.NodeOutput(1, 2)[1] == 2


def test_every_core_type_is_offered() -> None:
    core = """STRING INT FLOAT BOOLEAN COMBO IMAGE MASK LATENT CONDITIONING MODEL CLIP VAE CLIP_VISION
    CLIP_VISION_OUTPUT STYLE_MODEL CONTROL_NET GLIGEN UPSCALE_MODEL SAMPLER SIGMAS GUIDER NOISE LORA_MODEL LOSS_MAP
    AUDIO VIDEO SVG WEBCAM POINT FACE_ANALYSIS BBOX SEGS HOOKS HOOK_KEYFRAMES TIMESTEPS_RANGE LATENT_OPERATION
    PHOTOMAKER VOXEL MESH LOAD_3D LOAD_3D_ANIMATION LOAD3D_CAMERA MODEL_PATCH AUDIO_ENCODER AUDIO_ENCODER_OUTPUT
    FLOW_CONTROL ACCUMULATION"""
    offered = {getattr(getattr(io, name), "io_type", None) for name in io.__all__}
    assert set(core.split()) <= offered


def test_what_newer_versions_have_is_no_reason_to_lose_a_node() -> None:
    schema = io.Schema(
        "Newer", inputs=[io.Color.Input("tint", default="#fff", socketless=True)], a_word_of_the_future=1
    )
    assert schema.input_types()["required"]["tint"] == ("COLOR", {"default": "#fff", "socketless": True})
    assert schema.more == {"a_word_of_the_future": 1}
    assert io.BoundingBox.Output("box", of_the_future=2).get_io_type() == "BOUNDING_BOX"
    assert io.BoundingBox is io.BoundingBox
    assert not hasattr(io, "TypeOfTheFuture")
    assert not hasattr(ui, "PreviewOfTheFuture")
    with pytest.raises(UnsupportedSymbol, match="PreviewOfTheFuture"):
        ui.PreviewOfTheFuture(1)
    with pytest.raises(DeclarationError, match="node_id"):
        io.Schema()
