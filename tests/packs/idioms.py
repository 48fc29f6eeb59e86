"""Imitates what packs do with the program's modules while they are imported: each idiom is tried by itself."""

import functools
import inspect

R={}
def t(name):
    def d(f):
        try: f(); R[name]="ok"
        except BaseException as e: R[name]=f"{type(e).__name__}: {e}"
        return f
    return d
@t("sig")
def _():
    from comfy.ldm.flux.layers import DoubleStreamBlock
    inspect.signature(DoubleStreamBlock.forward); inspect.signature(DoubleStreamBlock)
@t("getsource")
def _():
    from comfy.ldm.flux.model import Flux
    try: inspect.getsource(Flux.forward)
    except (TypeError, OSError): pass
@t("static")
def _():
    from server import PromptServer
    from aiohttp import web
    PromptServer.instance.app.router.add_static("/xx", ".")
    PromptServer.instance.app.add_routes([web.static("/yy",".")])
    PromptServer.instance.routes.static("/zz",".")
    @PromptServer.instance.routes.delete("/d")
    async def d(r): ...
    @PromptServer.instance.routes.view("/v")
    class V(web.View): ...
    PromptServer.instance.routes.put("/p")(d)
    PromptServer.instance.routes.head("/h")(d)
@t("args")
def _():
    from comfy.cli_args import args, parser
    args.listen, args.port, args.cpu, args.lowvram, args.disable_metadata, args.preview_method, args.use_split_cross_attention, args.fast, args.base_directory, args.front_end_version, args.verbose, args.deterministic, args.cuda_device,args.output_directory, args.enable_cors_header, args.extra_model_paths_config, args.novram, args.normalvram, args.fp16_vae, args.whatever_new
@t("starnodes")
def _():
    exec("from nodes import *", {})
    import nodes
    nodes.NODE_CLASS_MAPPINGS["KSampler"].INPUT_TYPES()
    nodes.KSampler.sample; nodes.VAEDecode().decode; nodes.LoraLoader.load_lora
    nodes.KSampler.RETURN_TYPES, nodes.SaveImage().output_dir
    nodes.init_extra_nodes; nodes.load_custom_node
@t("enum")
def _():
    from comfy.ldm.lightricks.model import LTXRopeType
    LTXRopeType.INTERLEAVED
    def f(x: LTXRopeType = LTXRopeType.INTERLEAVED, y: "LTXRopeType | None" = None): ...
@t("union annotation")
def _():
    from comfy.ldm.wan.model import WanModel
    def f(x: WanModel | None): ...
    def g(x: list[WanModel]): ...
    import typing
    typing.Optional[WanModel]; typing.Union[WanModel,int]
@t("subclass nn")
def _():
    import torch.nn as nn
    from comfy.ldm.wan.model import WanAttentionBlock, WanModel
    class A(WanAttentionBlock):
        def __init__(self,*a,**k): super().__init__(*a,**k)
    class B(nn.Module, WanModel): ...
    class C(WanModel, nn.Module): ...
@t("monkey")
def _():
    import comfy.ldm.wan.model as m
    orig=m.WanModel.forward
    @functools.wraps(orig)
    def n(*a): return orig(*a)
    m.WanModel.forward=n
    import comfy.samplers, comfy.sample, comfy.model_patcher, comfy.sd, comfy.utils, execution
    comfy.samplers.sample=comfy.samplers.sample
    comfy.model_patcher.ModelPatcher.newmethod=lambda s:1
    o=execution.PromptExecutor.execute
    execution.PromptExecutor.execute=o
    execution.validate_prompt, execution.PromptExecutor.handle_execution_error
    comfy.sd.load_checkpoint_guess_config, comfy.sd.ModelType if hasattr(comfy.sd,"ModelType") else 0
@t("mm")
def _():
    import comfy.model_management as mm
    mm.get_torch_device(); mm.unet_offload_device(); mm.VRAMState.NORMAL_VRAM; mm.vram_state; mm.CPUState.GPU; mm.cpu_state; mm.total_vram; mm.DISABLE_SMART_MEMORY; mm.FLOAT8_TYPES if hasattr(mm,'FLOAT8_TYPES') else 0
    mm.XFORMERS_IS_AVAILABLE; mm.ENABLE_PYTORCH_ATTENTION; mm.supports_fp8_compute; mm.get_torch_device_name(mm.get_torch_device()); mm.should_use_bf16(); mm.unet_inital_load_device; mm.minimum_inference_memory(); mm.extra_reserved_memory(); mm.archive_model_dtypes; mm.LoadedModel; mm.get_offload_stream; mm.is_amd(); mm.cpu_mode(); mm.mps_mode(); mm.pin_memory; mm.lora_compute_dtype
@t("utils")
def _():
    import comfy.utils as u
    u.ProgressBar(3).update(1); u.ProgressBar(3).update_absolute(1,3); u.PROGRESS_BAR_HOOK; u.set_progress_bar_enabled(True); u.flux_to_diffusers; u.mmdit_to_diffusers; u.z_image_to_diffusers; u.string_to_seed("a") ; u.clip_text_transformers_convert; u.auraflow_to_diffusers;u.detect_layer_quantization
