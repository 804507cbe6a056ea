"""Every setting is documented, with its default."""

from __future__ import annotations

from pathlib import Path

import pytest

from geosites.settings import Settings

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_stands_in_the_docs_with_its_default(name: str) -> None:
    field = Settings.model_fields[name]
    default = "" if field.default is None else f"`{field.default}`"
    (row,) = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in PAGE.read_text().splitlines()
        if line.startswith(f"| `GEOSITES_{name.upper()}`")
    ]
    assert row[1] == default
    assert field.description
    assert row[2].replace("`", "").startswith(field.description.split(":")[0])


def test_the_environment_is_read_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOSITES_POOL_SIZE", "3")
    assert Settings().pool_size == 3


def test_a_setting_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEOSITES_POOL_SIZE", "none")
    with pytest.raises(ValueError, match="pool_size"):
        Settings()
