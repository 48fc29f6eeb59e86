from comfy_api.latest import ComfyExtension, io, ui, ComfyAPI, Input, InputImpl, Types
io.Boolean, io.Int, io.Float, io.String, io.Combo, io.MultiCombo, io.Image, io.WanCameraEmbedding, io.Webcam, io.Mask, io.Latent, io.Conditioning, io.Sampler, io.Sigmas, io.Noise, io.Guider, io.Clip, io.ControlNet, io.Vae, io.Model, io.ClipVision, io.ClipVisionOutput, io.AudioEncoder, io.AudioEncoderOutput, io.StyleModel, io.Gligen, io.UpscaleModel, io.LatentUpscaleModel, io.Audio, io.Video, io.SVG, io.LoraModel, io.LossMap, io.Voxel, io.Mesh, io.Hooks, io.HookKeyframes, io.TimestepsRange, io.LatentOperation, io.FlowControl, io.Accumulation, io.Load3DCamera, io.Load3D, io.Load3DAnimation, io.Photomaker, io.Point, io.FaceAnalysis, io.BBOX, io.SEGS, io.AnyType, io.MultiType, io.Tracks, io.ModelPatch, io.Color, io.BoundingBox, io.Curve, io.Histogram, io.ImageCompare, io.MatchType, io.Autogrow, io.DynamicCombo, io.DynamicSlot, io.Custom, io.comfytype, io.ComfyTypeIO, io.ComfyTypeI, io.ComfyType, io.Schema, io.NodeOutput, io.ComfyNode, io.Hidden, io.HiddenHolder, io.NumberDisplay, io.FolderType, io.UploadType, io.RemoteOptions, io.ControlAfterGenerate, io.PriceBadge, io.PriceBadgeDepends, io.NodeInfoV1, io.NodeInfoV3, io.WidgetInput, io.Input, io.Output, io.GridSplit if 0 else io.Int, io.File3DAny, io.File3DGLB
ui.SavedResult, ui.SavedImages, ui.SavedAudios, ui.ImageSaveHelper, ui.AudioSaveHelper, ui.PreviewImage, ui.PreviewMask, ui.PreviewAudio, ui.PreviewVideo, ui.PreviewUI3D, ui.PreviewText, ui.FolderType
class T1(io.ComfyNode):
    @classmethod
    def define_schema(cls):
        return io.Schema(node_id="T1", display_name="t", category="x", description="d", search_aliases=["a"],
          inputs=[io.Boolean.Input("b", default=True, label_on="a", label_off="b", tooltip="t"), io.Int.Input("i", default=1, min=0, max=5, step=1, control_after_generate=True, display_mode=io.NumberDisplay.slider),
            io.Float.Input("f", default=1.0, round=0.01, step=0.1, optional=True, advanced=True), io.String.Input("s", multiline=True, placeholder="p", dynamic_prompts=True), io.Combo.Input("c", options=["a","b"], default="a", upload=io.UploadType.image, image_folder=io.FolderType.input),
            io.MultiCombo.Input("mc", options=["a"], default=["a"]), io.Image.Input("img", lazy=True), io.Custom("MYT").Input("my", optional=True), io.MultiType.Input("mt", [io.Image, io.Mask]), io.MultiType.Input(io.Int.Input("mti"), types=[io.Int, io.Float]), io.AnyType.Input("any", raw_link=True),
            io.Combo.Input("rc", remote=io.RemoteOptions(route="/x", refresh_button=True)), io.Color.Input("col"), io.Webcam.Input("w"), io.Latent.Input("l", extra_dict={"a":1})],
          outputs=[io.Image.Output(), io.Int.Output("n", display_name="N", tooltip="x", is_output_list=True), io.Custom("MYT").Output(id="q"), io.AnyType.Output()],
          hidden=[io.Hidden.unique_id, io.Hidden.prompt, io.Hidden.extra_pnginfo, io.Hidden.dynprompt, io.Hidden.auth_token_comfy_org, io.Hidden.api_key_comfy_org],
          is_output_node=True, is_input_list=False, is_deprecated=False, is_experimental=True, is_dev_only=False, not_idempotent=True, enable_expand=True, accept_all_inputs=True, is_api_node=False, has_intermediate_output=False, essentials_category="x")
    @classmethod
    def execute(cls, **kw): return io.NodeOutput(1, ui={"a":[1]})
s = T1.GET_SCHEMA()
T1.INPUT_TYPES()
T1.RETURN_TYPES
T1.GET_NODE_INFO_V1() 
T1.INPUT_IS_LIST, T1.OUTPUT_NODE, T1.FUNCTION, T1.CATEGORY, T1.DESCRIPTION, T1.RETURN_NAMES, T1.OUTPUT_IS_LIST, T1.OUTPUT_TOOLTIPS, T1.EXPERIMENTAL
@io.comfytype(io_type="MY_TYPE")
class MyType(io.ComfyTypeIO):
    Type = dict
    class Input(io.Input):
        def __init__(self, id, **k): super().__init__(id, **k)
    class Output(io.Output): pass
@io.comfytype(io_type="MY_W")
class MyW(io.ComfyTypeI):
    class Input(io.WidgetInput):
        def __init__(self, id: str, default=None, **k): super().__init__(id, default=default, **k)
        def as_dict(self): return super().as_dict() | {"z": 1}
MyType.Input("x").as_dict()
MyW.Input("x", default=3).as_dict()
io.Autogrow.Input("a", template=io.Autogrow.TemplatePrefix(io.Image.Input("image"), prefix="image", min=1, max=5))
io.Autogrow.Input("a", template=io.Autogrow.TemplateNames(io.Image.Input("image"), names=["q","r"], min=1))
io.DynamicCombo.Input("dc", options=[io.DynamicCombo.Option("k", [io.Int.Input("z")])])
t = io.MatchType.Template("T", allowed_types=[io.Image, io.Mask])
io.MatchType.Input("m", template=t)
io.MatchType.Output(template=t)
io.NodeOutput.from_dict({"ui":{}, "result":(1,)})
io.NodeOutput(block_execution="x"), io.NodeOutput(ui=ui.PreviewText("hi")), io.NodeOutput(1,2,expand={})
io.Image.Type, io.Model.Type, io.Audio.Type, io.Latent.Type, io.Conditioning.CondList, io.Video.Type
Types.VideoCodec, Types.VideoContainer, Types.VideoComponents, Types.MESH, Types.VOXEL, Types.File3D
Input.Image, Input.Audio, Input.Video, Input.Mask, Input.Latent
InputImpl.VideoFromFile, InputImpl.VideoFromComponents
class Ext(ComfyExtension):
    async def on_load(self): pass
    async def get_node_list(self) -> list[type[io.ComfyNode]]: return [T1]
api = ComfyAPI()
api.execution.set_progress
from comfy_api.latest import ComfyAPISync, ComfyAPI_latest, NodeReplace
from comfy_api.latest._io import Schema, ComfyNode, _ComfyNodeBaseInternal, NodeOutput
import comfy_api.latest as latest
latest.io, latest.ui
from comfy_api.version_list import supported_versions
from comfy_api.latest import IO as IO2, UI
from comfy_api.torch_helpers import set_torch_compile_wrapper
