"""Imitates what nodes of packs do with models, texts, samplers and controls when they run: each by itself."""

import copy
import inspect
import math
import os
import traceback

import torch
import comfy, comfy.sd, comfy.utils, comfy.samplers, comfy.sample, comfy.model_management as mm, comfy.model_patcher, comfy.controlnet, comfy.hooks, comfy.ops, comfy.conds, comfy.lora
import comfy.sampler_helpers, comfy.patcher_extension, comfy.model_sampling, comfy.latent_formats, comfy.model_base, comfy.clip_vision, comfy.sd1_clip
import folder_paths, nodes, latent_preview, node_helpers
from comfy.k_diffusion import sampling as kd
from comfy_extras.nodes_custom_sampler import Noise_RandomNoise, SamplerCustomAdvanced, Guider_Basic
P=[]
def t(f): P.append(f); return f
class D(dict): __getattr__=dict.__getitem__
def ks(v, model=None, **kw):
    a=dict(seed=1,steps=2,cfg=3.0,sampler_name="euler",scheduler="normal",denoise=1.0); a.update(kw)
    return nodes.common_ksampler(model or v.model, a["seed"],a["steps"],a["cfg"],a["sampler_name"],a["scheduler"],v.positive,v.negative,v.latent,denoise=a["denoise"],**{k:x for k,x in kw.items() if k in("disable_noise","start_step","last_step","force_full_denoise")})[0]["samples"]


@t
def common(v): 
    a=ks(v); b=nodes.KSampler().sample(v.model,1,2,3.0,"euler","normal",v.positive,v.negative,v.latent,1.0)[0]["samples"]
    assert torch.equal(a,b)


@t
def common_steps(v): ks(v,start_step=0,last_step=1,force_full_denoise=True)


@t
def common_denoise_and_steps(v): ks(v,denoise=0.5,steps=4,start_step=1,last_step=3)


@t
def common_force_only(v): ks(v,force_full_denoise=True)


@t
def common_disable_noise_denoise(v): ks(v,denoise=0.6,disable_noise=True)


@t
def ksampler_obj(v):
    s=comfy.samplers.KSampler(v.model, steps=3, device=v.model.load_device, sampler="euler", scheduler="karras", denoise=0.7, model_options=v.model.model_options)
    n=comfy.sample.prepare_noise(v.latent["samples"],3)
    out=s.sample(n, v.positive, v.negative, cfg=2.0, latent_image=v.latent["samples"], start_step=0,last_step=2,force_full_denoise=False,denoise_mask=None,sigmas=None,callback=None,disable_pbar=True,seed=3)
    s.sigmas; out.shape
    old=comfy.samplers.KSampler(v.model, steps=3, device=v.model.load_device, sampler="gone", scheduler="gone")
    assert (old.sampler, old.scheduler) == ("euler", "simple")


@t
def custom_guider_sample_override(v):
    seen=[]
    class G(comfy.samplers.CFGGuider):
        def sample(self, noise, latent_image, sampler, sigmas, denoise_mask=None, callback=None, disable_pbar=False, seed=None):
            seen.append(1)
            return super().sample(noise, latent_image, sampler, sigmas, denoise_mask=denoise_mask, callback=callback, disable_pbar=disable_pbar, seed=seed)
    g=G(v.model); g.set_conds(v.positive,v.negative); g.set_cfg(2.0)
    sig=comfy.samplers.calculate_sigmas(v.model.get_model_object("model_sampling"),"normal",2)
    r=SamplerCustomAdvanced().sample(Noise_RandomNoise(1), g, comfy.samplers.sampler_object("euler"), sig, v.latent)
    assert seen, "sample override not called"


@t
def guider_outer_inner(v):
    seen=[]
    class G(comfy.samplers.CFGGuider):
        def outer_sample(self,*a,**k): seen.append("outer"); return super().outer_sample(*a,**k)
        def inner_sample(self,*a,**k): seen.append("inner"); return super().inner_sample(*a,**k)
        def predict_noise(self,x,timestep,model_options={},seed=None): seen.append("p"); return super().predict_noise(x,timestep,model_options,seed)
    g=G(v.model); g.set_conds(v.positive,v.negative); g.set_cfg(2.0)
    sig=comfy.samplers.calculate_sigmas(v.model.get_model_object("model_sampling"),"normal",2)
    n=comfy.sample.prepare_noise(v.latent["samples"],3)
    g.sample(n, v.latent["samples"], comfy.samplers.ksampler("euler"), sig, seed=3)
    assert "outer" in seen and "inner" in seen, seen


@t
def guider_execute_native(v):
    g=nodes.NODE_CLASS_MAPPINGS["CFGGuider"]().get_guider(v.model,v.positive,v.negative,2.0)[0]
    g.sample, g.model_patcher, g.cfg


@t
def sample_in_wrapper(v):
    m=v.model.clone()
    def w(apply_model, a):
        x,ts,c=a["input"],a["timestep"],a["c"]
        assert "transformer_options" in c, list(c)
        to=c["transformer_options"]; to["sigmas"], to["cond_or_uncond"], to["sample_sigmas"], to.get("uuids")
        c["c_crossattn"]
        return apply_model(x,ts,**c)
    m.set_model_unet_function_wrapper(w); ks(v,m)


