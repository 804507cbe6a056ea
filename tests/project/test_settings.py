"""Every setting is documented, with its default."""

from __future__ import annotations

from pathlib import Path

import pytest

from geosites.cli import main
from geosites.core.errors import Refused
from geosites.settings import Settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_each_setting_stands_in_the_docs_with_its_default(name: str) -> None:
    field = Settings.model_fields[name]
    default = "" if field.default in (None, "") else f"`{field.default}`"
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


@pytest.mark.parametrize(
    ("name", "near"),
    [("GEOSITES_PULIC_URL", "GEOSITES_PUBLIC_URL"), ("geosites_smtp_pasword", "SMTP_PASSWORD")],
)
def test_a_name_that_is_no_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, near: str
) -> None:
    monkeypatch.setenv(name, "anything")
    with pytest.raises(Refused, match=f"{name} is not a setting; did you mean .*{near}"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUSTED_PROXIES", "127.0.0.1, proxy.internal"),
        ("HOSTS", "https://geosites.example"),
        ("HOSTS", "geosites.example:8443"),
        ("PUBLIC_URL", "https:///counts"),
        ("PUBLIC_URL", "https://geosites.example/?x=1"),
        ("PUBLIC_URL", "https://geosites.example:port"),
        ("SMTP_HOST", "smtp://mail.example"),
        ("SMTP_SENDER", "geosites"),
        ("DATABASE_URL", "db.internal:5432/geosites"),
    ],
)
def test_what_cannot_be_meant_so_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"GEOSITES_{name}", value)
    with pytest.raises(Refused, match=f"GEOSITES_{name}"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,::1"),
        ("HOSTS", "geosites.example, *.internal, 10.0.0.7, [::1], back_end"),
        ("PUBLIC_URL", "http://localhost:8000/counts/"),
        ("DATABASE_URL", "postgresql:///geosites?host=/run/postgresql"),
    ],
)
def test_what_can_be_meant_so_is_taken(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"GEOSITES_{name}", value)
    assert getattr(Settings(), name.lower()) == value


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"OIDC_ISSUER": "https://id.example"}, "OIDC_CLIENT_ID"),
        ({"OIDC_CLIENT_ID": "geosites"}, "OIDC_ISSUER"),
        ({"OIDC_ISSUER": "https://id.example", "OIDC_CLIENT_ID": "x"}, "OIDC_CLIENT_SECRET"),
        (
            {
                "OIDC_ISSUER": "https://id.example",
                "OIDC_CLIENT_ID": "x",
                "OIDC_CLIENT_SECRET": "y",
            },
            "PUBLIC_URL",
        ),
        ({"SMTP_HOST": "mail.example", "SMTP_USER": "geosites"}, "SMTP_PASSWORD"),
    ],
)
def test_half_of_what_belongs_together_is_refused(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], missing: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"GEOSITES_{name}", value)
    with pytest.raises(Refused, match=f"GEOSITES_{missing} is not"):
        Settings()


ADDRESS = "postgresql://owner:s3cret@db.internal/geosites"


def test_a_secret_comes_from_the_file_that_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text(f"{ADDRESS}\n")
    monkeypatch.setenv("GEOSITES_DATABASE_URL_FILE", str(tmp_path / "url"))
    assert Settings().database_url == ADDRESS


def test_a_secret_comes_from_the_credentials_of_systemd(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "geosites_smtp_password").write_text("s3cret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("GEOSITES_SMTP_HOST", "mail.example")
    monkeypatch.setenv("GEOSITES_SMTP_USER", "geosites")
    password = Settings().smtp_password
    assert password is not None
    assert password.get_secret_value() == "s3cret"


@pytest.mark.parametrize("content", [None, "", "\n"])
def test_a_file_without_a_secret_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str | None
) -> None:
    if content is not None:
        (tmp_path / "url").write_text(content)
    monkeypatch.setenv("GEOSITES_SERVICE_URL_FILE", str(tmp_path / "url"))
    with pytest.raises(Refused, match="GEOSITES_SERVICE_URL_FILE"):
        Settings()


def test_a_secret_that_is_told_twice_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "url").write_text(ADDRESS)
    monkeypatch.setenv("GEOSITES_DATABASE_URL_FILE", str(tmp_path / "url"))
    monkeypatch.setenv("GEOSITES_DATABASE_URL", ADDRESS)
    with pytest.raises(Refused, match="GEOSITES_DATABASE_URL_FILE both"):
        Settings()


def test_no_refusal_tells_a_secret(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GEOSITES_DATABASE_URL", "postgre://owner:s3cret@db.internal/geosites")
    monkeypatch.setattr("sys.argv", ["geosites", "db", "url"])
    with pytest.raises(SystemExit) as stopped:
        main()
    said = capsys.readouterr()
    assert stopped.value.code == 1
    assert "GEOSITES_DATABASE_URL" in said.err
    assert "s3cret" not in said.err + said.out
