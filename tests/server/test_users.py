"""Users: told apart by a header, each with an id that is a safe folder name."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphcore.errors import UserError
from server.users import UnknownUser, Users


def test_one_user_needs_no_header(tmp_path: Path) -> None:
    users = Users(tmp_path, several=False)
    assert (users.resolve("anything"), users.owner("anything")) == ("default", None)


def test_several_users_have_jobs_of_their_own(tmp_path: Path) -> None:
    users = Users(tmp_path, several=True)
    id = users.add("Ann")
    assert (users.resolve(id), users.owner(id)) == (id, id)
    with pytest.raises(UnknownUser):
        users.resolve("")


@pytest.mark.parametrize("name", ["../../etc", "a/b", "x\0y", "ü ö", "__"])
def test_ids_are_safe_folder_names(tmp_path: Path, name: str) -> None:
    users = Users(tmp_path, several=True)
    assert users.home(users.add(name)).parent == tmp_path


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "users.json").write_text("{")
    with pytest.raises(UserError, match=r"users\.json"):
        Users(tmp_path, several=True).names()