@t
def attn2_named(v):
    m=v.model.clone(); seen=[]
    class R:
        def __call__(self,q,k,v,extra_options):
            seen.append((extra_options["block"],extra_options["block_index"],extra_options.get("transformer_index"),extra_options["original_shape"],extra_options["n_heads"],extra_options["dim_head"],extra_options["cond_or_uncond"]))
            return comfy.ldm.modules.attention.optimized_attention(q,k,v,extra_options["n_heads"])
    for b in (("input",1),("input",2),("input",4),("middle",0),("output",3),("output",4)):
        m.set_model_attn2_replace(R(),*b)
    m.set_model_attn1_patch(lambda q,k,v,extra_options:(q,k,v)); m.set_model_attn2_patch(lambda q,k,v,extra_options:(q,k,v))
    m.set_model_attn1_output_patch(lambda n,extra_options:n); m.set_model_attn2_output_patch(lambda n,extra_options:n)
    m.set_model_input_block_patch_after_skip(lambda h,to:h)
    ks(v,m); assert seen


@t
def hidden_cond(v):
    m=v.model.clone()
    def cfgf(args):
        args["cond"],args["uncond"],args["cond_scale"],args["timestep"],args["input"],args["sigma"],args["cond_denoised"],args["uncond_denoised"],args["model"],args["model_options"]
        args["model"].model_sampling.sigma_max; args["model"].diffusion_model; args["model"].current_patcher if hasattr(args["model"],"current_patcher") else 0
        args["model"].latent_format
        return args["uncond"]+args["cond_scale"]*(args["cond"]-args["uncond"])
    m.set_model_sampler_cfg_function(cfgf,disable_cfg1_optimization=True)
    def pre(args):
        args["conds_out"],args["cond_scale"],args["timestep"],args["input"],args["sigma"],args["model"],args["model_options"]; return args["conds_out"]
    m.set_model_sampler_pre_cfg_function(pre)
    ks(v,m)


@t
def sampling_func_patch(v):
    o=comfy.samplers.sampling_function; seen=[]
    def n(*a,**k): seen.append(1); return o(*a,**k)
    comfy.samplers.sampling_function=n
    try: ks(v)
    finally: comfy.samplers.sampling_function=o
    assert seen, "patched sampling_function not used"


@t
def calc_cond_patch(v):
    o=comfy.samplers.calc_cond_batch; seen=[]
    def n(*a,**k): seen.append(1); return o(*a,**k)
    comfy.samplers.calc_cond_batch=n
    try: ks(v)
    finally: comfy.samplers.calc_cond_batch=o
    assert seen, "patched calc_cond_batch not used"


@t
def sample_patch(v):
    o=comfy.sample.sample; seen=[]
    def n(*a,**k): seen.append(1); return o(*a,**k)
    comfy.sample.sample=n
    try: ks(v)
    finally: comfy.sample.sample=o
    assert seen, "patched comfy.sample.sample not used by common_ksampler"


@t
def ksampler_func_patch(v):
    o=comfy.samplers.ksampler; seen=[]
    def n(*a,**k): seen.append(1); return o(*a,**k)
    comfy.samplers.ksampler=n
    try: ks(v)
    finally: comfy.samplers.ksampler=o
    assert seen


@t
def calc_sigmas_patch(v):
    o=comfy.samplers.calculate_sigmas; seen=[]
    def n(*a,**k): seen.append(1); return o(*a,**k)
    comfy.samplers.calculate_sigmas=n
    try: ks(v)
    finally: comfy.samplers.calculate_sigmas=o
    assert seen


@t
def noise_patch(v):
    o=comfy.sample.prepare_noise; seen=[]
    def n(*a,**k): seen.append(1); return o(*a,**k)
    comfy.sample.prepare_noise=n
    try: ks(v)
    finally: comfy.sample.prepare_noise=o
    assert seen, "patched prepare_noise not used"


@t
def kd_patch(v):
    o=kd.sample_euler; seen=[]
    def n(*a,**k): seen.append(1); return o(*a,**k)
    kd.sample_euler=n
    try: ks(v)
    finally: kd.sample_euler=o
    assert seen, "patched sample_euler not used"


@t
def model_keys(v):
    sd=v.model.model_state_dict(); 
    ks_=list(sd); assert ks_[0].startswith("diffusion_model."), ks_[:2]
    v.model.model_state_dict("diffusion_model.input")


@t
def key_patches_block(v):
    kp=v.model.get_key_patches("diffusion_model."); k=[k for k in kp if "input_blocks.1.1" in k]; assert k, list(kp)[:3]
    m=v.model.clone(); m.add_patches({k:kp[k] for k in kp},0.5,0.5); ks(v,m)


@t
def lora_diff(v):
    m=v.model.clone(); k=next(k for k in m.model_state_dict() if k.endswith("to_q.weight")); w=m.model_state_dict()[k]
    assert m.add_patches({k:(torch.zeros_like(w),)},1.0)
    assert m.add_patches({k:("diff",(torch.zeros_like(w),))},1.0)
    assert m.patches[k]
    ks(v,m)


