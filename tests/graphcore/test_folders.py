"""Names become paths, and never lead out of their folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphcore import Folders, ModelError, UserError


@pytest.fixture
def base(tmp_path: Path) -> Path:
    for name in ("models/loras/a.safetensors", "models/loras/Sub/B.SAFETENSORS", "models/loras/notes.txt",
                 "models/loras/.git/c.safetensors", "models/unet/u.sft", "models/diffusion_models/d.sft",
                 "input/p.png", "output/q.png", "secret.txt"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    return tmp_path


def test_n010_everything_lies_below_the_base_or_where_it_is_put(base: Path, tmp_path: Path) -> None:
    folders = Folders(base)
    assert (folders.input, folders.output, folders.temp, folders.user) == tuple(
        base / name for name in ("input", "output", "temp", "user")
    )
    assert folders.roots("custom_nodes") == [base / "custom_nodes"]
    elsewhere = Folders(base, models=["/m", "/n"], input="/i", output="/o", temp="/t", user="/u")
    assert elsewhere.roots("loras") == [Path("/m/loras"), Path("/n/loras")]
    assert [str(elsewhere.area(name)) for name in ("input", "output", "temp")] == ["/i", "/o", "/t"]
    assert elsewhere.user == Path("/u")


def test_n004_names_are_sorted_recursive_and_filtered_by_extension(base: Path) -> None:
    assert Folders(base).names("loras") == [os.path.join("Sub", "B.SAFETENSORS"), "a.safetensors"]
    assert Folders(base).names("vae") == []


def test_n005_a_kind_without_extensions_lists_every_file(base: Path) -> None:
    folders = Folders(base)
    folders.add("notes", base / "models" / "loras")
    assert "notes.txt" in folders.names("notes")


def test_links_are_followed(base: Path, tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "linked.safetensors").write_bytes(b"x")
    (base / "models" / "loras" / "link").symlink_to(other)
    folders = Folders(base)
    assert os.path.join("link", "linked.safetensors") in folders.names("loras")
    assert folders.find("loras", "link/linked.safetensors").is_file()


def test_n002_old_names_of_kinds_mean_the_new_ones(base: Path) -> None:
    folders = Folders(base)
    assert folders.roots("unet") == folders.roots("diffusion_models")
    assert folders.names("unet") == ["d.sft", "u.sft"]
    folders.add("clip", "/more")
    assert folders.roots("text_encoders")[-1] == Path("/more")
    with pytest.raises(KeyError):
        folders.roots("unheard_of")


def test_n001_added_folders_come_last_or_first(base: Path) -> None:
    folders = Folders(base)
    first = folders.roots("vae")[0]
    folders.add("vae", "/a")
    folders.add("vae", "/b", first=True)
    assert folders.roots("vae") == [Path("/b"), first, Path("/a")]
    folders.add("vae", "/a")
    assert folders.roots("vae") == [Path("/b"), first, Path("/a")]
    folders.add("vae", "/a", first=True)
    assert folders.roots("vae") == [Path("/a"), Path("/b"), first]


def test_the_first_folder_that_has_a_file_wins(base: Path) -> None:
    folders = Folders(base)
    copy = base / "better" / "a.safetensors"
    copy.parent.mkdir()
    copy.write_bytes(b"y")
    folders.add("loras", copy.parent, first=True)
    assert folders.find("loras", "a.safetensors") == copy


@pytest.mark.parametrize("name", ["../../secret.txt", "/etc/passwd", "..\\..\\secret.txt", "C:\\secret.txt", "", "."])
def test_n003_a_model_name_cannot_climb(base: Path, name: str) -> None:
    with pytest.raises(ModelError):
        Folders(base).find("loras", name)


def test_a_climbing_name_is_looked_for_inside(base: Path) -> None:
    assert Folders(base).find("loras", "../a.safetensors") == base / "models" / "loras" / "a.safetensors"


def test_a_missing_model_names_the_nearest_and_the_folders(base: Path) -> None:
    folders = Folders(base)
    with pytest.raises(ModelError, match=r"no 'b\.safetensors' among the loras; searched .*loras\. Did you mean 'a\."):
        folders.find("loras", "b.safetensors")
    for number in range(6):
        (base / "models" / "loras" / f"{number}.ckpt").write_bytes(b"x")
    with pytest.raises(ModelError, match=r"There is '0\.ckpt', .* and 3 more\."):
        folders.find("loras", "zzz")
    with pytest.raises(ModelError, match=r"The folder is empty: put the file there"):
        folders.find("vae", "zzz")


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("a.png", ("input", "a.png")),
        ("a.png [output]", ("output", "a.png")),
        ("a.png [temp]", ("temp", "a.png")),
        ("a.png[input]", ("input", "a.png")),
        ("a.png [user]", ("input", "a.png [user]")),
        ("[a].png", ("input", "[a].png")),
    ],
)
def test_n006_annotated_names(name: str, split: tuple[str, str]) -> None:
    assert Folders().split(name) == split


def test_annotated_names_become_paths(base: Path) -> None:
    folders = Folders(base)
    assert folders.path("p.png") == base / "input" / "p.png"
    assert folders.path("q.png [output]") == base / "output" / "q.png"
    assert folders.path("new.png", "output") == base / "output" / "new.png"
    with pytest.raises(UserError, match="'models' is not a folder for files; use one of input, output, temp"):
        folders.area("models")


def test_a_link_cannot_lead_out_of_an_area(base: Path) -> None:
    (base / "input" / "sly.txt").symlink_to(base / "secret.txt")
    (base / "input" / "up").symlink_to(base)
    (base / "input" / "ok.png").symlink_to(base / "input" / "p.png")
    folders = Folders(base)
    assert folders.path("ok.png").is_file()
    for name in ("sly.txt", "up/secret.txt"):
        with pytest.raises(UserError, match="leads out of the input folder"):
            folders.path(name)


@pytest.mark.parametrize("name", ["con", "NUL.png", "a/aux.tar.gz", "com1 [output]", "sub\\LPT9.txt", "conin$"])
def test_devices_are_no_files(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match="name of a device"):
        Folders(tmp_path).path(name)


def test_links_that_lead_in_circles_are_walked_once(tmp_path: Path) -> None:
    loras = tmp_path / "models" / "loras"
    loras.mkdir(parents=True)
    (loras / "a.safetensors").touch()
    for name in ("one", "two"):
        (loras / name).symlink_to(loras, target_is_directory=True)
    assert Folders(tmp_path).names("loras") == ["a.safetensors"]


def test_a_zero_byte_is_no_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="zero byte"):
        Folders(tmp_path).path("a\0.png")
