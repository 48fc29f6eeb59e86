"""Who asks: one user, or several told apart by a header, each with jobs, settings and files of their own."""

from __future__ import annotations

import json
import os
import re
import uuid
from pathlib import Path

from graphcore.errors import UserError
from server.atomic import write_atomically

DEFAULT = "default"
LONGEST = 100  # characters of a name


class UnknownUser(UserError):
    """The header names nobody that there is."""


class Users:
    """The users of a folder; without `several` there is one, and the header says nothing."""

    def __init__(self, folder: Path, *, several: bool):
        self.folder, self.several = folder, several
        self._file = folder / "users.json"

    def names(self) -> dict[str, str]:
        """Id -> name."""
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise UserError(f"The users in {self._file} cannot be read: {error}. Mend or remove that file.") from None
        return {str(id): str(name) for id, name in found.items()}

    def add(self, name: str) -> str:
        """A new user's id. UserError if the name is empty or taken."""
        name, known = name.strip(), self.names()
        if not name or len(name) > LONGEST:
            raise UserError(f"A user name has 1 to {LONGEST} characters.")
        if name in known.values():
            raise UserError("Duplicate username.")
        id = f"{re.sub(r'[^a-zA-Z0-9-_]+', '-', name)}_{uuid.uuid4()}"
        write_atomically(self._file, json.dumps({**known, id: name}).encode())
        return id

    def resolve(self, header: str) -> str:
        """The user that a `Comfy-User` header means. UnknownUser if there is none."""
        if not self.several:
            return DEFAULT
        if header not in self.names():
            raise UnknownUser(f"There is no user '{header}'; create one with POST /users, or leave multi-user mode.")
        return header

    def owner(self, header: str) -> str | None:
        """Whose jobs a request is about; None: everybody's, as there is one user only."""
        return self.resolve(header) if self.several else None

    def home(self, user: str) -> Path:
        """A user's folder, which may not be there yet."""
        return self.folder / os.path.basename(user)
