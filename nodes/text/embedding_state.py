"""What a text's encoding depends on beside the text: the embedding files that it may name. Costs no torch."""

from __future__ import annotations

from graphcore.folders import Folders

MARK = "embedding:"


def embedding_state(folders: Folders, *texts: str | None) -> list[tuple[str, int, int]]:
    """Name, size and time of change of every embedding, if a text names any; a text that comes by wire (None) may."""
    if not any(text is None or MARK in text for text in texts):
        return []
    found = []
    for name in folders.names("embeddings"):
        stat = folders.find("embeddings", name).stat()
        found.append((name, stat.st_size, stat.st_mtime_ns))
    return found
