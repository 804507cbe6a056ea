"""One signed POST, taken by a real web server that checks it."""

from __future__ import annotations

import datetime as dt
import socket
import threading
import uuid
from pathlib import Path

import pytest

from alarms.servers import SECRET, Receiver
from geosites.alarms.webhooks import by_webhook, read_secret, signature
from geosites.core.alarm_messages import AlarmKind, Channel, Message, Subscription
from geosites.core.errors import Refused

NOW = dt.datetime(2022, 10, 7, 8, 30, tzinfo=dt.UTC)


def message(address: str, secret_file: Path) -> Message:
    return Message(
        id=uuid.UUID(int=7),
        subscription=Subscription(
            id=uuid.UUID(int=1), channel=Channel.WEBHOOK, address=address, secret_file=secret_file
        ),
        site="forceval",
        kind=AlarmKind.REOPENED,
        changed_at=NOW,
        content={"subject": "Forceval : de nouveau occupé", "site": "forceval"},
        due_at=NOW,
    )


def test_a_signed_message_is_taken(receiver: Receiver, secret_file: Path) -> None:
    told = message(f"{receiver.url}/alarms?to=19", secret_file)
    assert by_webhook(told, NOW) is None
    assert receiver.taken == [{"id": str(told.id), "type": "closure.reopened", **told.content}]
    assert receiver.paths == ["/alarms?to=19"]
    assert receiver.headers[0]["webhook-id"] == str(told.id)
    assert receiver.headers[0]["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert receiver.headers[0]["content-type"] == "application/json"


def test_another_secret_is_not_believed(receiver: Receiver, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("another secret of some length")
    assert by_webhook(message(receiver.url, other), NOW) == "answered 401"
    assert receiver.taken == []


@pytest.mark.parametrize("status", [302, 307, 404, 500])
def test_only_success_counts_and_no_redirect_is_followed(
    receiver: Receiver, secret_file: Path, status: int
) -> None:
    receiver.statuses = [status]
    assert by_webhook(message(f"{receiver.url}/here", secret_file), NOW) == f"answered {status}"
    assert receiver.paths == ["/here"]


def test_a_server_that_is_not_there_is_named(secret_file: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # and nobody listens, for as long as it is asked
        port = probe.getsockname()[1]
        failure = by_webhook(message(f"http://127.0.0.1:{port}/", secret_file), NOW)
    assert failure is not None
    assert "refused" in failure


def test_a_server_that_does_not_speak_http_is_named(secret_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        told = message(f"https://127.0.0.1:{silent.getsockname()[1]}/", secret_file)
        silent.settimeout(60)
        threading.Thread(target=lambda: silent.accept()[0].close(), daemon=True).start()
        assert by_webhook(told, NOW)


def test_a_secret_that_is_gone_is_named(receiver: Receiver, tmp_path: Path) -> None:
    failure = by_webhook(message(receiver.url, tmp_path / "gone"), NOW)
    assert failure is not None
    assert "gone" in failure
    assert receiver.paths == []


def test_the_published_example_of_the_signature(tmp_path: Path) -> None:
    path = tmp_path / "published"
    path.write_text("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    secret = read_secret(path)
    signed = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_secret_is_read_without_the_end_of_its_line(secret_file: Path) -> None:
    assert read_secret(secret_file) == SECRET


@pytest.mark.parametrize("text", ["short", "whsec_not base64 at all!", "whsec_c2hvcnQ="])
def test_a_secret_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "secret"
    path.write_text(text)
    with pytest.raises(Refused, match="secret"):
        read_secret(path)


def test_a_message_cannot_be_changed_or_sent_again_as_another() -> None:
    """Whoever took one message down has no signature for another body, time or name."""
    known = signature(b"a secret of some length", "msg-1", 1_665_131_400, b"{}")
    assert known.startswith("v1,")
    others = [("msg-2", 1_665_131_400, b"{}"), ("msg-1", 1_665_131_401, b"{}")]
    others += [("msg-1", 1_665_131_400, b"{ }"), ("msg-1", 166_513_140, b"0.{}")]
    assert known not in {signature(b"a secret of some length", *other) for other in others}