@t
def injection(v):
    m=v.model.clone(); seen=[]
    m.set_injections("x",[comfy.patcher_extension.PatcherInjection(inject=lambda p: seen.append("in"), eject=lambda p: seen.append("out"))])
    ks(v,m); assert seen[:1]==["in"] and seen[-1]=="out", seen


@t
def wrapper_prepare(v):
    m=v.model.clone(); seen=[]
    def w(executor,*a,**k): seen.append(len(a)); return executor(*a,**k)
    m.add_wrapper_with_key(comfy.patcher_extension.WrappersMP.PREPARE_SAMPLING,"x",w); ks(v,m); assert seen


@t
def sampling_prep(v):
    mo,conds,models=comfy.sampler_helpers.prepare_sampling(v.model,v.latent["samples"].shape,{"positive":comfy.sampler_helpers.convert_cond(v.positive),"negative":comfy.sampler_helpers.convert_cond(v.negative)},v.model.model_options)
    comfy.sampler_helpers.cleanup_models(conds,models)


@t
def manual_predict(v):
    m=v.model; mm.load_model_gpu(m); x=torch.randn_like(v.latent["samples"]); 
    s=m.model.model_sampling.sigma_max.reshape(1)
    c=v.positive[0][0]
    out=m.model.apply_model(x,s,c_crossattn=c,transformer_options={})
    assert out.shape==x.shape
    out=m.model.diffusion_model(x,torch.tensor([500]),context=c,y=None,control=None,transformer_options={})
    assert out.shape==x.shape


@t
def conds_process(v):
    pos=comfy.sampler_helpers.convert_cond(v.positive)
    r=comfy.samplers.process_conds(v.model.model,v.latent["samples"],{"positive":pos},"cpu",v.latent["samples"],None,0)
    c=r["positive"][0]["model_conds"]["c_crossattn"]; assert isinstance(c,comfy.conds.CONDRegular), type(c)
    c.cond


@t
def clip_things(v):
    c=v.clip.clone(); c.tokenizer.clip_l; c.cond_stage_model.clip_l.transformer; c.patcher.model; c.patcher.clone(); c.patcher.load_device; c.patcher.add_patches({},1)
    tok=c.tokenize("hello world"); c.encode_from_tokens(tok,return_pooled="unprojected")
    c.tokenizer.untokenize if hasattr(c.tokenizer,"untokenize") else None
    c.cond_stage_model.clip_l.encode_token_weights(tok["l"])


@t
def clip_tok_details(v):
    tk=v.clip.tokenizer.clip_l
    tk.max_length, tk.pad_token if hasattr(tk,"pad_token") else 0, tk.tokenizer.get_vocab(), tk.embedding_directory, tk.embedding_identifier, tk.inv_vocab, tk.start_token, tk.end_token, tk.tokens_start if hasattr(tk,"tokens_start") else 0
    tk.tokenize_with_weights("a cat"); tk.untokenize(tk.tokenize_with_weights("a cat")[0])
    tk.tokenizer("a cat")["input_ids"]


@t
def clip_untok(v):
    r=v.clip.tokenizer.untokenize(v.clip.tokenize("a cat")["l"][0] if False else v.clip.tokenize("a cat"))


@t
def clip_options(v):
    c=v.clip.clone(); c.set_tokenizer_option("min_length",1); c.cond_stage_model.set_clip_options({"layer":-2}); c.cond_stage_model.reset_clip_options()
    o=c.cond_stage_model.clip_l.layer, c.cond_stage_model.clip_l.layer_idx


@t
def clip_sched(v):
    v.clip.use_clip_schedule; v.clip.encode_from_tokens_scheduled(v.clip.tokenize("x"),show_pbar=False)
    v.clip.layer_idx; v.clip.apply_hooks_to_conds


@t
def clip_direct_embeds(v):
    t_=v.clip.tokenize("x"); emb=torch.zeros(v.clip.cond_stage_model.clip_l.transformer.get_input_embeddings().weight.shape[1])
    t_["l"][0][1]=(emb,1.0); v.clip.encode_from_tokens(t_)


@t
def sd1clip_functions(v):
    comfy.sd1_clip.token_weights(comfy.sd1_clip.escape_important("a (b:1.2) \\(c\\)"),1.0); comfy.sd1_clip.unescape_important("x")
    comfy.sd1_clip.expand_directory_list([folder_paths.models_dir]) ; comfy.sd1_clip.gen_empty_tokens({"start":0,"end":1,"pad":1},77)


@t
def vae_things(v):
    z=v.vae.encode(v.image); v.vae.decode(z); v.vae.decode_tiled(z,tile_x=32,tile_y=32,overlap=8); v.vae.encode_tiled(v.image,tile_x=64,tile_y=64,overlap=16)
    v.vae.first_stage_model.to("cpu"); v.vae.vae_dtype; v.vae.device; v.vae.memory_used_decode(z.shape,v.vae.vae_dtype); v.vae.process_input(v.image); v.vae.downscale_ratio; v.vae.latent_channels; v.vae.patcher.load_device
    v.vae.first_stage_model.decode(z); v.vae.first_stage_model.encode(v.vae.process_input(v.image.movedim(-1,1)))
    v.vae.spacial_compression_decode(); v.vae.output_device; v.vae.disable_offload; v.vae.throw_exception_if_invalid()


