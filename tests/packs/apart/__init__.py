"""Imitates a pack that would rather not share a process: it crashes, hangs, keeps objects, and sends messages."""

import asyncio
import os
import signal
import threading
import time

import torch
from comfy.utils import ProgressBar
from comfy_execution.graph_utils import GraphBuilder
from graphcore import Lazy, Pack, Run
from PIL import Image
from server import PromptServer

pack = Pack("apart")


class Thing:
    def __init__(self, size):
        self.size = size


@pack.node()
async def choose(on: bool, yes: Lazy[int], no: Lazy[int]) -> int:
    """Awaits one of two inputs."""
    return await yes if on else await no


@pack.node()
def where(text: str = "", *, run: Run) -> tuple[int, str]:
    """The process, and what is known of the run there."""
    return os.getpid(), f"{run.node} {run.folders.output.name} {sorted(run.metadata)}"


class Base:
    CATEGORY = "apart"
    FUNCTION = "run"


class ApartPid(Base):
    @classmethod
    def INPUT_TYPES(cls):
        return {"optional": {"salt": ("INT", {"default": 0})}, "hidden": {"id": "UNIQUE_ID", "prompt": "PROMPT"}}

    RETURN_TYPES = ("INT", "STRING", "INT")
    calls = 0

    def run(self, id, prompt, salt=0):
        self.calls += 1
        return os.getpid(), f"{id} of {len(prompt)}", self.calls


class ApartTensors(Base):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"image": ("IMAGE",), "factor": ("FLOAT", {"default": 0.5, "min": 0.0, "max": 1.0})}}

    RETURN_TYPES = ("IMAGE", "LATENT", "CONDITIONING")

    def run(self, image, factor):
        bar = ProgressBar(2)
        bar.update_absolute(1, 2, ("JPEG", Image.new("RGB", (8, 8), "red"), 8))
        bar.update(1)
        PromptServer.instance.send_sync("apart.done", {"factor": factor})
        made = image * factor
        made += 0  # arrives as memory of its own, to be written to
        return made, {"samples": image.movedim(-1, 1).half()}, [[image.flatten(1)[:, :4], {"strength": 1.0}]]


class ApartMake(Base):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"size": ("INT", {"default": 1})}}

    RETURN_TYPES = ("APART_THING",)

    def run(self, size):
        return (Thing(size),)


class ApartUse(Base):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"thing": ("APART_THING",)}}

    RETURN_TYPES = ("INT",)

    def run(self, thing):
        return (thing.size,)


class ApartEat(Base):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"model": ("MODEL",)}}

    RETURN_TYPES = ("INT",)

    def run(self, model):
        return (1,)


class ApartHarm(Base):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"how": (["raise", "exit", "kill", "abort", "hang", "sleep"],)}, "optional": {"salt": ("INT", {"default": 0})}}

    RETURN_TYPES = ("INT",)

    def run(self, how, salt=0):
        if how == "raise":
            raise ValueError("the author's own words")
        if how == "exit":
            os._exit(3)
        if how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if how == "abort":
            os.abort()
        bar = ProgressBar(1000)
        for _ in range(1000):
            if how == "sleep":
                bar.update(1)  # stops a run that was cancelled
            time.sleep(0.05)
        return (1,)


class ApartAsync(Base):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"wait": ("FLOAT", {"default": 0.01})}, "optional": {"salt": ("INT", {"default": 0})}}

    RETURN_TYPES = ("FLOAT", "INT")

    async def run(self, wait, salt=0):
        await asyncio.sleep(wait)
        return wait, threading.get_ident()


class ApartExpand(Base):
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"count": ("INT", {"default": 3})}, "hidden": {"dyn": "DYNPROMPT", "id": "UNIQUE_ID"}}

    RETURN_TYPES = ("INT", "STRING")

    def run(self, count, dyn, id):
        graph = GraphBuilder()
        if count == 0:
            return 0, f"{dyn.get_display_node_id(id)} {dyn.get_parent_node_id(id) is not None}"
        inner = graph.node("ApartExpand", count=count - 1)
        return {"result": (inner.out(0), inner.out(1)), "expand": graph.finalize()}


NODE_CLASS_MAPPINGS = {
    kind.__name__: kind
    for kind in (ApartPid, ApartTensors, ApartMake, ApartUse, ApartEat, ApartHarm, ApartAsync, ApartExpand)
}
