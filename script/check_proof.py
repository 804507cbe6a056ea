#!/usr/bin/env python3
"""Check that an entry of a journal is in its log, without geosites.

    check_proof.py PROOF KEY [KEY...]

PROOF is what `geosites audit prove` wrote (c2sp.org/tlog-proof). KEY is the verifier key of the
log, then those of witnesses, each got from its own service and not with the proof. Needs Python 3
and `cryptography`. Prints the entry and who signed; exit 1 where anything does not hold.
"""

import base64
import hashlib
import json
import pathlib
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def require(holds, why):
    """End with a reason unless something holds."""
    if not holds:
        sys.exit(f"NOT PROVEN: {why}")


def sha256(data):
    """Return a SHA-256 hash."""
    return hashlib.sha256(data).digest()


def climb(leaf, index, size, path):
    """Return the root that a leaf and its path lead to (RFC 9162, 2.1.3)."""
    number, last, result = index, size - 1, sha256(b"\x00" + leaf)
    for sibling in path:
        require(last > 0, "the path is too long")
        if number % 2 or number == last:
            result = sha256(b"\x01" + sibling + result)
            while number % 2 == 0 and number:
                number, last = number // 2, last // 2
        else:
            result = sha256(b"\x01" + result + sibling)
        number, last = number // 2, last // 2
    require(last == 0, "the path is too short")
    return result


def signed(key_text, text, lines):
    """Return when a key signed the checkpoint: a number for a witness, 0 for a log, or None."""
    name, key_id, encoded = key_text.split("+", 2)
    key = base64.b64decode(encoded, validate=True)
    right_id = sha256(name.encode() + b"\n" + key)[:4]
    require(right_id.hex() == key_id and key[0] in (1, 4), f"{key_text} is not a verifier key")
    for line in lines:
        dash, signer, encoded = line.split(" ")
        raw = base64.b64decode(encoded, validate=True)
        if dash != "\u2014" or signer != name or raw[:4] != right_id:
            continue
        message, signature, when = text, raw[4:], 0
        if key[0] == 4:
            when, signature = int.from_bytes(raw[4:12], "big"), raw[12:]
            message = f"cosignature/v1\ntime {when}\n{text}"
        try:
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature, message.encode())
        except InvalidSignature:
            require(False, f"the signature of {name} is wrong")
        return when
    return None


def main(file, *keys):
    """Check a proof against the keys; print what it proves."""
    head, text, signatures = pathlib.Path(file).read_bytes().decode().split("\n\n")
    first, extra, index, *path = head.split("\n")
    require(first == "c2sp.org/tlog-proof@v1", "not a proof")
    require(extra.startswith("extra ") and index.startswith("index "), "not a proof")
    origin, size, root = text.split("\n")[:3]
    leaf = base64.b64decode(extra[6:], validate=True)
    hashes = [base64.b64decode(line, validate=True) for line in path]
    require(0 <= int(index[6:]) < int(size), "the entry lies beyond the log")
    reached = climb(leaf, int(index[6:]), int(size), hashes)
    require(reached == base64.b64decode(root, validate=True), "the entry is not in this log")
    require(keys and keys[0].split("+")[0] == origin, "the first key is not of this log")
    for key in keys:
        when = signed(key, text + "\n", signatures.splitlines())
        require(when is not None, f"{key.split('+')[0]} did not sign")
        print(f"signed by {key.split('+')[0]}" + (f" at {when} (seconds since 1970)" * bool(when)))
    print(json.dumps(json.loads(leaf), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
