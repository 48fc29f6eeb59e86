import importlib, os, sys
import folder_paths
from pathlib import Path
here = Path(folder_paths.__file__).parent
web = os.path.join(os.path.dirname(os.path.realpath(folder_paths.__file__)), "web", "extensions")
import nodes
os.path.dirname(nodes.__file__)
import comfy
os.path.dirname(os.path.dirname(comfy.__file__))
import comfy.utils
comfy.utils.__file__
comfy.__path__
import importlib.util
importlib.util.find_spec("comfy")
importlib.util.find_spec("comfy_extras.nodes_mask")
importlib.util.find_spec("comfy.nope_not_there")
importlib.reload
sys.modules["comfy.utils"]
sys.modules["nodes"].NODE_CLASS_MAPPINGS
sys.modules["server"].PromptServer
sys.modules.get("execution")
getattr(sys.modules["nodes"], "LoraLoader")
import comfyui_version
tuple(map(int, comfyui_version.__version__.split(".")))
from comfyui_version import __version__ as v
from packaging import version
version.parse(v) >= version.parse("0.3.0")
import pkgutil
list(pkgutil.iter_modules([os.path.dirname(folder_paths.__file__)]))
import comfy_extras
os.path.dirname(comfy_extras.__file__)
import comfy_extras.nodes_custom_sampler as ncs
ncs.__file__
import typing
from typing import TYPE_CHECKING, get_type_hints
def f(model: "comfy.model_patcher.ModelPatcher", vae: comfy.sd.VAE) -> comfy.sd.CLIP: ...
import comfy.model_patcher, comfy.sd
def g(model: comfy.model_patcher.ModelPatcher | None, x: "list[comfy.sd.VAE]"): ...
get_type_hints(g)
import dataclasses
@dataclasses.dataclass
class DC:
    m: comfy.model_patcher.ModelPatcher
    s: comfy.samplers.KSAMPLER = None
    f: list = dataclasses.field(default_factory=list)
DC(None)
import abc
class AB(abc.ABC):
    @abc.abstractmethod
    def x(self): ...
class Mix(comfy.samplers.CFGGuider, AB):
    def x(self): ...
class MixT(comfy.model_patcher.ModelPatcher, typing.Generic[typing.TypeVar("T")]): ...
import enum
class E(enum.Enum):
    A = comfy.model_base.ModelType.EPS
class Sub(comfy.samplers.KSAMPLER):
    def __init__(self, f, **k): super().__init__(f, **k)
class ProtoX(typing.Protocol):
    model: comfy.model_patcher.ModelPatcher
import torch
class TM(torch.nn.Module):
    def __init__(self): super().__init__(); self.l = comfy.ops.manual_cast.Linear(2,2); self.n = comfy.ops.disable_weight_init.LayerNorm(2); self.r = comfy.ops.disable_weight_init.RMSNorm(2)
TM()
torch.jit.ignore
import functools
functools.partial(comfy.samplers.sampling_function, None)
functools.lru_cache(comfy.utils.load_torch_file)
functools.singledispatch(comfy.utils.load_torch_file)
import types
comfy.sd.VAE.decode2 = types.MethodType(lambda s: 1, comfy.sd.VAE)
del comfy.sd.VAE.decode2
setattr(comfy.samplers.KSampler, "my", 1)
comfy.samplers.KSampler.my
comfy.my_ns = types.SimpleNamespace(a=1)
comfy.my_ns.a
sys.modules["comfy.my_added"] = types.ModuleType("comfy.my_added")
import comfy.my_added
folder_paths.my_attr = 3
from folder_paths import my_attr
original = getattr(comfy.samplers.KSampler, "__init__")
def patched(self, *a, **k): original(self, *a, **k)
comfy.samplers.KSampler.__init__ = patched
comfy.samplers.KSampler.__init__ = original
o2 = comfy.model_management.load_models_gpu
comfy.model_management.load_models_gpu = lambda *a, **k: o2(*a, **k)
comfy.model_management.load_models_gpu = o2
o3 = comfy.sd.load_checkpoint_guess_config
comfy.sd.load_checkpoint_guess_config = o3
o4 = nodes.LoadImage.INPUT_TYPES
nodes.LoadImage.INPUT_TYPES = classmethod(lambda c: o4())
nodes.LoadImage.INPUT_TYPES = o4
o5 = nodes.CheckpointLoaderSimple.load_checkpoint
nodes.CheckpointLoaderSimple.load_checkpoint = o5
nodes.NODE_CLASS_MAPPINGS["KSampler"].CATEGORY
nodes.NODE_CLASS_MAPPINGS["LoraLoader"].CATEGORY = "x"
nodes.NODE_CLASS_MAPPINGS.keys() | {"a"}
list(nodes.NODE_CLASS_MAPPINGS.values())[0]
nodes.NODE_DISPLAY_NAME_MAPPINGS["KSampler"]
nodes.NODE_DISPLAY_NAME_MAPPINGS.get("KSampler", "x")
"LoadImage" in nodes.NODE_DISPLAY_NAME_MAPPINGS
nodes.init_custom_nodes if hasattr(nodes, "init_custom_nodes") else 0
from server import PromptServer
hasattr(PromptServer, "instance") and PromptServer.instance is not None
getattr(PromptServer.instance, "app", None)
PromptServer.instance.routes.get("/zz9")(lambda r: None)
@PromptServer.instance.routes.route("GET", "/zz10")
async def r(request): ...
from aiohttp import web
class H:
    def __init__(self): PromptServer.instance.app.add_routes([web.get("/h1", self.h), web.post("/h2", self.h)])
    async def h(self, request): ...
H()
PromptServer.instance.app.router.add_post("/h3", r)
PromptServer.instance.app.router.add_route("*", "/h4", r)
PromptServer.instance.send_sync("my.event", {"a": 1})
PromptServer.instance.send_sync("my.event", {"a": 1}, PromptServer.instance.client_id)
PromptServer.instance.last_node_id, PromptServer.instance.last_prompt_id, PromptServer.instance.number, PromptServer.instance.port, PromptServer.instance.address
PromptServer.instance.sockets.get("x"), PromptServer.instance.prompt_queue.get_current_queue(), PromptServer.instance.prompt_queue.history, PromptServer.instance.prompt_queue.mutex
PromptServer.instance.on_prompt_handlers
loop = PromptServer.instance.loop
import asyncio
asyncio.run_coroutine_threadsafe(asyncio.sleep(0, 5), loop).result(5)
import execution
execution.PromptQueue, execution.PromptExecutor
oe = execution.validate_prompt
async def vp(*a, **k): return await oe(*a, **k)
execution.validate_prompt = vp
execution.validate_prompt = oe
