import server
from server import PromptServer
from aiohttp import web
import asyncio, json, threading
routes = PromptServer.instance.routes
@routes.get("/my/x")
async def get(request): return web.json_response({})
@PromptServer.instance.routes.post("/my/y")
async def post(request): return web.Response(status=200)
@server.PromptServer.instance.routes.get("/my/{name}")
def plain(request): return web.FileResponse("x")
PromptServer.instance.app.add_routes([web.static("/mystat", "/tmp"), web.get("/x2", get)])
PromptServer.instance.app.router.add_route("GET", "/zz", get)
PromptServer.instance.app.router.add_get("/zz2", get)
@web.middleware
async def mw(request, handler): return await handler(request)
PromptServer.instance.app.middlewares.append(mw)
PromptServer.instance.app.middlewares.insert(0, mw)
PromptServer.instance.app._client_max_size = 1
def onprompt(json_data): return json_data
PromptServer.instance.add_on_prompt_handler(onprompt)
orig_send = PromptServer.send_sync
def send_sync(self, *a, **k): return orig_send(self, *a, **k)
PromptServer.send_sync = send_sync
PromptServer.instance.my_attr = {}
PromptServer.instance.app["x"] = 1
PromptServer.instance.app.on_startup.append(get)
PromptServer.instance.app.on_cleanup.append(get)
PromptServer.instance.app.on_shutdown.append(get)
PromptServer.instance.app.on_response_prepare.append(get)
async def st(): pass
PromptServer.instance.loop
for r in PromptServer.instance.routes: getattr(r, "path", None)
routes._items
PromptServer.instance.app.router.routes()
PromptServer.instance.app.router._resources
PromptServer.instance.app.router.resources()
PromptServer.instance.app.router.named_resources()
PromptServer.instance.app.frozen
orig_add=PromptServer.add_routes
PromptServer.add_routes=lambda self: orig_add(self)
PromptServer.instance.web_root
PromptServer.instance.supports.append("x")
PromptServer.instance.node_replace_manager
PromptServer.instance.user_manager.get_request_user_filepath
PromptServer.instance.prompt_queue.get_tasks_remaining()
PromptServer.instance.prompt_queue.put
PromptServer.instance.app.router.add_options("/q", get)
PromptServer.instance.app.router.add_static("/q3", "/tmp", name="q3", follow_symlinks=True)
PromptServer.instance.app.cleanup_ctx.append(get)
PromptServer.instance.app.add_subapp("/sub", web.Application())
