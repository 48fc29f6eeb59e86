"""Pictures with what they show: a text file of the same name beside each. No torch until a picture is loaded."""

from __future__ import annotations

from pathlib import Path

from graphcore import Folders, RunError
from nodes.imaging.sequence import Identity, identity, picture_files


def captions(folders: Folders, folder: str) -> list[str]:
    """The caption of every picture of a folder, in the pictures' order; "" for one that has none.

    RunError for a caption that is no text.
    """
    return [_caption(path.with_suffix(".txt")) for path in picture_files(folders, folder)]


def _caption(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise RunError(f"The caption '{path.name}' cannot be read: {error}. Save it as UTF-8 text.") from None


def identity_with_captions(folders: Folders, folder: str) -> tuple[Identity, list[str]]:
    """What a cached result of pictures and captions stands for."""
    return identity(folders, folder), captions(folders, folder)
