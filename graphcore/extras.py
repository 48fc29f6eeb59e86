"""How to install what Graphcore can do without."""

from __future__ import annotations


def install(extra: str) -> str:
    """The words for it. By the bare name pip would install another project from the Python Package Index."""
    return f"pip install '.[{extra}]' in the folder that Graphcore was installed from"
