"""The model that ships with Graphcore, laid out as a `models/` folder; docs/model-card.md says how it was trained."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
CHECKPOINT = FOLDER / "checkpoints" / "graphcore-default.safetensors"
