import json
import os
import random
import re

import folder_paths
from aiohttp import web
from server import PromptServer

WILDCARDS = os.path.join(folder_paths.get_user_directory(), "wildcards")
os.makedirs(WILDCARDS, exist_ok=True)
folder_paths.folder_names_and_paths["wildcards"] = ([WILDCARDS], {".txt"})


@PromptServer.instance.routes.get("/prompt_tools/wildcards")
async def list_wildcards(request):
    return web.json_response({"names": folder_paths.get_filename_list("wildcards"), "q": request.query.get("q")})


@PromptServer.instance.routes.post("/prompt_tools/wildcards/{name}")
async def save_wildcard(request):
    body = await request.json()
    with open(os.path.join(WILDCARDS, request.match_info["name"] + ".txt"), "w") as f:
        f.write("\n".join(body["lines"]))
    return web.Response(status=201, text=json.dumps({"saved": True}), content_type="application/json")


class PTWildcard:
    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "text": ("STRING", {"multiline": True, "dynamicPrompts": False}),
                "seed": ("INT", {"default": 0, "min": 0, "max": 0xFFFFFFFFFFFFFFFF}),
            },
            "hidden": {"unique_id": "UNIQUE_ID", "extra_pnginfo": "EXTRA_PNGINFO"},
        }

    RETURN_TYPES = ("STRING",)
    FUNCTION = "doit"
    OUTPUT_NODE = True

    def doit(self, text, seed, unique_id=None, extra_pnginfo=None):
        rng = random.Random(seed)

        def pick(match):
            with open(folder_paths.get_full_path("wildcards", match[1] + ".txt")) as f:
                return rng.choice(f.read().split("\n"))

        out = re.sub(r"__([\w-]+)__", pick, text)
        if extra_pnginfo and "workflow" in extra_pnginfo:
            for node in extra_pnginfo["workflow"]["nodes"]:
                if str(node["id"]) == unique_id:
                    node["widgets_values"] = [out, seed]
        PromptServer.instance.send_sync("prompt_tools.picked", {"node": unique_id, "text": out})
        return {"ui": {"string": [out]}, "result": (out,)}


class PTRegex:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING", {"forceInput": True}), "pattern": ("STRING", {"default": ""})},
                "optional": {"replace": ("STRING", {"default": ""})}}

    RETURN_TYPES = ("STRING", "BOOLEAN")
    FUNCTION = "doit"

    @classmethod
    def VALIDATE_INPUTS(cls, pattern):
        try:
            re.compile(pattern)
        except re.error as e:
            return f"bad pattern: {e}"
        return True

    def doit(self, text, pattern, replace=""):
        return (re.sub(pattern, replace, text), bool(re.search(pattern, text)))


NODE_CLASS_MAPPINGS = {"PTWildcard": PTWildcard, "PTRegex": PTRegex}
