"""The command line. It parses, calls and prints; what it calls lives elsewhere."""

from graphcore.cli.app import main

__all__ = ["main"]