@t
def latent_fmt(v):
    lf=v.model.get_model_object("latent_format"); lf.scale_factor, lf.latent_channels, lf.latent_rgb_factors, lf.process_in(v.latent["samples"]); latent_preview.get_previewer(v.model.load_device,v.model.model.latent_format)
    p=latent_preview.Latent2RGBPreviewer(lf.latent_rgb_factors); p.decode_latent_to_preview(v.latent["samples"]); p.decode_latent_to_preview_image("JPEG",v.latent["samples"])


@t
def model_attrs(v):
    m=v.model; m.model.model_config.unet_config["disable_unet_model_creation"] if 0 else 0; m.model.model_config.sampling_settings; m.model.model_config.scaled_fp8 if hasattr(m.model.model_config,'scaled_fp8') else 0; m.model.model_type; m.model.adm_channels; m.model.inpaint_model if hasattr(m.model,'inpaint_model') else 0; m.model.concat_keys; m.model.current_patcher; m.model.get_dtype(); m.model.manual_cast_dtype; m.model.memory_required(v.latent["samples"].shape); m.model.device; m.model.lowvram_patch_counter if hasattr(m.model,'lowvram_patch_counter') else 0
    m.size, m.load_device, m.offload_device, m.model_dtype(), m.model_size(), m.parent, m.object_patches, m.patches_uuid, m.weight_inplace_update, m.current_loaded_device(), m.loaded_size(), m.is_clone(m), m.memory_required(v.latent["samples"].shape), m.attachments, m.wrappers, m.callbacks, m.injections, m.hook_patches, m.backup, m.additional_models, m.object_patches_backup, m.is_injected
    m.model.model_config.latent_format, m.model.model_sampling.sigmas, m.model.model_sampling.sigma_data, m.model.model_sampling.linear_start, m.model.model_sampling.log_sigmas, m.model.model_sampling.num_timesteps, m.model.model_sampling.timestep(torch.tensor(1.0)), m.model.model_sampling.sigma(torch.tensor(1.0)), m.model.model_sampling.percent_to_sigma(0.5), m.model.model_sampling.calculate_input, m.model.model_sampling.calculate_denoised
    m.model.model_sampling.set_sigmas(m.model.model_sampling.sigmas)


@t
def deep_copy(v):
    m=v.model.clone(); m.model_options=copy.deepcopy(m.model_options); m.model_options["transformer_options"].setdefault("patches",{}); ks(v,m); copy.copy(v.model);


@t
def deepcopy_model(v):
    m=copy.deepcopy(v.model); ks(v,m)


@t
def model_sampling_patch(v):
    m=v.model.clone(); ms=copy.deepcopy(m.get_model_object("model_sampling")); ms.set_parameters if hasattr(ms,"set_parameters") else 0
    class A(type(ms)): pass
    m.add_object_patch("model_sampling",ms); ks(v,m)
    class MS(comfy.model_sampling.ModelSamplingDiscreteFlow, comfy.model_sampling.CONST): pass
    x=MS(m.model.model_config); x.set_parameters(shift=3.0,multiplier=1000); m.add_object_patch("model_sampling",x); ks(v,m)
    class R(type(v.model.model.model_sampling)):
        def percent_to_sigma(self,p): return 1.0
    r=R(m.model.model_config); r.set_sigmas(v.model.model.model_sampling.sigmas); m.add_object_patch("model_sampling",r); ks(v,m)


@t
def control_apply(v):
    names=folder_paths.get_filename_list("controlnet"); 
    n=[x for x in names if "control" in x and "sd15" in x or "sd1" in x]; cn=comfy.controlnet.load_controlnet(folder_paths.get_full_path("controlnet",(n or names)[0]))
    c=cn.copy().set_cond_hint(v.image.movedim(-1,1),0.7,(0.0,0.8)); c.set_previous_controlnet(None)
    pos=[[a[0],{**a[1],"control":c,"control_apply_to_uncond":True}] for a in v.positive]
    r=nodes.common_ksampler(v.model,1,2,2.0,"euler","normal",pos,v.negative,v.latent)[0]
    c.strength=0.2; c.strength_type; c.cond_hint_original; c.previous_controlnet; c.get_models(); c.timestep_percent_range=(0,1); c.global_average_pooling; c.device; c.control_model


@t
def control_custom(v):
    class C(comfy.controlnet.ControlBase):
        def __init__(s): super().__init__(); s.n=0
        def pre_run(s,model,percent_to_timestep_function): super().pre_run(model,percent_to_timestep_function); s.pf=percent_to_timestep_function(0.5)
        def get_control(s,x_noisy,t,cond,batched_number,transformer_options):
            s.n+=1
            prev=None
            if s.previous_controlnet is not None: prev=s.previous_controlnet.get_control(x_noisy,t,cond,batched_number,transformer_options)
            return {"input":[],"middle":[torch.zeros(2,128,1,1)],"output":[]} if prev is None else prev
        def copy(s):
            c=C(); s.copy_to(c); return c
        def cleanup(s): super().cleanup()
        def get_models(s): return super().get_models()
    c=C().set_cond_hint(v.image.movedim(-1,1),1.0,(0.0,1.0))
    pos=[[a[0],{**a[1],"control":c,"control_apply_to_uncond":True}] for a in v.positive]
    nodes.common_ksampler(v.model,1,2,2.0,"euler","normal",pos,v.negative,v.latent)[0]
    assert c.n


