import asyncio
import os

import folder_paths
import server
from aiohttp import web

STATIC = os.path.join(os.path.dirname(__file__), "static")
app = server.PromptServer.instance.app
app.router.add_static("/server_tweaks/static", STATIC)


async def direct(request):
    return web.Response(text="direct")


app.add_routes([web.static("/server_tweaks/more", STATIC), web.get("/server_tweaks/direct", direct)])


@web.middleware
async def note(request, handler):
    response = await handler(request)
    response.headers["X-Server-Tweaks"] = "1"
    return response


app.middlewares.append(note)
app["tweaks"] = {"started": 0}


async def begin(app):
    app["tweaks"]["started"] += 1


async def fail(app):
    raise RuntimeError("as packs do")


app.on_startup.append(begin)
app.on_startup.append(fail)
nested = web.Application()
nested.add_routes([web.get("/where", direct)])
app.add_subapp("/server_tweaks/nested", nested)
app.router.add_resource("/server_tweaks/resource").add_route("GET", direct)
routes = server.PromptServer.instance.routes
SHARED_LOOP = server.PromptServer.instance.loop


@routes.get("/server_tweaks/queue")
async def queue(request):
    running, waiting = server.PromptServer.instance.prompt_queue.get_current_queue()
    return web.json_response({"running": len(running), "loop": asyncio.get_event_loop().is_running()})


@routes.post("/server_tweaks/upload")
async def upload(request):
    post = await request.post()
    file = post.get("image")
    return web.json_response({"name": file.filename, "size": len(file.file.read())})


@routes.get("/server_tweaks/started")
async def started(request):
    shared = server.PromptServer.instance.app["tweaks"]
    work = asyncio.run_coroutine_threadsafe(asyncio.sleep(0, "done"), SHARED_LOOP)
    return web.json_response([shared["started"], await asyncio.wrap_future(work)])


@routes.get("/server_tweaks/fails")
async def fails(request):
    raise RuntimeError("as packs do")


def onprompt(json_data):
    for node in json_data["prompt"].values():
        if node["class_type"] == "TweakValue":
            node["inputs"]["value"] += 1
    return json_data


server.PromptServer.instance.add_on_prompt_handler(onprompt)
old_send_sync = server.PromptServer.send_sync


class TweakValue:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"default": 0})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "go"

    def go(self, value):
        server.PromptServer.instance.send_progress_text(f"value {value}", "1")
        return (value,)


NODE_CLASS_MAPPINGS = {"TweakValue": TweakValue}
