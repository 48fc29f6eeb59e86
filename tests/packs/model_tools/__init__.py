"""What packs that change models do, each as a node."""
import copy

import comfy.model_management as mm
import comfy.model_patcher
import comfy.patcher_extension
import comfy.sample
import comfy.samplers
import comfy.sd
import comfy.utils
import folder_paths
import latent_preview
import nodes
import torch
from comfy.ldm.modules.attention import optimized_attention
from comfy.model_sampling import EPS, V_PREDICTION, ModelSamplingDiscrete

SEEN = []


class Base:
    RETURN_TYPES = ("MODEL",)
    FUNCTION = "patch"
    CATEGORY = "model_tools"

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",)}}


class CfgFunction(Base):
    def patch(self, model):
        def own(args):
            SEEN.append("cfg")
            return args["uncond"] + (args["cond"] - args["uncond"]) * args["cond_scale"]

        m = model.clone()
        m.set_model_sampler_cfg_function(own)
        return (m,)


class PostCfg(Base):
    def patch(self, model):
        m = model.clone()

        def post(args):
            SEEN.append("post")
            again = comfy.samplers.calc_cond_batch(
                args["model"], [args["cond"]], args["input"], args["sigma"], args["model_options"]
            )[0]
            assert torch.allclose(again, args["cond_denoised"], atol=1e-4)
            assert float(args["model"].model_sampling.sigma_max) > 1
            return args["denoised"] * 1.0

        m.set_model_sampler_post_cfg_function(post, disable_cfg1_optimization=True)
        return (m,)


class Attention(Base):
    def patch(self, model):
        m = model.clone()

        def replace(q, k, v, extra_options):
            SEEN.append(("attn1", extra_options["block"], extra_options["n_heads"]))
            return optimized_attention(q, k, v, heads=extra_options["n_heads"])

        def before(n, context, value, extra_options):
            SEEN.append("attn2")
            return n, context, value

        for number in (1, 2, 4, 5):
            m.set_model_attn1_replace(replace, "input", number)
        m.set_model_attn2_patch(before)
        m.set_model_input_block_patch(lambda h, options: h)
        m.set_model_output_block_patch(lambda h, hsp, options: (h, hsp))
        return (m,)


class Options(Base):
    """Writes into model_options by hand, as many do."""

    def patch(self, model):
        m = model.clone()
        to = m.model_options["transformer_options"] = m.model_options["transformer_options"].copy()
        to["patches_replace"] = to.get("patches_replace", {}).copy()
        to["patches_replace"].setdefault("attn2", {})[("middle", 0, 0)] = lambda q, k, v, extra: optimized_attention(
            q, k, v, extra["n_heads"]
        )
        to["my_pack"] = {"scale": 2}
        m.model_options["my_option"] = 1
        return (m,)


class FunctionWrapper(Base):
    def patch(self, model):
        m = model.clone()
        old = m.model_options.get("model_function_wrapper")
        assert old is None

        def wrapper(apply_model, args):
            SEEN.append(tuple(args["cond_or_uncond"]))
            return apply_model(args["input"], args["timestep"], **args["c"])

        m.set_model_unet_function_wrapper(wrapper)
        return (m,)