@t
def control_get_control(v):
    names=folder_paths.get_filename_list("controlnet"); n=[x for x in names if "sd15" in x]; cn=comfy.controlnet.load_controlnet(folder_paths.get_full_path("controlnet",(n or names)[0]))
    c=cn.copy().set_cond_hint(v.image.movedim(-1,1),0.7,(0.0,0.8)); seen=[]
    o=c.get_control
    def g(*a,**k): seen.append(1); return o(*a,**k)
    c.get_control=g
    pos=[[a[0],{**a[1],"control":c,"control_apply_to_uncond":True}] for a in v.positive]
    nodes.common_ksampler(v.model,1,2,2.0,"euler","normal",pos,v.negative,v.latent)[0]
    assert seen


@t
def nested(v):
    ProgressBar=comfy.utils.ProgressBar; p=ProgressBar(4); p.update(1); p.update_absolute(2,4,("JPEG",__import__("PIL.Image").Image.new("RGB",(8,8)),512))


@t
def memory(v):
    mm.free_memory(mm.module_size(torch.nn.Linear(3,3)), mm.get_torch_device()); mm.get_free_memory(mm.get_torch_device(),torch_free_too=True); mm.soft_empty_cache(); mm.unload_all_models(); mm.cleanup_models(); mm.load_models_gpu([v.model],memory_required=100,force_patch_weights=True); mm.current_loaded_models[0].model; mm.loaded_models(); mm.unet_manual_cast(torch.float16,mm.get_torch_device()); mm.should_use_fp16(mm.get_torch_device()); mm.get_total_memory(mm.get_torch_device()); mm.total_vram+1; mm.total_ram+1; mm.VAE_DTYPES[0]; mm.EXTRA_RESERVED_VRAM+1; mm.minimum_inference_memory()+1; mm.NUM_STREAMS+0; mm.supports_dtype(mm.get_torch_device(),torch.float32); mm.supports_cast(mm.get_torch_device(),torch.float16); mm.pick_weight_dtype(None,torch.float32,mm.get_torch_device()); mm.lora_compute_dtype(mm.get_torch_device()); mm.FLOAT8_TYPES; mm.unload_model_clones(v.model); mm.is_device_mps(mm.get_torch_device()); mm.text_encoder_dtype(mm.text_encoder_device()); mm.text_encoder_initial_device(mm.text_encoder_device(),mm.text_encoder_offload_device(),0); mm.unet_inital_load_device(0,torch.float32); mm.vae_offload_device(); mm.intermediate_dtype() if hasattr(mm,"intermediate_dtype") else 0; mm.get_offload_stream(mm.get_torch_device()); mm.sync_stream(mm.get_torch_device(),None); mm.device_should_use_non_blocking(mm.get_torch_device()); mm.force_channels_last(); mm.extra_reserved_memory(); mm.is_device_cuda("cpu"); mm.is_nvidia(); mm.is_amd(); mm.archive_model_dtypes(torch.nn.Linear(2,2))


@t
def lm_unload(v):
    mm.load_models_gpu([v.model]); l=mm.current_loaded_models[0]; l.model_unload(); l.device; l.model_memory(); l.real_model if hasattr(l,"real_model") else 0; l.is_dead() if hasattr(l,"is_dead") else 0
    for lm in list(mm.current_loaded_models):
        if lm.model is v.model: lm.model_unload()


@t
def loader_funcs(v):
    p=folder_paths.get_full_path("checkpoints",folder_paths.get_filename_list("checkpoints")[0])
    o=comfy.sd.load_checkpoint_guess_config(p,output_vae=True,output_clip=True,embedding_directory=folder_paths.get_folder_paths("embeddings"),model_options={"dtype":torch.float16}); o[0].clone()
    sd=comfy.utils.load_torch_file(p); comfy.sd.VAE(sd=comfy.utils.state_dict_prefix_replace(dict(sd),{"first_stage_model.":""},filter_keys=True)) 
    comfy.sd.load_state_dict_guess_config(sd,output_clip=False)
    comfy.model_detection.unet_prefix_from_state_dict(sd); comfy.model_detection.detect_unet_config(sd,"model.diffusion_model."); comfy.model_detection.model_config_from_unet(sd,"model.diffusion_model.")


@t
def text(v):
    nodes.CLIPTextEncode().encode(v.clip,"x"); nodes.CLIPTextEncode.encode(nodes.CLIPTextEncode(),v.clip,"x"); nodes.ConditioningConcat().concat(v.positive,v.negative); nodes.ConditioningCombine().combine(v.positive,v.negative); nodes.ConditioningAverage().addWeighted(v.positive,v.negative,0.5); nodes.ConditioningSetTimestepRange().set_range(v.positive,0.0,0.5); nodes.ConditioningZeroOut().zero_out(v.positive); nodes.ConditioningSetMask().append(v.positive,torch.ones(1,64,64),"default",1.0); nodes.ConditioningSetArea().append(v.positive,64,64,0,0,1.0)


