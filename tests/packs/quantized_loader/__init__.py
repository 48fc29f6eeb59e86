"""Imitates packs that load weights in a format of their own: operations, a patcher class, and models made over to it."""

import comfy.lora
import comfy.model_management
import comfy.model_patcher
import comfy.ops
import comfy.sd
import comfy.utils
import folder_paths
import nodes
import torch


def update_folder_names_and_paths(key, targets=[]):
    # The folder key may be an earlier pack's
    base = folder_paths.folder_names_and_paths.get(key, ([], {}))
    base = base[0] if isinstance(base[0], (list, set, tuple)) else []
    target = next((x for x in targets if x in folder_paths.folder_names_and_paths), targets[0])
    orig, _ = folder_paths.folder_names_and_paths[target]
    folder_paths.folder_names_and_paths[key] = (orig or base, {".safetensors", ".qqq"})


update_folder_names_and_paths("unet_qqq", ["diffusion_models", "unet"])


class QLayer(torch.nn.Module):
    comfy_cast_weights = True
    scale = None

    def get_weight(self, tensor, dtype):
        return tensor.to(dtype) if self.scale is None else tensor.to(dtype) * self.scale

    def cast_bias_weight(s, input=None, dtype=None, device=None, bias_dtype=None):
        dtype = dtype or getattr(input, "dtype", torch.float32)
        bias = None if s.bias is None else comfy.ops.cast_to(s.get_weight(s.bias, dtype), bias_dtype or dtype, input.device, non_blocking=False, copy=False)
        return comfy.ops.cast_to(s.get_weight(s.weight, dtype), dtype, input.device, non_blocking=False, copy=False), bias

    def forward_comfy_cast_weights(self, input, *args, **kwargs):
        weight, bias = self.cast_bias_weight(input)
        return torch.nn.functional.linear(input, weight, bias)


class QOps(comfy.ops.manual_cast):
    """Dequantizes weights as they are used."""

    class Linear(QLayer, comfy.ops.manual_cast.Linear):
        def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
            torch.nn.Module.__init__(self)
            self.in_features, self.out_features = in_features, out_features
            self.weight = torch.nn.Parameter(torch.zeros(out_features, in_features), requires_grad=False)
            self.bias = torch.nn.Parameter(torch.zeros(out_features), requires_grad=False) if bias else None

    class Conv2d(QLayer, comfy.ops.manual_cast.Conv2d):
        pass

    class Embedding(QLayer, comfy.ops.manual_cast.Embedding):
        pass


class QModelPatcher(comfy.model_patcher.ModelPatcher):
    patch_on_device = False

    def patch_weight_to_device(self, key, device_to=None, inplace_update=False):
        return super().patch_weight_to_device(key, device_to, inplace_update)

    def unpatch_model(self, device_to=None, unpatch_weights=True):
        return super().unpatch_model(device_to=device_to, unpatch_weights=unpatch_weights)

    mmap_released = False

    def load(self, *args, force_patch_weights=False, **kwargs):
        super().load(*args, force_patch_weights=True, **kwargs)
        self.mmap_released = True

    def clone(self, *args, **kwargs):
        src_cls = self.__class__
        self.__class__ = QModelPatcher
        n = super().clone(*args, **kwargs)
        n.__class__ = QModelPatcher
        self.__class__ = src_cls
        n.patch_on_device = getattr(self, "patch_on_device", False)
        return n


class QLoader:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"ckpt_name": (folder_paths.get_filename_list("checkpoints"),)}}

    RETURN_TYPES = ("MODEL", "STRING")
    FUNCTION = "load"
    CATEGORY = "bootleg"

    def load(self, ckpt_name):
        sd = comfy.utils.load_torch_file(folder_paths.get_full_path("checkpoints", ckpt_name))
        unet = comfy.utils.state_dict_prefix_replace(sd, {"model.diffusion_model.": ""}, filter_keys=True)
        ops = QOps()
        model = comfy.sd.load_diffusion_model_state_dict(unet, model_options={"custom_operations": ops})
        if model is None:
            raise RuntimeError("ERROR: Could not detect model type")
        model = QModelPatcher.clone(model)
        model.patch_on_device = True
        return (model, type(model.clone()).__name__)


class QModule:
    """A network of the pack's own, loaded and patched by the program."""

    RETURN_TYPES = ("FLOAT", "FLOAT", "FLOAT")
    FUNCTION = "run"

    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"strength": ("FLOAT", {"default": 0.5})}}

    def run(self, strength):
        net = torch.nn.Sequential(QOps.Linear(2, 2), comfy.ops.disable_weight_init.Linear(2, 1))
        for parameter in net.parameters():
            torch.nn.init.ones_(parameter)
        patcher = QModelPatcher(net, comfy.model_management.get_torch_device(), comfy.model_management.unet_offload_device())
        patched = patcher.clone()
        patched.add_patches({"0.weight": ("diff", (torch.ones(2, 2),))}, strength)
        out = []
        for one in (patcher, patched, patcher):
            comfy.model_management.load_models_gpu([one], force_patch_weights=True)
            out.append(float(net(torch.ones(1, 2))))
            one.detach()
        assert comfy.model_patcher.get_key_weight(net, "0.weight")[0] is net[0].weight
        return tuple(out)


NODE_CLASS_MAPPINGS = {"QLoader": QLoader, "QModule": QModule}