class Wrappers(Base):
    def patch(self, model):
        m = model.clone()
        W = comfy.patcher_extension.WrappersMP

        def outer(executor, noise, latent_image, sampler, sigmas, denoise_mask=None, callback=None, disable_pbar=False, seed=None, **kwargs):
            SEEN.append(("outer", executor.class_obj.model_patcher.model_options["transformer_options"]["wrappers"] is not None))
            return executor(noise, latent_image, sampler, sigmas, denoise_mask, callback, disable_pbar, seed, **kwargs)

        def sampler(executor, model_wrap, sigmas, extra_args, callback, noise, latent_image=None, denoise_mask=None, disable_pbar=False):
            SEEN.append("sampler")
            assert model_wrap.inner_model.model_sampling is not None
            return executor(model_wrap, sigmas, extra_args, callback, noise, latent_image, denoise_mask, disable_pbar)

        def predict(executor, x, timestep, model_options={}, seed=None):
            SEEN.append("predict")
            return executor(x, timestep, model_options, seed)

        def calc(executor, model, conds, x_in, timestep, model_options):
            SEEN.append("calc")
            return executor(model, conds, x_in, timestep, model_options)

        def apply(executor, x, t, c_concat=None, c_crossattn=None, control=None, transformer_options={}, **kwargs):
            SEEN.append("apply")
            return executor(x, t, c_concat, c_crossattn, control, transformer_options, **kwargs)

        def network(executor, x, timesteps, context, y=None, control=None, transformer_options={}, **kwargs):
            SEEN.append("network")
            return executor(x, timesteps, context, y, control, transformer_options, **kwargs)

        m.add_wrapper_with_key(W.OUTER_SAMPLE, "model_tools", outer)
        m.add_wrapper_with_key(W.SAMPLER_SAMPLE, "model_tools", sampler)
        m.add_wrapper(W.PREDICT_NOISE, predict)
        m.add_wrapper_with_key(W.CALC_COND_BATCH, "model_tools", calc)
        m.add_wrapper_with_key(W.APPLY_MODEL, "model_tools", apply)
        comfy.patcher_extension.add_wrapper_with_key(W.DIFFUSION_MODEL, "model_tools", network, m.model_options, is_model_options=True)
        m.add_callback_with_key(comfy.patcher_extension.CallbacksMP.ON_PRE_RUN, "x", lambda patcher: SEEN.append("pre_run"))
        m.add_callback_with_key(comfy.patcher_extension.CallbacksMP.ON_CLEANUP, "x", lambda patcher: SEEN.append("cleanup"))
        return (m,)


class Sampling(Base):
    def patch(self, model):
        class ModelSamplingAdvanced(ModelSamplingDiscrete, V_PREDICTION):
            pass

        m = model.clone()
        made = ModelSamplingAdvanced(model.model.model_config)
        m.add_object_patch("model_sampling", made)
        assert m.get_model_object("model_sampling") is made
        assert isinstance(model.get_model_object("model_sampling"), EPS)
        assert not isinstance(model.model.model_sampling, V_PREDICTION)
        return (m,)


class Lora(Base):
    def patch(self, model):
        import comfy.lora

        lora = comfy.utils.load_torch_file(folder_paths.get_full_path_or_raise("loras", "sd15_tiny_lora.safetensors"), safe_load=True)
        keys = comfy.lora.model_lora_keys_unet(model.model, {})
        loaded = comfy.lora.load_lora(lora, keys)
        m = model.clone()
        found = m.add_patches(loaded, 0.8)
        assert set(found) == set(loaded) and found
        return (m,)


class LoraForModels(Base):
    RETURN_TYPES = ("MODEL", "CLIP")

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",), "clip": ("CLIP",)}}

    def patch(self, model, clip):
        lora = comfy.utils.load_torch_file(folder_paths.get_full_path("loras", "sd15_tiny_lora.safetensors"))
        return comfy.sd.load_lora_for_models(model, clip, lora, 0.8, 0.6)


class Merge(Base):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model1": ("MODEL",), "model2": ("MODEL",), "ratio": ("FLOAT", {"default": 0.3})}}

    def patch(self, model1, model2, ratio):
        m = model1.clone()
        for key, patch in model2.get_key_patches("diffusion_model.").items():
            m.add_patches({key: patch}, 1.0 - ratio, ratio)
        return (m,)


