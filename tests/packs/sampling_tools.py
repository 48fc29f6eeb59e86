import comfy.sample
import comfy.samplers
import comfy.sd
import folder_paths
import latent_preview
import nodes
from nodes import NODE_CLASS_MAPPINGS as ALL


class ToolSampling:
    @classmethod
    def INPUT_TYPES(s):
        return {
            "required": {
                "ckpt": (folder_paths.get_filename_list("checkpoints"),),
                "sampler": (comfy.samplers.KSampler.SAMPLERS,),
                "scheduler": (comfy.samplers.KSampler.SCHEDULERS,),
                "seed": ("INT", {"default": 0}),
            }
        }

    RETURN_TYPES = ("LATENT", "LATENT", "LATENT", "IMAGE")
    FUNCTION = "go"

    def go(self, ckpt, sampler, scheduler, seed):
        path = folder_paths.get_full_path_or_raise("checkpoints", ckpt)
        model, clip, vae = comfy.sd.load_checkpoint_guess_config(path, output_vae=True, output_clip=True)[:3]
        positive = nodes.CLIPTextEncode().encode(clip, "a red fox")[0]
        negative = nodes.CLIPTextEncode().encode(clip, "")[0]
        latent = nodes.EmptyLatentImage().generate(64, 64)[0]
        by_class = ALL["KSampler"]().sample(
            model, seed, 2, 4.0, sampler, scheduler, positive, negative, latent, denoise=1.0
        )[0]
        by_function = nodes.common_ksampler(model, seed, 2, 4.0, sampler, scheduler, positive, negative, latent)[0]
        noise = comfy.sample.prepare_noise(latent["samples"], seed)
        x0 = {}
        samples = comfy.sample.sample(
            model, noise, 2, 4.0, sampler, scheduler, positive, negative, latent["samples"], denoise=1.0,
            callback=latent_preview.prepare_callback(model, 2, x0), seed=seed,
        )
        assert x0["x0"].shape == samples.shape
        return (by_class, by_function, {"samples": samples}, nodes.VAEDecode().decode(vae, by_class)[0])


NODE_CLASS_MAPPINGS = {"ToolSampling": ToolSampling}
