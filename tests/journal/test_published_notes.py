"""Notes and checkpoints that others signed: the specification's example, a log, its witnesses.

Figures from C2SP `signed-note` (the example of example.com/foo), and from the public log
arche2025h1.staging.ct.transparency.dev (size 1432088532) with the cosignatures of the public
witnesses remora.n621.de, witness.stagemole.eu, witness1.smartit.nu and witness-little-garden.
"""

from __future__ import annotations

import base64
import datetime as dt

import pytest

from geosites.journal.signed_notes import VerifierKey, parse_checkpoint, signature_lines

EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE_TEXT = "This is an example message.\n"
EXAMPLE_LINE = (
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKu"
    "wHjG1Yu72IneyaQM=\n"
)
LOG = "arche2025h1.staging.ct.transparency.dev"
ROOT = "U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro="
NOTE = f"""{LOG}
1432088532
{ROOT}

— {LOG} zTM8sQAAAZ5W0WdjBAMARjBEAiBjW5IQf9pvsYLfQFX6hoGREPMHbdQ3urbllzalApkptQIgIpwtEroeW2BXaHAI4kJXFbon5Ch9MNL5zRNZ55lvGt0=
— {LOG} ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7Ry1k3ZFWwQ=
— transparency.dev/DEV:witness-little-garden 2AQqhwAAAABqEiEgzgFIqqhbUoDwjMWE6UP8nd8/KYTzwZ2rhIgcqoXHAwVkjZr4AscylP3v7sEodkRAErumC2q44vdgJY096st5BQ==
— witness1.smartit.nu/witness1 pIyCDwAAAABqEiEghIp82KWebrw7/oHQwlTAm3g2RKS4+eebl8eO0WH+/iEcxZ75W3u5hNI7TOQtmJbqmNWVuE0tgh0XwzdZsDsUAQ==
— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==
— witness.stagemole.eu Z/euoAAAAABqEiEgw0i+7g2ENfDAWHmtRzCfKTHSDwYDJA2NmKeGi9Y8FtEyOUvVr+AJmIY/2TUFucgKi7lI7cUiOvKFYe/TmN9DAg==
"""  # noqa: E501 - as it was published
SIGNED_BY = (
    f"{LOG}+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
    "witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv",
    "witness1.smartit.nu/witness1+a48c820f+BPSFWg9G6KPiO7QPryYO5Xq4oYJJ+kAvLKLSimDhoxMO",
    "transparency.dev/DEV:witness-little-garden+d8042a87+BCtusOxINQNUTN5Oj8HObRkh2yHf/MwYaGX4CPdiVEPM",
)
AT = dt.datetime(2026, 5, 23, 21, 50, 24, tzinfo=dt.UTC)


def test_the_example_of_the_specification_is_signed_by_its_key() -> None:
    key = VerifierKey.parse(EXAMPLE_KEY)
    (signature,) = signature_lines(EXAMPLE_LINE)
    assert str(key) == EXAMPLE_KEY
    assert key.verifies(signature, EXAMPLE_TEXT)
    assert not key.verifies(signature, EXAMPLE_TEXT.upper())


@pytest.mark.parametrize("key", SIGNED_BY)
def test_a_public_checkpoint_is_signed_by_its_log_and_its_witnesses(key: str) -> None:
    checkpoint = parse_checkpoint(NOTE)
    assert (checkpoint.origin, checkpoint.size) == (LOG, 1432088532)
    assert base64.b64encode(checkpoint.root).decode() == ROOT
    assert checkpoint.note == NOTE
    assert checkpoint.signed_by(VerifierKey.parse(key))
    for old, new in (("1432088532", "1432088531"), ("U7WM", "U7WN")):
        assert not parse_checkpoint(NOTE.replace(old, new)).signed_by(VerifierKey.parse(key))


def test_a_witness_says_when_in_the_first_eight_bytes() -> None:
    witness = next(s for s in parse_checkpoint(NOTE).signatures if s.name == "remora.n621.de")
    assert dt.datetime.fromtimestamp(int.from_bytes(witness.value[:8], "big"), dt.UTC) == AT