@t
def imgs(v):
    nodes.ImageScale().upscale(v.image,"bicubic",32,32,"disabled"); nodes.ImageScaleBy().upscale(v.image,"lanczos",0.5); nodes.ImageScale().upscale(image=v.image,upscale_method="area",width=16,height=16,crop="center"); nodes.ImagePadForOutpaint().expand_image(v.image,8,8,8,8,4); nodes.ImageInvert().invert(v.image); nodes.LatentUpscaleBy().upscale(v.latent,"bislerp",1.5); nodes.SetLatentNoiseMask().set_mask(v.latent,torch.ones(1,64,64)); nodes.VAEEncodeForInpaint().encode(v.vae,v.image,torch.ones(1,64,64),6); nodes.InpaintModelConditioning().encode(v.positive,v.negative,v.image,v.vae,torch.ones(1,64,64),True); nodes.EmptyLatentImage().generate(64,64,2); nodes.LatentFromBatch().frombatch(v.latent,0,1); nodes.RepeatLatentBatch().repeat(v.latent,2); nodes.ImageBatch().batch(v.image,v.image); nodes.LoadImage().load_image("fixture.png"); nodes.LoadImage.INPUT_TYPES(); nodes.PreviewImage().save_images(v.image); nodes.SaveImage().save_images(v.image,"a",None,None); nodes.LatentBlend().blend(v.latent,v.latent,0.5)
    from comfy_extras.nodes_mask import GrowMask, MaskComposite, ImageCompositeMasked, composite
    GrowMask().expand_mask(torch.ones(1,8,8),2,True); GrowMask.execute(torch.ones(1,8,8),2,True)[0]; GrowMask.execute(torch.ones(1,8,8),2,True).result[0]; MaskComposite().combine(torch.ones(1,8,8),torch.ones(1,8,8),0,0,"add"); ImageCompositeMasked().composite(v.image,v.image,0,0,False,None)
    composite(v.image.movedim(-1,1),v.image.movedim(-1,1),0,0,None,1,True)
    from comfy_extras.nodes_post_processing import Blur, ImageScaleToTotalPixels
    from comfy_extras.nodes_upscale_model import ImageUpscaleWithModel, UpscaleModelLoader
    from comfy_extras.nodes_latent import reshape_latent_to
    reshape_latent_to((1,4,8,8),v.latent["samples"])
    from comfy_extras.nodes_post_processing import gaussian_kernel
    gaussian_kernel(3,1.0)


@t
def ksample_fns(v):
    sig=comfy.samplers.calculate_sigmas(v.model.model.model_sampling,"karras",3); n=torch.randn_like(v.latent["samples"])
    for name in ("euler","heun","dpmpp_2m","dpmpp_sde","ddim","uni_pc","lcm"): comfy.sample.sample_custom(v.model,n,2.0,comfy.samplers.sampler_object(name),sig,v.positive,v.negative,v.latent["samples"],noise_mask=None,callback=lambda *a:0,disable_pbar=True,seed=1)
    for name in ("sample_euler","sample_dpmpp_2m","sample_dpmpp_2s_ancestral","sample_dpmpp_sde","sample_lms"):
        comfy.sample.sample_custom(v.model,n,2.0,comfy.samplers.KSAMPLER(getattr(kd,name)),sig,v.positive,v.negative,v.latent["samples"],seed=1)
    comfy.samplers.sample(v.model,n,v.positive,v.negative,2.0,"cpu",comfy.samplers.sampler_object("euler"),sig,{},latent_image=v.latent["samples"],seed=1)
    comfy.samplers.KSAMPLER(kd.sample_euler,{"s_churn":0.1},{"random":True})
    comfy.samplers.ksampler("dpmpp_2m_sde",{"eta":0.5}).sampler_function if hasattr(comfy.samplers.ksampler("dpmpp_2m_sde",{"eta":0.5}),"sampler_function") else 1/0
    comfy.samplers.sampler_object("euler").max_denoise; comfy.samplers.sampler_object("euler").sampler_function; comfy.samplers.sampler_object("euler").extra_options; comfy.samplers.sampler_object("euler").inpaint_options; comfy.samplers.sampler_object("euler").sample
    kd.get_sigmas_karras(5,0.1,10.0); kd.get_sigmas_exponential(5,.1,10.); kd.append_zero(torch.ones(3)); kd.BrownianTreeNoiseSampler(n,0.1,10.0,seed=1,cpu=True)(torch.tensor(5.0),torch.tensor(3.0)); kd.default_noise_sampler(n)(1,0); kd.get_ancestral_step(torch.tensor(5.0),torch.tensor(3.0),1.0); kd.to_d(n,torch.tensor([1.0]),n); kd.append_dims(torch.ones(1),4); kd.trange(3); list(kd.trange(3,disable=True)); kd.linear_multistep_coeff(1,[3.,2.,1.],0,0)


