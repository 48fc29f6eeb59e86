"""Tokens of single users: who holds one, and what they may do. Only hashes of tokens are kept."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from graphcore.errors import UserError
from server.atomic import write_atomically

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # it names folders, too
RESERVED = frozenset({"default"})  # the user of who shows the server's own token, or none
RANDOM = 32  # bytes of a token, so that a plain hash keeps it as well as a slow one would


class Role(StrEnum):
    """What the holder of a token may do."""

    ADMIN = "admin"  # everything, with everybody's jobs and files
    USER = "user"  # queue jobs, and see and change what is theirs
    VIEWER = "viewer"  # see what is theirs


@dataclass(frozen=True, slots=True)
class Account:
    """The holder of a token. `id` names the token, and is no secret. `created`: seconds since the epoch."""

    id: str
    user: str
    role: Role
    sha256: str
    created: float

    @property
    def owner(self) -> str | None:
        """Whose jobs and files they deal with; None: everybody's."""
        return None if self.role is Role.ADMIN else self.user


OWNER = Account("", "default", Role.ADMIN, "", 0.0)  # who shows the server's own token, or needs none


class Accounts:
    """The tokens in a file. What another process changes there counts from the next request on."""

    def __init__(self, file: Path):
        self._file = file
        self._read: tuple[int, int] | None = None
        self._known: dict[str, Account] = {}  # hash -> holder

    def all(self) -> list[Account]:
        """Every account, the oldest first. UserError if the file cannot be read: then nobody is let in."""
        self._refresh()
        return list(self._known.values())

    def holder(self, token: str) -> Account | None:
        """Who holds a token."""
        self._refresh()
        return self._known.get(_hash(token))

    def add(self, user: str, role: Role) -> tuple[Account, str]:
        """A new account and its token, which is told this once. UserError for a name that cannot be used."""
        if not NAME.fullmatch(user) or user in RESERVED:
            raise UserError(f"'{user}' cannot be a user: use 1 to 64 letters, digits, '-' and '_', not 'default'.")
        token = secrets.token_urlsafe(RANDOM)
        account = Account(secrets.token_hex(4), user, role, _hash(token), time.time())
        self._write([*self.all(), account])
        return account, token

    def revoke(self, id: str) -> Account:
        """Make a token worthless. UserError if there is none of this id."""
        known = self.all()
        found = next((account for account in known if account.id == id), None)
        if found is None:
            raise UserError(f"There is no token {id}; `graphcore tokens` lists them.")
        self._write([account for account in known if account is not found])
        return found

    def _refresh(self) -> None:
        try:
            stat = self._file.stat()
            mark = (stat.st_mtime_ns, stat.st_ino)
            if mark != self._read:
                self._known = _parsed(json.loads(self._file.read_text(encoding="utf-8")))
                self._read = mark
        except FileNotFoundError:
            self._known, self._read = {}, None
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise UserError(f"The tokens in {self._file} cannot be read: {error}. Mend or remove that file.") from None

    def _write(self, accounts: list[Account]) -> None:
        text = json.dumps([asdict(account) for account in accounts], indent=1)
        write_atomically(self._file, text.encode(), 0o600)


def _parsed(documents: list[Mapping[str, str]]) -> dict[str, Account]:
    found = [Account(**{**document, "role": Role(document["role"])}) for document in documents]  # type: ignore[arg-type]
    return {account.sha256: account for account in found}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
