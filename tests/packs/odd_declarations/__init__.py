"""Declarations as they are written in the wild: every form of an input, of a method, and of a result that works there."""

import asyncio
import math
import random
import sys
import threading
import time

import comfy.utils
import numpy as np
import torch

MODES = {"fast": 1, "slow": 2}
SHARED = {"required": {"value": ("INT", {"default": 3})}}


class Registry(type):
    """Collects its nodes, as frameworks inside packs do."""

    nodes = {}

    def __new__(mcs, name, bases, members):
        made = super().__new__(mcs, name, bases, members)
        if "FUNCTION" in members or bases:
            mcs.nodes[f"Odd {name} ✨"] = made
        return made


class Node(metaclass=Registry):
    CATEGORY = "odd/📦"
    RETURN_TYPES = ("INT",)
    FUNCTION = "go"

    @classmethod
    def INPUT_TYPES(cls):
        return SHARED

    def go(self, value):
        return (value,)


class classproperty(property):
    def __get__(self, instance, owner):
        return self.fget(owner)


class StaticInputs(Node):
    @staticmethod
    def INPUT_TYPES():
        return {"required": {"value": ["INT", {"default": 3}]}}


class LambdaInputs(Node):
    INPUT_TYPES = classmethod(lambda cls: {"required": {"value": ("INT", {"default": 3.0, "min": -sys.maxsize, "max": sys.maxsize})}})


class LazyTypes(Node):
    @classproperty
    def RETURN_TYPES(cls):
        return ("INT",) * cls.count

    count = 1


class DefaultArgument(Node):
    def __init__(self, device="cpu"):
        self.device = device
        self.seen = []

    @classmethod
    def INPUT_TYPES(s, extra=None):
        return {"required": {"value": ("INT", {"default": 3, "display": "slider", "tooltip": None})}, "optional": {}, "hidden": {}}


class ClassMethodFunction(Node):
    @classmethod
    def go(cls, value):
        return [value]


class StaticFunction(Node):
    @staticmethod
    def go(value):
        return value, "more than it declares"


class AsyncFunction(Node):
    async def go(self, value):
        await asyncio.sleep(0.001)
        return (value,)


class Keywords(Node):
    def go(self, **kwargs):
        return (kwargs["value"],)


class Combos(Node):
    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "keys": (MODES.keys(),),
                "tuple": (("a", "b"), {"default": "b"}),
                "numbers": ([1, 2, 3], {"default": 2}),
                "flags": ([True, False],),
                "new": ("COMBO", {"options": ["x", "y"], "default": "y"}),
                "arrays": (list(np.array(["p", "q"])),),
            }
        }

    RETURN_TYPES = ("INT", ["fast", "slow"])

    def go(self, keys, tuple, numbers, flags, new, arrays):
        return (numbers, keys)


class Limits(Node):
    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {
                "value": ("INT", {"default": np.int64(3), "min": np.int32(0), "max": np.int64(9)}),
                "wide": ("FLOAT", {"default": 1, "min": -math.inf, "max": float("inf"), "step": 0.01, "round": False}),
                "text": ("STRING", {"default": None, "multiline": True, "dynamicPrompts": False, "placeholder": "…"}),
                "flag": ("BOOLEAN", {"default": True, "label_on": "on", "label_off": "off"}),
                "dtype": ("STRING", {"default": str(torch.float32), "hint": torch.float32, "by": {1, 2}}),
            },
            "optional": {"any": ("*",), "union": ("INT,FLOAT", {"forceInput": True}), "own": ("ODD_TYPE",)},
            "hidden": {"unique_id": "UNIQUE_ID", "prompt": "PROMPT", "extra_pnginfo": "EXTRA_PNGINFO", "dynprompt": "DYNPROMPT"},
        }

    def go(self, value, wide, text, flag, dtype, any=None, union=None, own=None, unique_id=None, prompt=None, extra_pnginfo=None, dynprompt=None):
        assert prompt[unique_id]["class_type"] == dynprompt.get_node(unique_id)["class_type"]
        return (int(value),)


class Changing(Node):
    @classmethod
    def IS_CHANGED(cls, **kwargs):
        return float("NaN")

    @classmethod
    def VALIDATE_INPUTS(cls, value, input_types=None):
        return True if value < 100 else "too large"


class ChangingObject(Node):
    def IS_CHANGED(self, value=None):
        return random.random()

    @staticmethod
    def VALIDATE_INPUTS(**kwargs):
        return True


class Shows(Node):
    OUTPUT_NODE = True

    def go(self, value):
        return {"ui": {"text": [f"{value}"], "numbers": (np.float32(0.5), np.int64(2))}, "result": (np.int64(value),)}


class ShowsOnly(Node):
    OUTPUT_NODE = True
    RETURN_TYPES = ()

    def go(self, value):
        return {"ui": {"images": []}}


class Nothing(Node):
    OUTPUT_NODE = True
    RETURN_TYPES = ()

    def go(self, value):
        print("a node prints")


class Threads(Node):
    def go(self, value):
        bar = comfy.utils.ProgressBar(10)

        def work():
            for _ in range(10):
                time.sleep(0.0001)
                bar.update(1)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return (value,)


class Generators(Node):
    RETURN_TYPES = ("INT", "INT")
    RETURN_NAMES = ("one",)
    OUTPUT_IS_LIST = (False, True)
    DESCRIPTION = None

    def go(self, value):
        return (value, [v for v in range(value)])


class Autograd(Node):
    def go(self, value):
        with torch.inference_mode(False), torch.enable_grad():
            x = torch.ones(1, requires_grad=True)
            (x * value).sum().backward()
        return (int(x.grad),)


NODE_CLASS_MAPPINGS = {name: kind for name, kind in Registry.nodes.items() if kind is not Node}
NODE_DISPLAY_NAME_MAPPINGS = {**{name: name.upper() for name in NODE_CLASS_MAPPINGS}, "not there": "x"}
