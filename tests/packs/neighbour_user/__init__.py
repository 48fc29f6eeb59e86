"""Takes from other packs and from itself by every path that works in the field's program."""

import importlib
import importlib.metadata
import os
import sys

import nodes

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "lib"))
import neighbour_helper  # in lib/, which the line above has put on the path

from custom_nodes.neighbour_user.own import OWN  # itself, by the folder that all packs lie in

maths = importlib.import_module("custom_nodes.neighbour-lib.core.maths")
TORCH = importlib.metadata.version("torch")
with open(os.path.join(HERE, "own.py")) as file:
    assert "OWN" in file.read()


class NeighbourSum:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"default": 2})}}

    RETURN_TYPES = ("INT", "BOOLEAN")
    FUNCTION = "go"

    def go(self, value):
        other = nodes.NODE_CLASS_MAPPINGS["LibTriple"]()
        return (maths.triple(value) + other.go(value)[0] + OWN + neighbour_helper.ONE, TORCH[0].isdigit())


NODE_CLASS_MAPPINGS = {"NeighbourSum": NeighbourSum}
