import itertools
import os
import shutil
import subprocess
import sys

import folder_paths
import numpy as np
import server
import torch
from comfy.utils import ProgressBar, common_upscale
from PIL import Image

from .formats import gif_formats

folder_paths.folder_names_and_paths["VHS_video_formats"] = ([os.path.join(os.path.dirname(__file__), "formats")], [".json"])
web = server.web
ffmpeg_path = shutil.which("ffmpeg")


@server.PromptServer.instance.routes.get("/video_tools/view")
async def view(request):
    return web.Response(text="video")


class VideoSize(str):
    def __ne__(self, other):
        return False


class VTCombine:
    @classmethod
    def INPUT_TYPES(s):
        formats = gif_formats()
        return {"required": {"images": ("IMAGE",), "frame_rate": ("FLOAT", {"default": 8, "min": 1, "step": 1}),
                             "loop_count": ("INT", {"default": 0}), "filename_prefix": ("STRING", {"default": "Anim"}),
                             "format": (["image/gif", "image/webp"] + formats, {"formats": {"x": 1}}),
                             "save_output": ("BOOLEAN", {"default": True})},
                "optional": {"audio": ("AUDIO",), "meta_batch": ("VHS_BatchManager",)},
                "hidden": {"prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO", "unique_id": "UNIQUE_ID"}}

    RETURN_TYPES = ("VHS_FILENAMES",)
    RETURN_NAMES = ("Filenames",)
    OUTPUT_NODE = True
    FUNCTION = "combine_video"

    def combine_video(self, frame_rate, loop_count, images, filename_prefix="Anim", format="image/gif", save_output=True,
                      prompt=None, extra_pnginfo=None, audio=None, unique_id=None, meta_batch=None, **kwargs):
        output_dir = folder_paths.get_output_directory() if save_output else folder_paths.get_temp_directory()
        full_output_folder, filename, _, subfolder, _ = folder_paths.get_save_image_path(filename_prefix, output_dir)
        frames = (Image.fromarray((x.numpy() * 255).astype(np.uint8)) for x in images)
        first = next(frames)
        file = f"{filename}_{1:05}.{format.split('/')[1]}"
        first.save(os.path.join(full_output_folder, file), save_all=True, append_images=list(itertools.islice(frames, 100)),
                   duration=round(1000 / frame_rate), loop=loop_count)
        preview = {"filename": file, "subfolder": subfolder, "type": "output" if save_output else "temp", "format": format}
        return {"ui": {"gifs": [preview]}, "result": ((save_output, [os.path.join(full_output_folder, file)]),)}


NODE_CLASS_MAPPINGS = {"VTCombine": VTCombine}
NODE_DISPLAY_NAME_MAPPINGS = {"VTCombine": "Video Combine"}
