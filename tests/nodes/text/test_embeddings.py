"""Finding and reading textual-inversion files."""

from __future__ import annotations

import pickle

import pytest
import torch
from safetensors.torch import save_file

from graphcore.errors import ModelError
from nodes.text.embeddings import EmbeddingFolders, select


def save(path, value=1.0):
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({"emb_params": torch.full((2, 4), value)}, path)


def value(folders, name):
    return folders.load(name, "clip_l")[0, 0].item()


def test_the_suffix_may_be_left_out(tmp_path):
    save(tmp_path / "x.safetensors", 1.0)
    save(tmp_path / "y.pt", 2.0)
    save(tmp_path / "z.bin", 3.0)
    folders = EmbeddingFolders((tmp_path,))
    assert [value(folders, name) for name in ("x", "x.safetensors", "y", "y.pt", "z")] == [1.0, 1.0, 2.0, 2.0, 3.0]


def test_suffixes_are_tried_in_order(tmp_path):
    folders = EmbeddingFolders((tmp_path,))
    for number, suffix in enumerate((".bin", ".pt", ".safetensors", "")):
        save(tmp_path / f"x{suffix}", number)
        assert value(folders, "x") == number


def test_sub_folders_are_searched_and_may_be_named(tmp_path):
    save(tmp_path / "a/deep/x.safetensors")
    folders = EmbeddingFolders((tmp_path / "none", tmp_path / "a"))
    assert folders.find("x") == folders.find("deep/x") == tmp_path / "a/deep/x.safetensors"
    assert folders.load("nothere", "clip_l") is None


def test_names_cannot_lead_outside(tmp_path):
    save(tmp_path / "secret.safetensors")
    save(tmp_path / "inside-secret.safetensors")
    (tmp_path / "inside").mkdir()
    folders = EmbeddingFolders((tmp_path / "inside",))
    for name in ("../secret", str(tmp_path / "secret"), "../inside-secret", "x/../../secret", "\0"):
        assert folders.find(name) is None


def test_links_are_followed_also_in_circles(tmp_path):
    save(tmp_path / "elsewhere/x.safetensors")
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside/link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(tmp_path / "inside")
    folders = EmbeddingFolders((tmp_path / "inside",))
    assert folders.find("x") is not None
    assert folders.find("nothere") is None


def test_a_pickle_is_refused_whatever_its_name(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "opened"), "w"))

    for name in ("x.pt", "y.safetensors"):
        (tmp_path / name).write_bytes(pickle.dumps(Bomb()))
    torch.save({"emb_params": torch.ones(2, 4)}, tmp_path / "z.pt")
    for name in "xyz":
        with pytest.raises(ModelError, match=r"pickle.*convert"):
            EmbeddingFolders((tmp_path,)).load(name, "clip_l")
    assert not (tmp_path / "opened").exists()


def test_vectors_are_float32_and_do_not_hold_the_file(tmp_path):
    save_file({"e": torch.tensor([1.5, 2.5]).half()}, tmp_path / "x.safetensors")
    vectors = EmbeddingFolders((tmp_path,)).load("x", "clip_l")
    save(tmp_path / "x.safetensors", 9.0)
    assert torch.equal(vectors, torch.tensor([[1.5, 2.5]]))


ONES, TWOS = torch.ones(2, 4), torch.full((1, 4), 2.0)


@pytest.mark.parametrize(
    ("tensors", "vectors"),
    [
        ({"emb_params": ONES}, ONES),
        ({"other": TWOS, "clip_l": ONES, "clip_g": TWOS}, ONES),
        ({"first": ONES, "second": TWOS}, ONES),
        ({"x": torch.ones(4)}, torch.ones(1, 4)),
        ({"lora": TWOS, "bundle_emb.n.string_to_param.*": ONES}, ONES),
        ({"bundle_emb.a.string_to_param.*": ONES, "bundle_emb.b.string_to_param.*": TWOS}, torch.cat([ONES, TWOS])),
        ({"bundle_emb.a.clip_g": TWOS, "bundle_emb.a.clip_l": ONES}, ONES),
        ({"bundle_emb.a.clip_l": ONES, "bundle_emb.a.string_to_param.*": TWOS}, TWOS),
    ],
)
def test_the_vectors_of_an_encoder_are_selected(tensors, vectors):
    assert torch.equal(select(tensors, "clip_l"), vectors)


def test_a_file_without_tensors_is_refused():
    with pytest.raises(ModelError, match="holds no tensors"):
        select({}, "clip_l")


def test_the_first_tensor_is_the_first_in_the_file_not_in_its_header(tmp_path):
    header = (
        b'{"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},"c":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    )
    data = torch.tensor([5.0, 6.0]).numpy().tobytes()
    (tmp_path / "x.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + data)
    assert EmbeddingFolders((tmp_path,)).load("x", "clip_l").tolist() == [[5.0]]