class Facts(Base):
    RETURN_TYPES = ("STRING",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",), "clip": ("CLIP",), "vae": ("VAE",)}}

    def patch(self, model, clip, vae):
        import comfy.latent_formats
        import comfy.model_base
        import comfy.supported_models

        mm.load_models_gpu([model])
        mm.load_model_gpu(model)
        assert isinstance(model, comfy.model_patcher.ModelPatcher)
        assert isinstance(clip, comfy.sd.CLIP) and isinstance(vae, comfy.sd.VAE)
        assert isinstance(model.model, comfy.model_base.BaseModel)
        assert not isinstance(model.model, comfy.model_base.SDXL)
        assert isinstance(model.model.model_config, comfy.supported_models.SD15)
        assert isinstance(model.model.latent_format, comfy.latent_formats.SD15)
        assert model.model.latent_format.scale_factor == 0.18215
        assert model.model.diffusion_model.dtype == model.model_dtype()
        assert model.model_size() > 1000 and model.load_device == mm.get_torch_device()
        assert model.is_clone(model.clone())
        z = torch.randn(1, 4, 2, 2)
        assert torch.allclose(model.model.process_latent_out(model.model.process_latent_in(z)), z, atol=1e-5)
        assert clip.cond_stage_model.clip_l is not None and clip.patcher is not None
        assert vae.latent_channels == 4 and vae.first_stage_model is not None
        assert len(clip.get_sd()) > 5 and len(vae.get_sd()) > 5
        return (f"{vae.downscale_ratio} {model.model.model_type.name} {model.model.model_config.unet_config['context_dim']}",)


class Encode(Base):
    RETURN_TYPES = ("CONDITIONING", "CONDITIONING", "CONDITIONING")

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"clip": ("CLIP",), "text": ("STRING", {"multiline": True})}}

    def patch(self, clip, text):
        clip = clip.clone()
        tokens = clip.tokenize(text)
        cond, pooled = clip.encode_from_tokens(tokens, return_pooled=True)
        out = clip.encode_from_tokens(clip.tokenize(text, return_word_ids=True), return_pooled=True, return_dict=True)
        clip.clip_layer(-2)
        return (
            [[cond, {"pooled_output": pooled}]],
            [[out.pop("cond"), out]],
            clip.encode_from_tokens_scheduled(tokens, add_dict={"my_value": 1}),
        )


class Pixels(Base):
    RETURN_TYPES = ("LATENT", "IMAGE")

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"vae": ("VAE",), "image": ("IMAGE",)}}

    def patch(self, vae, image):
        latent = vae.encode(image[:, :, :, :3])
        assert vae.decode_tiled(latent, tile_x=32, tile_y=32, overlap=8).shape == image.shape
        assert nodes.VAEEncode().encode(vae, image)[0]["samples"].shape == latent.shape
        return ({"samples": latent}, vae.decode(latent))


class SampleBase(Base):
    RETURN_TYPES = ("LATENT",)

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "model": ("MODEL",),
                "seed": ("INT", {"default": 0, "min": 0, "max": 0xFFFFFFFFFFFFFFFF}),
                "steps": ("INT", {"default": 20}),
                "cfg": ("FLOAT", {"default": 8.0}),
                "sampler_name": (comfy.samplers.KSampler.SAMPLERS,),
                "scheduler": (comfy.samplers.KSampler.SCHEDULERS,),
                "positive": ("CONDITIONING",),
                "negative": ("CONDITIONING",),
                "latent_image": ("LATENT",),
                "denoise": ("FLOAT", {"default": 1.0}),
            }
        }


class SampleBySample(SampleBase):
    def patch(self, model, seed, steps, cfg, sampler_name, scheduler, positive, negative, latent_image, denoise):
        samples = comfy.sample.fix_empty_latent_channels(model, latent_image["samples"])
        noise = comfy.sample.prepare_noise(samples, seed, latent_image.get("batch_index"))
        callback = latent_preview.prepare_callback(model, steps)
        steps_seen = []

        def told(step, x0, x, total):
            steps_seen.append((step, total))
            callback(step, x0, x, total)

        out = comfy.sample.sample(
            model, noise, steps, cfg, sampler_name, scheduler, positive, negative, samples, denoise=denoise,
            disable_noise=False, start_step=None, last_step=None, force_full_denoise=False,
            noise_mask=latent_image.get("noise_mask"), callback=told,
            disable_pbar=not comfy.utils.PROGRESS_BAR_ENABLED, seed=seed,
        )
        SEEN.append(steps_seen)
        return ({**latent_image, "samples": out},)


