"""Merkle trees, notes and tiles against published vectors and each other."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geosites.core.errors import Refused
from geosites.journal import merkle
from geosites.journal.signed_notes import (
    WITNESS,
    Signature,
    SigningKey,
    VerifierKey,
    checkpoint_text,
    parse_checkpoint,
    signature_lines,
    with_signatures,
)
from geosites.journal.tiles import Tiles, index_path, parse_index

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""The reference tree of RFC 6962's own implementation, by size."""


class Plain:
    """Nodes straight from the definition, without tiles."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.leaves = leaves

    def node(self, height: int, index: int) -> bytes:
        """Return the hash of a complete subtree."""
        return mth(self.leaves[index << height : (index + 1) << height])


def mth(leaves: list[bytes]) -> bytes:
    """Return MTH of RFC 6962, section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + mth(leaves[:k]) + mth(leaves[k:])).digest()


def test_roots_are_the_published_ones() -> None:
    for size, expected in enumerate(ROOTS):
        assert merkle.root(Plain(LEAVES), size).hex() == expected


def test_proofs_are_the_published_ones() -> None:
    """Paths and proofs of the reference implementation of Certificate Transparency."""
    path = merkle.inclusion_proof(Plain(LEAVES), 5, 8)
    assert [item.hex() for item in path] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    proof = merkle.consistency_proof(Plain(LEAVES), 6, 8)
    assert [item.hex() for item in proof] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@given(st.integers(1, 70), st.data())
def test_every_proof_holds_and_no_other_does(size: int, data: st.DataObject) -> None:
    leaves = [bytes([number]) for number in range(size)]
    tree, index = Plain(leaves), data.draw(st.integers(0, size - 1))
    root, path = merkle.root(tree, size), merkle.inclusion_proof(tree, index, size)
    leaf = merkle.leaf_hash(leaves[index])
    assert merkle.root_from_inclusion(leaf, index, size, path) == root
    assert merkle.root_from_inclusion(merkle.leaf_hash(b"x"), index, size, path) != root
    assert merkle.root_from_inclusion(leaf, index, size, [*path, root]) != root
    if path:
        assert merkle.root_from_inclusion(leaf, index, size, path[:-1]) != root
    old = data.draw(st.integers(0, size))
    proof, before = merkle.consistency_proof(tree, old, size), merkle.root(tree, old)
    assert merkle.consistent(old, before, size, root, proof)
    assert not merkle.consistent(old, b"x" * 32, size, root, proof)
    assert not merkle.consistent(old, before, size, root, [*proof, root])
    if old not in (0, size):
        assert not merkle.consistent(old, before, size, b"x" * 32, proof)
        assert not merkle.consistent(old, before, size, root, proof[:-1])


def test_a_note_of_go_s_package_is_signed_and_verified_alike() -> None:
    """The example of golang.org/x/mod/sumdb/note."""
    secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    text = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
    )
    line = (
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdng"
        "otpRZb6KE6RyyBwJnAM="
    )
    key = SigningKey.parse(secret)
    assert str(key.verifier) == public == str(VerifierKey.parse(public))
    assert key.secret_text() == secret
    assert "AYEK" not in repr(key)
    assert key.sign(text) == line
    (signature,) = signature_lines(f"{line}\n")
    assert key.verifier.verifies(signature, text)
    assert not key.verifier.verifies(signature, f"{text}x\n")


def test_a_checkpoint_holds_what_was_signed_and_a_false_signature_spoils_it() -> None:
    key = SigningKey(name="log.example/a", kind=1, seed=b"k" * 32)
    witness = SigningKey(name="w.example/b", kind=WITNESS, seed=b"w" * 32)
    text = checkpoint_text(key.name, 12, b"r" * 32)
    signed = with_signatures(text, [key.sign(text), witness.sign(text, 1_700_000_000)])
    again = parse_checkpoint(signed.note)
    assert (again.origin, again.size, again.root) == (key.name, 12, b"r" * 32)
    assert again.signed_by(key.verifier)
    assert again.signed_by(witness.verifier)
    other = SigningKey(name=key.name, kind=1, seed=b"o" * 32)
    assert not again.signed_by(other.verifier)
    wrong = Signature(
        name=key.name, key_id=key.verifier.key_id, value=b"x" * 64, line="not looked at"
    )
    spoiled = type(again)(**{**vars(again), "signatures": (*again.signatures, wrong)})
    assert not spoiled.signed_by(key.verifier)


@pytest.mark.parametrize(
    "note",
    [
        "", "\n\n", "a\n1\nAAAA\n\n— a AAAAAAA=\n", "a\n01\n{root}\n\n— a AAAAAAA=\n",
        "a\n1\n{root}\n\n", "a\n1\n{root}\n\n— a AAAAAAA=", "a\n1\n{root}\n\n- a AAAAAAA=\n",
        "a\n1\n{root}\n\n— a+b AAAAAAA=\n", "a\n-1\n{root}\n\n— a AAAAAAA=\n",
        "a\r\n1\n{root}\n\n— a AAAAAAA=\n",
    ],
)  # fmt: skip
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(Refused):
        parse_checkpoint(note.replace("{root}", "A" * 43 + "="))


def test_tiles_are_named_as_the_specification_names_them() -> None:
    assert index_path(1234067) == "x001/x234/067"
    assert index_path(0) == "000"
    assert index_path(1234067, 8) == "x001/x234/067.p/8"
    assert parse_index("x001/x234/067.p/8") == (1234067, 8)
    for wrong in ("", "0", "0000", "x001", "001/002", "x000/001", "000.p/0", "000.p/256", "../000"):
        assert parse_index(wrong) is None


def test_tiles_grown_in_steps_hold_the_tree_and_only_what_is_asked_for(tmp_path: Path) -> None:
    """70,000 leaves: 273 full tiles and one of 112; one full and one of 17; one of 1."""
    leaves = [number.to_bytes(3, "big") for number in range(70_000)]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    tiles, plain = Tiles(tmp_path, 0), Plain(leaves)
    for step in (1, 255, 256, 300, 511, 68_000, 70_000):
        tiles = tiles.extended(hashes[tiles.size : step])
        assert tiles.size == step
    for size in (1, 255, 256, 257, 65_536, 69_999, 70_000):
        assert merkle.root(tiles, size) == mth(leaves[:size])
    path = merkle.inclusion_proof(tiles, 69_000, 70_000)
    assert path == merkle.inclusion_proof(plain, 69_000, 70_000)
    held = sorted(str(f.relative_to(tmp_path / "tile")) for f in tmp_path.rglob("*") if f.is_file())
    assert len([name for name in held if name.startswith("0/") and ".p/" not in name]) == 273
    assert {"1/000", "1/001.p/17", "2/000.p/1", "0/273.p/112"} <= set(held)
    assert not [name for name in held if name.startswith(("0/000.p", "1/000.p"))]
    assert (tmp_path / "tile/0/000").stat().st_size == 8192
