from aiohttp import web
from server import PromptServer

WEB_DIRECTORY = "./js"
HITS = []


@PromptServer.instance.routes.get("/web_and_routes/hits")
async def hits(request):
    return web.json_response(HITS)


@PromptServer.instance.routes.post("/web_and_routes/hit")
async def hit(request):
    HITS.append(await request.json())
    return web.Response()


def on_prompt(json_data):
    json_data["seen"] = True
    return json_data


def broken_on_prompt(json_data):
    raise ValueError("this handler is broken")


PromptServer.instance.add_on_prompt_handler(broken_on_prompt)
PromptServer.instance.add_on_prompt_handler(on_prompt)


class Announce:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"text": ("STRING", {"default": "hello"})}}

    RETURN_TYPES = ()
    FUNCTION = "announce"
    OUTPUT_NODE = True

    def announce(self, text):
        server = PromptServer.instance
        server.send_sync("web_and_routes.said", {"text": text, "node": server.last_node_id}, server.client_id)
        return ()


NODE_CLASS_MAPPINGS = {"Announce": Announce}
