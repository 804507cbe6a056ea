"""A certificate for a host that is nobody's, and nginx as deploy/proxy sets it up with one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

HOST = "geosites.example"
_NGINX = Path(__file__).parents[1] / "deploy" / "proxy" / "nginx.conf"


def certificate(folder: Path, host: str = HOST, days: int = 2) -> Path:
    """Write a key and a certificate that ends in so many days into one file, `both.pem`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=30))
        .not_valid_after(now + dt.timedelta(days=days))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    kind = serialization.PrivateFormat.PKCS8
    secret = key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption())
    file = folder / "both.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file


def nginx(
    folder: Path, proxy_port: int, service_port: int, pem: Path, under: str = ""
) -> Sequence[str]:
    """Write the configuration of nginx into a folder; return the words that run it in front.

    `under`: the path of the host at which the service is; by default the whole host.
    """
    text = re.sub(r"/etc/ssl/geosites/\w+\.pem", str(pem), _NGINX.read_text())
    text = text.replace("listen 443", f"listen 127.0.0.1:{proxy_port}")
    text = text.replace("127.0.0.1:8000", f"127.0.0.1:{service_port}")
    text = text.replace("location / {", f"location {under}/ {{")
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{name}_temp_path {folder}/{name};" for name in places)
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; error_log stderr; pid {folder}/nginx.pid; events {{}}"
        f" http {{ access_log off; {temporary} {text} }}"
    )
    return ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(file)]
