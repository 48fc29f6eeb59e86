"""What of a job's outputs is worth a look: saved pictures before previews, pictures before text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlencode

from server.documents import Preview

# extension -> what it is; the order of the values is the order of preference
MEDIA = {
    "image": (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif", ".tif", ".tiff"),
    "video": (".mp4", ".webm", ".mov", ".mkv", ".avi"),
    "audio": (".mp3", ".wav", ".flac", ".ogg", ".opus", ".m4a"),
    "3d": (".glb", ".gltf", ".obj", ".fbx", ".stl"),
    "text": (".txt", ".json", ".md", ".csv"),
}
KINDS = {ending: kind for kind, endings in MEDIA.items() for ending in endings}
ORDER = list(MEDIA)


def media_of(filename: str) -> str:
    """image, video, audio, 3d or text; 'file' for everything else."""
    return KINDS.get(PurePosixPath(filename).suffix.lower(), "file")


def view_url(filename: str, subfolder: str, area: str) -> str:
    """Where a file can be fetched."""
    return "/api/view?" + urlencode({"filename": filename, "subfolder": subfolder, "type": area})


def preview_of(outputs: Mapping[str, Any]) -> Preview | None:
    """The file that stands for a job: the best kind first, saved before temporary, in the order of the nodes."""
    found = sorted(_files(outputs), key=lambda file: (file["type"] == "temp", ORDER.index(file["media"])))
    return found[0] if found else None


def _files(outputs: Mapping[str, Any]) -> Iterator[Preview]:
    for node, shown in outputs.items():
        lists = shown.values() if isinstance(shown, Mapping) else ()
        for item in (item for items in lists if isinstance(items, list) for item in items):
            if isinstance(item, Mapping) and isinstance(item.get("filename"), str):
                media = media_of(item["filename"])
                if media in MEDIA:
                    place = (item["filename"], str(item.get("subfolder") or ""), str(item.get("type") or "output"))
                    yield Preview(
                        filename=place[0],
                        subfolder=place[1],
                        type=place[2],
                        node=str(node),
                        media=media,
                        url=view_url(*place),
                    )
