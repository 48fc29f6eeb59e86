"""CLIP's byte-pair tokenizer, from the published merges (Radford et al. 2021, https://arxiv.org/abs/2103.00020)."""

from __future__ import annotations

import gzip
from functools import cache
from importlib import resources

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers

VOCABULARY_SIZE = 49408
START = 49406
END = 49407

_START_TEXT, _END_TEXT = "<|startoftext|>", "<|endoftext|>"
# CLIP's vocabulary: 256 bytes, the same 256 ending a word, the merges that fill up the rest, start and end.
_MERGES = VOCABULARY_SIZE - 2 * 256 - 2
_WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def clip_token_ids(text: str) -> list[int]:
    """The tokens of `text`, without start and end tokens; the words `<|startoftext|>` and `<|endoftext|>` are tokens.

    Code points that no text can hold (lone surrogates, which JSON can smuggle in) count as U+FFFD.
    """
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return list(clip_tokenizer().encode(text, add_special_tokens=False).ids)


@cache
def clip_tokenizer() -> Tokenizer:
    """The one tokenizer of this process: NFC, runs of white space to one space, lower case, then byte-level BPE."""
    merges = _merges()
    model = models.BPE(
        vocab=_vocabulary(merges),
        merges=merges,
        continuing_subword_prefix="",
        end_of_word_suffix="</w>",
        unk_token=_END_TEXT,
    )
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()]
    )
    words = pre_tokenizers.Split(Regex(_WORDS), behavior="removed", invert=True)
    # CLIP's words carry their own end mark, so the byte level must neither add spaces nor split again.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([words, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in (_START_TEXT, _END_TEXT)])
    return tokenizer


def _merges() -> list[tuple[str, str]]:
    packed = resources.files("nodes.text").joinpath("data/bpe_simple_vocab_16e6.txt.gz").read_bytes()
    lines = gzip.decompress(packed).decode().split("\n", _MERGES + 1)[1 : _MERGES + 1]
    return [(left, right) for left, _, right in (line.partition(" ") for line in lines)]


def _vocabulary(merges: list[tuple[str, str]]) -> dict[str, int]:
    letters = _byte_letters()
    words = [*letters, *(letter + "</w>" for letter in letters), *map("".join, merges), _START_TEXT, _END_TEXT]
    return {word: index for index, word in enumerate(words)}


def _byte_letters() -> list[str]:
    """A visible character for each byte: first printable Latin-1, as itself, then U+0100 onwards for the others."""
    visible = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    return [chr(byte) for byte in visible] + [chr(256 + n) for n in range(256 - len(visible))]
