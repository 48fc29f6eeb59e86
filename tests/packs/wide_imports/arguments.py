from comfy.cli_args import args, LatentPreviewMethod, parser, PerformanceFeature, EnumAction, enables_dynamic_vram
import argparse
if args.cpu: pass
args.preview_method = LatentPreviewMethod.Auto
args.preview_method == LatentPreviewMethod.NoPreviews
args.fast
args.verbose
getattr(args, "use_sage_attention", False)
args.default_hashing_function, args.cuda_malloc, args.disable_cuda_malloc, args.bf16_unet, args.fp8_e4m3fn_unet, args.force_channels_last, args.directml, args.oneapi_device_selector, args.disable_ipex_optimize, args.supports_fp8_compute, args.use_quad_cross_attention, args.use_pytorch_cross_attention, args.use_flash_attention, args.disable_xformers, args.force_upcast_attention, args.dont_upcast_attention, args.cache_classic, args.cache_lru, args.cache_none, args.reserve_vram, args.async_offload, args.disable_smart_memory, args.mmap_torch_files, args.dont_print_server, args.quick_test_for_ci, args.windows_standalone_build, args.multi_user, args.log_stdout, args.front_end_root, args.user_directory, args.enable_compress_response_body, args.comfy_api_base, args.database_url, args.temp_directory, args.input_directory, args.auto_launch, args.disable_auto_launch, args.tls_keyfile, args.max_upload_size, args.disable_api_nodes, args.whitelist_custom_nodes, args.disable_all_custom_nodes, args.preview_size, args.gpu_only, args.force_fp32, args.force_fp16, args.fp32_unet, args.fp16_unet, args.cpu_vae, args.fp32_vae, args.bf16_vae, args.fp8_e5m2_text_enc, args.fp16_text_enc, args.fp32_text_enc, args.enable_manager
vars(args)
from comfy.options import enable_args_parsing
import comfy.options
comfy.options.enable_args_parsing()