@t("fp")
def _():
    import folder_paths as f
    f.folder_names_and_paths["idiom_x"]=([f.get_temp_directory()],{".a"}); f.get_filename_list("idiom_x"); f.add_model_folder_path("idiom_y",f.get_temp_directory()); f.get_folder_paths("idiom_y"); f.models_dir; f.base_path; f.get_system_user_directory; f.extension_mimetypes_cache; f.cache_helper.clear(); f.filename_list_cache; f.output_directory; f.get_input_directory(); f.supported_pt_extensions | {".z"}; f.get_public_user_directory; f.is_dangerous_path if hasattr(f,'is_dangerous_path') else 0
    f.set_output_directory; f.get_temp_directory()
@t("lp")
def _():
    import latent_preview as lp
    o=lp.get_previewer; lp.get_previewer=o; lp.LatentPreviewMethod.TAESD; lp.Latent2RGBPreviewer; lp.set_preview_method
@t("api")
def _():
    from comfy_api.latest import ComfyExtension, io, ui, ComfyAPI, Input, InputImpl, Types, IO, UI
    from comfy_api.latest import _io, _ui
    from comfy_api.latest._io import Schema, NodeOutput
    from comfy_api.latest._input import VideoInput, ImageInput
    from comfy_api.input_impl import VideoFromFile
    from comfy_api.input_impl.video_types import VideoFromFile
    from comfy_api.input.basic_types import AudioInput
    from comfy_api.util import VideoContainer
    from comfy_api.torch_helpers import set_torch_compile_wrapper
    from comfy_api.internal import register_versions
    from comfy_api.v0_0_2 import io as io2
    x: Input.Video; y: Types.MESH; z: Input.Latent
    io.Image.Type, io.Model.Type, io.Hidden.unique_id, io.FolderType.output, io.UploadType.image
    def f(a: io.Image.Type) -> io.NodeOutput: ...
@t("extras")
def _():
    from comfy_extras.nodes_custom_sampler import SamplerCustom, BasicGuider, KSamplerSelect, Guider_Basic, Guider_DualCFG
    from comfy_extras.nodes_mask import MaskComposite, GrowMask
    from comfy_extras.nodes_post_processing import gaussian_kernel, Blur
    from comfy_extras import nodes_differential_diffusion, nodes_flux, nodes_lt, nodes_wan
    from comfy_extras.nodes_upscale_model import UpscaleModelLoader
    import comfy_extras.nodes_model_merging as m
    m.save_checkpoint
@t("misc")
def _():
    from comfy_execution.graph import DynamicPrompt, ExecutionBlocker, get_input_info, TopologicalSort, ExecutionList
    from comfy_execution.graph_utils import GraphBuilder, Node, is_link, add_graph_prefix
    from comfy_execution.caching import HierarchicalCache, BasicCache, CacheKeySetID
    from comfy_execution.utils import CurrentNodeContext, get_executing_context
    from comfy_execution.progress import get_progress_state, ProgressState, add_progress_handler, ProgressHandler, NodeState
    from comfy_execution.validation import validate_node_input
    import comfyui_version; comfyui_version.__version__.split(".")
    import app.logger, app.user_manager, app.frontend_management
    import protocol, cuda_malloc
    from api_server.routes.internal.internal_routes import InternalRoutes
    from utils.install_util import get_missing_requirements_message
    import main
    from comfy.weight_adapter import adapters, LoRAAdapter
    from comfy.text_encoders.t5 import T5
    from comfy.ldm.hunyuan_video.model import HunyuanVideo
    from comfy.ldm.modules.diffusionmodules.mmdit import MMDiT
    from comfy.lora_convert import convert_lora
    from comfy.t2i_adapter.adapter import Adapter
    from comfy import sd1_clip, sdxl_clip, model_management, diffusers_load, latent_formats, ops
    class T(sd1_clip.SDTokenizer):
        def __init__(self, embedding_directory=None, tokenizer_data={}): super().__init__(embedding_directory=embedding_directory)
    class M(sd1_clip.SD1ClipModel):
        def __init__(self, device="cpu", dtype=None): super().__init__(device=device, dtype=dtype)
    class L(latent_formats.LatentFormat): latent_channels=4
    L().process_in
    class O(ops.manual_cast): 
        class Linear(ops.manual_cast.Linear): ...
    latent_formats.Flux(), latent_formats.SD3(), latent_formats.Wan22() , latent_formats.LTXV()
class IdiomFailures:
    """The idioms that failed."""

    @classmethod
    def INPUT_TYPES(s):
        return {"required": {}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"

    def run(self):
        return (", ".join(f"{name}: {found}" for name, found in R.items() if found != "ok"),)


NODE_CLASS_MAPPINGS = {"IdiomFailures": IdiomFailures}