class SampleByCommon(SampleBase):
    def patch(self, model, seed, steps, cfg, sampler_name, scheduler, positive, negative, latent_image, denoise):
        return nodes.common_ksampler(
            model, seed, steps, cfg, sampler_name, scheduler, positive, negative, latent_image, denoise=denoise
        )


class SampleByParts(SampleBase):
    def patch(self, model, seed, steps, cfg, sampler_name, scheduler, positive, negative, latent_image, denoise):
        sampler = comfy.samplers.sampler_object(sampler_name)
        sigmas = comfy.samplers.calculate_sigmas(model.get_model_object("model_sampling"), scheduler, steps)
        noise = comfy.sample.prepare_noise(latent_image["samples"], seed)
        out = comfy.sample.sample_custom(
            model, noise, cfg, sampler, sigmas, positive, negative, latent_image["samples"], seed=seed
        )
        return ({"samples": out.to(mm.intermediate_device())},)


@torch.no_grad()
def sample_model_tools(model, x, sigmas, extra_args=None, callback=None, disable=None, kick=0.0):
    extra_args = {} if extra_args is None else extra_args
    s_in = x.new_ones([x.shape[0]])
    seen = {}

    def post(args):
        seen["uncond"] = args["uncond_denoised"]
        return args["denoised"]

    options = extra_args.get("model_options", {}).copy()
    extra_args["model_options"] = comfy.model_patcher.set_model_options_post_cfg_function(
        options, post, disable_cfg1_optimization=True
    )
    for i in range(len(sigmas) - 1):
        denoised = model(x, sigmas[i] * s_in, **extra_args)
        assert seen.pop("uncond").shape == x.shape
        assert model.inner_model.model_sampling.sigma_max > 1
        d = (x - denoised) / sigmas[i]
        if callback is not None:
            callback({"x": x, "i": i, "sigma": sigmas[i], "sigma_hat": sigmas[i], "denoised": denoised})
        x = x + d * (sigmas[i + 1] - sigmas[i])
    return x + kick


class FunctionSampler(Base):
    RETURN_TYPES = ("SAMPLER",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"kick": ("FLOAT", {"default": 0.0})}}

    def patch(self, kick):
        return (comfy.samplers.KSAMPLER(sample_model_tools, {"kick": kick}),)


class OwnSampler(comfy.samplers.KSAMPLER):
    def sample(self, model_wrap, sigmas, extra_args, callback, noise, latent_image=None, denoise_mask=None, disable_pbar=False):
        SEEN.append("own sampler")
        return super().sample(model_wrap, sigmas, extra_args, callback, noise, latent_image, denoise_mask, disable_pbar)


class ClassSampler(FunctionSampler):
    def patch(self, kick):
        return (OwnSampler(sample_model_tools),)


class MyGuider(comfy.samplers.CFGGuider):
    def set_conds(self, positive, negative, empty):
        self.inner_set_conds({"positive": positive, "negative": negative, "empty": empty})

    def predict_noise(self, x, timestep, model_options={}, seed=None):
        positive, negative = self.conds.get("positive"), self.conds.get("negative")
        out = comfy.samplers.calc_cond_batch(
            self.inner_model, [positive, negative, self.conds.get("empty")], x, timestep, model_options
        )
        return comfy.samplers.cfg_function(
            self.inner_model, out[0], out[1], self.cfg, x, timestep, model_options=model_options,
            cond=positive, uncond=negative,
        )