@t
def nodehelp(v):
    node_helpers.conditioning_set_values(v.positive,{"a":1}); node_helpers.conditioning_set_values(v.positive,{"a":[1]},append=True); node_helpers.string_to_torch_dtype("fp16")


@t
def meta(v):
    folder_paths.get_save_image_path("x",folder_paths.get_output_directory(),8,8); folder_paths.get_annotated_filepath("fixture.png"); folder_paths.exists_annotated_filepath("fixture.png")


@t
def diffusion_model_attrs(v):
    dm=v.model.model.diffusion_model
    dm.input_blocks, dm.middle_block, dm.output_blocks, dm.out, dm.time_embed, dm.dtype, dm.in_channels, dm.model_channels
    for n,m in dm.named_modules(): pass
    dm.state_dict().keys()
    dm.input_blocks[1][1].transformer_blocks[0].attn1.to_q.weight


@t
def diffusion_isinstance(v):
    from comfy.ldm.modules.attention import BasicTransformerBlock, SpatialTransformer, CrossAttention
    dm=v.model.model.diffusion_model
    n=[m for m in dm.modules() if isinstance(m, CrossAttention)]; b=[m for m in dm.modules() if isinstance(m,BasicTransformerBlock)]
    c=[m for m in dm.modules() if m.__class__.__name__=="BasicTransformerBlock"]
    assert n and b, (len(n),len(b),len(c))


@t
def families_of_text_encoders(v):
    from comfy.sd1_clip import SD1ClipModel, SDClipModel
    from comfy.sdxl_clip import SDXLClipG, SDXLClipModel, SDXLRefinerClipModel

    encoders = v.clip.cond_stage_model
    assert isinstance(encoders, SD1ClipModel) and not isinstance(encoders, (SDXLClipModel, SDXLRefinerClipModel, SDXLClipG))
    assert isinstance(encoders.clip_l, SDClipModel) and not isinstance(encoders.clip_l, SDXLClipG)


@t
def networks_are_called(v):
    dm = v.model.model.diffusion_model
    x, context = torch.randn(1, 4, 8, 8), v.positive[0][0]
    out = dm(x, torch.tensor([500.0]), context, None, None, {})
    assert torch.equal(out, dm.forward(x, timesteps=torch.tensor([500.0]), context=context))
    assert v.model.model.diffusion_model is dm
    pictures = v.vae.process_input(v.image.movedim(-1, 1))
    z = v.vae.first_stage_model.encode(pictures)
    assert torch.allclose(z, v.vae.encode(v.image), atol=1e-4) and v.vae.first_stage_model.decode(z).shape == pictures.shape


@t
def guider_of_a_pack_gives_the_same(v):
    class Mine(comfy.samplers.CFGGuider):
        def sample(self, noise, latent_image, sampler, sigmas, denoise_mask=None, callback=None, disable_pbar=False, seed=None):
            return super().sample(noise, latent_image, sampler, sigmas, denoise_mask, callback, disable_pbar, seed)

    sigmas = comfy.samplers.calculate_sigmas(v.model.get_model_object("model_sampling"), "karras", 3)
    sampler, results = comfy.samplers.sampler_object("dpmpp_2m_sde"), []
    for guider in (Mine(v.model), nodes.NODE_CLASS_MAPPINGS["CFGGuider"]().get_guider(v.model, v.positive, v.negative, 2.0)[0]):
        guider.set_conds(v.positive, v.negative)
        guider.set_cfg(2.0)
        results.append(SamplerCustomAdvanced().sample(Noise_RandomNoise(5), guider, sampler, sigmas, v.latent))
    assert torch.equal(results[0][0]["samples"], results[1][0]["samples"])
    assert torch.equal(results[0][1]["samples"], results[1][1]["samples"]), "the last prediction too"


@t
def guider_of_ours_samples(v):
    guider = nodes.NODE_CLASS_MAPPINGS["BasicGuider"]().get_guider(v.model, v.positive)[0]
    sigmas = comfy.samplers.calculate_sigmas(v.model.get_model_object("model_sampling"), "normal", 2)
    noise = Noise_RandomNoise(5)
    seen = {}
    out = guider.sample(
        noise.generate_noise(v.latent), v.latent["samples"], comfy.samplers.sampler_object("euler"), sigmas, denoise_mask=None,
        callback=lambda step, x0, x, total: seen.setdefault(step, x0), disable_pbar=True, seed=noise.seed,
    )
    expected = SamplerCustomAdvanced().sample(noise, guider, comfy.samplers.sampler_object("euler"), sigmas, v.latent)[0]["samples"]
    assert torch.equal(out, expected) and sorted(seen) == [0, 1]
    guider.model_options = guider.model_options.copy()
    calls = []
    guider.model_options["sampler_post_cfg_function"] = [lambda args: calls.append(1) or args["denoised"]]
    SamplerCustomAdvanced().sample(noise, guider, comfy.samplers.sampler_object("euler"), sigmas, v.latent)
    assert len(calls) == 2, "options of the guider's own"


