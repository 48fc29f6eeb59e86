"""`graphcore tokens`: the tokens of single users."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from graphcore.errors import UserError

if TYPE_CHECKING:
    from server.accounts import Role

Added = Annotated[str | None, typer.Option("--add", metavar="NAME", help="Make a token for a user, and show it once.")]
AsRole = Annotated[str, typer.Option("--role", help="What its holder may do: admin, user or viewer.")]
Revoked = Annotated[str | None, typer.Option("--revoke", metavar="ID", help="Make a token worthless from now on.")]
BaseDir = Annotated[Path, typer.Option("--base-dir", help="Folder that the server is started with.")]


def tokens(add: Added = None, role: AsRole = "user", revoke: Revoked = None, base_dir: BaseDir = Path()) -> None:
    """List the tokens of users, make one, or revoke one. Once there are some, the server lets nobody in without."""
    from server.accounts import Accounts
    from server.settings import ServerSettings

    accounts = Accounts(ServerSettings(base_dir=str(base_dir)).accounts_file)
    if add is not None:
        account, token = accounts.add(add, _role(role))
        typer.echo(f"{account.id} lets {account.user} in as {account.role}. The token, which is not kept:\n{token}")
    elif revoke is not None:
        account = accounts.revoke(revoke)
        typer.echo(f"{account.id} of {account.user} is worthless now.")
    else:
        for account in accounts.all():
            typer.echo(f"{account.id}  {account.role:6}  {account.user}")


def _role(name: str) -> Role:
    from server.accounts import Role

    if name not in tuple(Role):
        raise UserError(f"There is no role '{name}'; use {', '.join(Role)}.")
    return Role(name)