class Guider(Base):
    RETURN_TYPES = ("GUIDER",)

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "model": ("MODEL",), "positive": ("CONDITIONING",), "negative": ("CONDITIONING",),
                "cfg": ("FLOAT", {"default": 8.0}),
            }
        }

    def patch(self, model, positive, negative, cfg):
        guider = MyGuider(model)
        guider.set_conds(positive, negative, negative)
        guider.set_cfg(cfg)
        return (guider,)


class Control(Base):
    RETURN_TYPES = ("CONDITIONING", "CONDITIONING")

    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "positive": ("CONDITIONING",), "negative": ("CONDITIONING",), "control_net": ("CONTROL_NET",),
                "image": ("IMAGE",), "strength": ("FLOAT", {"default": 1.0}),
            }
        }

    def patch(self, positive, negative, control_net, image, strength):
        hint = image.movedim(-1, 1)
        cnets, out = {}, []
        for conditioning in (positive, negative):
            c = []
            for t in conditioning:
                d = t[1].copy()
                prev = d.get("control", None)
                if prev in cnets:
                    c_net = cnets[prev]
                else:
                    c_net = control_net.copy().set_cond_hint(hint, strength, (0.0, 0.9))
                    c_net.set_previous_controlnet(prev)
                    cnets[prev] = c_net
                d["control"] = c_net
                d["control_apply_to_uncond"] = False
                c.append([t[0], d])
            out.append(c)
        return (out[0], out[1])


class Pipe(Base):
    RETURN_TYPES = ("PIPE_LINE",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",), "clip": ("CLIP",), "vae": ("VAE",)}}

    def patch(self, model, clip, vae):
        return ({"model": model, "clip": clip, "vae": vae},)


class Unpipe(Base):
    RETURN_TYPES = ("MODEL", "CLIP", "VAE")

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"pipe": ("PIPE_LINE",)}}

    def patch(self, pipe):
        return pipe["model"], pipe["clip"], pipe["vae"]


class Loader(Base):
    RETURN_TYPES = ("MODEL", "CLIP", "VAE")

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"ckpt_name": (folder_paths.get_filename_list("checkpoints"),)}}

    def patch(self, ckpt_name):
        out = comfy.sd.load_checkpoint_guess_config(
            folder_paths.get_full_path("checkpoints", ckpt_name), output_vae=True, output_clip=True,
            embedding_directory=folder_paths.get_folder_paths("embeddings"),
        )
        return out[:3]


class Refused(Base):
    def patch(self, model):
        m = model.clone()
        m.add_object_patch("diffusion_model.input_blocks.0.0", None)
        return (m,)


class OwnModule(Base):
    """Has a network of its own loaded, as detectors do."""

    RETURN_TYPES = ("FLOAT",)

    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("FLOAT", {"default": 1.0})}}

    def patch(self, value):
        net = torch.nn.Linear(1, 1, bias=False).eval().requires_grad_(False)
        net.weight.fill_(2.0)
        patcher = comfy.model_patcher.ModelPatcher(net, mm.get_torch_device(), mm.unet_offload_device())
        patcher = patcher.clone()
        patcher.add_patches({"weight": (torch.ones(1, 1),)}, 0.5)
        mm.load_model_gpu(patcher)
        assert mm.loaded_models() and patcher.model is net
        result = net(torch.tensor([[value]])).item()
        patcher.detach()
        assert net.weight.item() == 2.0
        mm.unload_all_models()
        return (result,)


NODE_CLASS_MAPPINGS = {
    f"MT{kind.__name__}": kind
    for kind in (
        CfgFunction, PostCfg, Attention, Options, FunctionWrapper, Wrappers, Sampling, Lora, LoraForModels, Merge, Facts,
        Encode, Pixels, SampleBySample, SampleByCommon, SampleByParts, FunctionSampler, ClassSampler, Guider, Control,
        Pipe, Unpipe, Loader, Refused, OwnModule,
    )
}
