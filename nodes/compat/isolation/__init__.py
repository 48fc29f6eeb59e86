"""Packs in processes of their own: `[tool.graphcore] isolation = "process"` or `"env"` in a pack's pyproject.toml.

`host` is the process as the engine's side sees it, `child` the same from inside; `descriptions` are nodes as data, of
which `specs` makes nodes again; `values` travel through `memory` that both share, messages (`wire`) through pipes.
"""
