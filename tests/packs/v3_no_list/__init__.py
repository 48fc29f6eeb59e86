from comfy_api.latest import ComfyExtension


class Extension(ComfyExtension):
    async def get_node_list(self):
        return {"not": "a list"}


async def comfy_entrypoint():
    return Extension()
