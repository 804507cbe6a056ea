"""Settings of e-mail: the SMTP server, its encryption and account."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

from geosites.alarms.mail_encryption import Encryption


class EmailSettings(BaseSettings):
    """Settings of e-mail: the SMTP server, its encryption and account."""

    smtp_host: str | None = Field(
        default=None, description="SMTP server for alarms; by default none are sent by e-mail."
    )
    smtp_port: int = Field(default=587, ge=1, le=65535, description="SMTP port.")
    smtp_encryption: Encryption = Field(
        default=Encryption.STARTTLS, description="SMTP encryption: starttls, tls or none."
    )
    smtp_user: str | None = Field(
        default=None, description="SMTP user, if the server asks for one."
    )
    smtp_password: SecretStr | None = Field(default=None, description="SMTP password.")
    smtp_sender: str = Field(
        default="geosites@localhost", description="Sender address of the e-mail."
    )
