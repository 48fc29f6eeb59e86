from comfy.model_management import *
get_torch_device
torch
from comfy.utils import *
common_upscale, ProgressBar, load_torch_file
np, torch, math, os
from comfy.samplers import *
KSampler, sampling_function
from folder_paths import *
get_filename_list, os
from comfy.sd import *
from execution import *
from server import *
PromptServer, web
from comfy.ldm.modules.attention import *
optimized_attention, torch, nn, rearrange, F
from comfy.ldm.modules.diffusionmodules.openaimodel import *
UNetModel, th, nn, F, timestep_embedding
import comfy.model_management as mm
mm.psutil.virtual_memory().total
mm.platform.system()
import comfy.samplers as cs
cs.np.array([1]); cs.torch.zeros(1); cs.math.pi; cs.logging.info("x"); cs.scipy.stats; cs.collections.OrderedDict
import comfy.utils as cu
cu.Image.new("RGB",(1,1)); cu.np.array; cu.torch; cu.safetensors.torch; cu.logging.warning
import latent_preview as lp
lp.Image, lp.torch, lp.comfy.utils, lp.folder_paths.models_dir, lp.logging
import nodes as n
n.torch.zeros(1); n.os.path; n.comfy.samplers.KSampler.SAMPLERS; n.folder_paths.models_dir; n.np.array; n.Image.new; n.node_helpers.pillow; n.json.dumps({})
import comfy.sd as csd
csd.torch, csd.logging, csd.os, csd.comfy.utils, csd.model_management.get_torch_device
import comfy.model_patcher as mp
mp.torch, mp.copy, mp.uuid, mp.logging, mp.collections, mp.inspect, mp.math, mp.comfy.utils, mp.Optional, mp.Callable
import comfy.sample as css
css.torch, css.np, css.comfy.samplers, css.logging
import server as sv
sv.web.json_response, sv.asyncio.sleep, sv.json.dumps, sv.os.path, sv.uuid.uuid4, sv.folder_paths.models_dir, sv.execution, sv.nodes, sv.aiohttp.web, sv.logging
import execution as ex
ex.nodes, ex.torch, ex.copy, ex.logging, ex.time, ex.traceback, ex.inspect, ex.asyncio, ex.sys
import folder_paths as fp
fp.os, fp.time, fp.logging, fp.mimetypes