@t
def samplers_inside_samplers_give_the_same(v):
    sigmas = comfy.samplers.calculate_sigmas(v.model.get_model_object("model_sampling"), "normal", 3)
    for name in ("euler", "dpmpp_2m_sde", "uni_pc", "dpmpp_2s_ancestral"):
        inner = comfy.samplers.sampler_object(name)

        def sample_wrapped(model, x, sigmas, extra_args=None, callback=None, disable=None, *, wrapped):
            assert model.inner_model.inner_model is not None and extra_args["seed"] == 5
            return wrapped.sampler_function(model, x, sigmas, extra_args=extra_args, callback=callback, disable=disable, **wrapped.extra_options)

        outer = comfy.samplers.KSAMPLER(sample_wrapped, extra_options={"wrapped": inner}, inpaint_options=inner.inpaint_options)
        noise = comfy.sample.prepare_noise(v.latent["samples"], 5)
        one, two = (
            comfy.sample.sample_custom(v.model, noise, 2.0, sampler, sigmas, v.positive, v.negative, v.latent["samples"], seed=5)
            for sampler in (inner, outer)
        )
        assert torch.allclose(one, two, atol=1e-4), name


@t
def a_sampler_that_is_changed_is_used_so(v):
    sampler = comfy.samplers.sampler_object("euler")
    original, calls = sampler.sampler_function, []
    sampler.sampler_function = lambda *args, **kwargs: calls.append(1) or original(*args, **kwargs)
    sigmas = comfy.samplers.calculate_sigmas(v.model.get_model_object("model_sampling"), "normal", 2)
    guider = nodes.NODE_CLASS_MAPPINGS["BasicGuider"]().get_guider(v.model, v.positive)[0]
    SamplerCustomAdvanced().sample(Noise_RandomNoise(5), guider, sampler, sigmas, v.latent)
    assert calls == [1]


@t
def controls_asked_at_every_step_give_the_same(v):
    name = next(name for name in folder_paths.get_filename_list("controlnet") if "sd15" in name)
    net = comfy.controlnet.load_controlnet(folder_paths.get_full_path("controlnet", name))

    def sampled(control):
        pos, neg = ([[a[0], {**a[1], "control": control, "control_apply_to_uncond": False}] for a in side] for side in (v.positive, v.negative))
        return nodes.common_ksampler(v.model, 1, 3, 2.0, "euler", "normal", pos, neg, v.latent)[0]["samples"]

    first = net.copy().set_cond_hint(v.image.movedim(-1, 1), 0.7, (0.0, 0.8))
    second = net.copy().set_cond_hint(1 - v.image.movedim(-1, 1), 0.4).set_previous_controlnet(first)
    asked = second.copy()
    original, calls = asked.get_control, []
    asked.get_control = lambda *args: calls.append(sorted(args[4])[:1]) or original(*args)
    plain = sampled(second)
    assert torch.allclose(plain, sampled(asked), atol=1e-5) and len(calls) >= 3
    weaker = second.copy()
    weaker.strength = 0.1
    assert not torch.equal(plain, sampled(weaker)), "attributes count"


@t
def words_have_numbers(v):
    rows = v.clip.tokenize("a (red:1.3) cat", return_word_ids=True)["l"]
    assert [item[2] for item in rows[0][:5]] == [0, 1, 2, 3, 0], rows[0][:5]
    assert [item[:2] for item in rows[0]] == v.clip.tokenize("a (red:1.3) cat")["l"][0]
    tokenizer = v.clip.tokenizer.clip_l
    assert tokenizer.untokenize(rows[0][:3])[1][1] == "a</w>"
    cond, pooled = v.clip.cond_stage_model.clip_l.encode_token_weights(v.clip.tokenize("x")["l"])
    assert torch.equal(cond, v.clip.encode_from_tokens(v.clip.tokenize("x")))


@t
def injections_are_taken_out_again(v):
    m, seen = v.model.clone(), []
    m.set_injections("x", [comfy.patcher_extension.PatcherInjection(inject=lambda p: seen.append("in"), eject=lambda p: seen.append("out"))])
    m.add_callback(comfy.patcher_extension.CallbacksMP.ON_LOAD, lambda *args: seen.append("load"))
    ks(v, m)
    assert seen == ["load", "in", "out"]


class RunTimeFailures:
    @classmethod
    def INPUT_TYPES(s): return {"required":{"model":("MODEL",),"clip":("CLIP",),"vae":("VAE",),"image":("IMAGE",),"positive":("CONDITIONING",),"negative":("CONDITIONING",),"latent":("LATENT",)}}
    RETURN_TYPES=("STRING","INT"); FUNCTION="go"; OUTPUT_NODE=True
    def go(self,**kw):
        kw["image"]=kw["image"][:,:64,:64,:3]
        out=[]; v=D(kw)
        for f in P:
            try: f(v); 
            except BaseException as e:
                tb=[x for x in traceback.extract_tb(e.__traceback__) if x.filename.startswith(os.path.dirname(__file__))][-1]
                out.append(f"{f.__name__}:{tb.lineno}: {type(e).__name__}: {str(e)[:230]}   [{tb.line[:50]}]")
        return ("; ".join(out), len(P))
NODE_CLASS_MAPPINGS={"RunTimeFailures":RunTimeFailures}
