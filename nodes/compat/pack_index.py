"""Which nodes each pack has, kept in a file, so that a command imports only the packs whose nodes it uses."""

from __future__ import annotations

import json
import logging
import os
import tempfile
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)


@dataclass(slots=True)
class PackRecord:
    """What importing a pack once has shown. `seconds` is the import's time, `problem` why it failed (or empty).

    `eager`: it changes things that other nodes use, so it is imported whenever anything is.
    """

    fingerprint: str
    nodes: list[str] = field(default_factory=list)
    problem: str = ""
    seconds: float = 0.0
    eager: bool = False


class PackIndex:
    """Path of a pack -> its record. A file that is missing, damaged or of another shape is an empty index."""

    def __init__(self, file: Path):
        self.file = file
        self.records: dict[str, PackRecord] = _read(file)

    def find(self, path: Path, fingerprint: str) -> PackRecord | None:
        """What is known of a pack, if it has not changed since."""
        record = self.records.get(str(path))
        return record if record is not None and record.fingerprint == fingerprint else None

    def put(self, path: Path, record: PackRecord) -> None:
        """Note what is known now, and write it down. A folder that cannot be written to costs an import next time."""
        self.records[str(path)] = record
        document = {place: asdict(known) for place, known in self.records.items()}
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self.file.parent, delete=False, encoding="utf-8") as part:
                json.dump(document, part)
            os.replace(part.name, self.file)
        except OSError as error:
            log.warning("The index of packs cannot be written to %s: %s.", self.file, error)


def _read(file: Path) -> dict[str, PackRecord]:
    try:
        document: Any = json.loads(file.read_text(encoding="utf-8"))
        return {place: PackRecord(**record) for place, record in document.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
