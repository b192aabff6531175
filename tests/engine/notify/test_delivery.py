"""Mails over a real SMTP server on the loopback: who gets them, once, and never a password in the clear."""

from __future__ import annotations

import ipaddress
import re
import shutil
import socket
import ssl
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy.orm import Session

from chat_server import chat_server
from mail_server import PASSWORD, QUOTED, letters, serving
from shopwatch.core.settings import Settings
from shopwatch.notify.channels.smtp import SmtpUrlError, send
from shopwatch.notify.delivery import UndeliveredError, deliver_waiting
from shopwatch.notify.notices import post_failure
from shopwatch.store.outbox import FIRST_RETRY
from shopwatch.store.tables import OutboxMail, now, open_store
from warehouses import notify_team
from watching import include_with

NIGHT = date(2026, 11, 13)
TEAM = "Merchandise"
FOREIGN = "127.0.0.2"  # reaches this machine, but is not one of the names for it


def certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS, and the file of whom to trust for it."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, secret = folder / "trusted.pem", folder / "secret.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    return context, trusted


@pytest.fixture
def home(judged_home: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(judged_home, tmp_path / "home"))


def test_a_digest_arrives_at_the_teams_own_addresses(home: Path) -> None:
    with serving() as server:
        told = notify_team(Settings(home=home, smtp_url=server.url), TEAM, NIGHT)
    [(recipients, mail)] = server.mails
    assert recipients == ["merchandise-en@example.com"]
    assert mail["To"] == "merchandise-en@example.com"
    assert told.mails == 1
    assert told.subjects == (mail["Subject"],)
    assert "2 new" in mail["Subject"]
    text = mail.get_body(("plain",))
    assert text is not None
    assert {code for code in ("MM-TEX-010-01", "MM-TEX-025-01") if code in text.get_content()} == {
        "MM-TEX-010-01",
        "MM-TEX-025-01",
    }
    assert letters(home) == [(f"{NIGHT}-{TEAM}", True, 1, None)]
    assert not (home / "outbox").exists(), "what was sent is no file as well"


@pytest.mark.slow
def test_the_digest_reaches_a_teams_chats_in_short(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    routes = "[{team: Ops, owners: [商品], to: [a@example.com], channels: {chat: [CHAT_DINGTALK, CHAT_WECOM]}}]"
    settings = Settings(home=home, include=include_with(tmp_path, routes=routes))
    with chat_server(monkeypatch) as server:
        assert notify_team(settings, "Ops", NIGHT).mails == 1
        assert notify_team(settings, "Ops", NIGHT).mails == 0
    messages = dict(server.received)
    assert [service for service, _ in server.received] == ["dingtalk", "wecom"]
    text = messages["wecom"]["markdown"]["content"]
    assert text.startswith("### Ops · 新增 2 项")
    assert sorted(re.findall(r"SKU (MM-TEX-\d+-\d+)", text)) == ["MM-TEX-010-01", "MM-TEX-025-01"]
    assert text.count("处理建议：") == 2
    assert (home / "outbox" / f"{NIGHT}-Ops.eml").exists()


def test_a_team_without_news_gets_its_heartbeat_once(home: Path) -> None:
    with serving() as server:
        settings = Settings(home=home, smtp_url=server.url)
        assert [notify_team(settings, "推广", NIGHT).subjects for _ in range(2)] == [
            ("推广 · 巡检正常 · 无新增预警",),
            (),
        ]
    assert len(server.mails) == 1
    assert letters(home) == [(f"{NIGHT}-推广-heartbeat", True, 1, None)]


def test_two_tells_of_the_same_night_send_once(home: Path) -> None:
    with serving() as server:
        settings = Settings(home=home, smtp_url=server.url)
        assert [notify_team(settings, TEAM, NIGHT).mails for _ in range(3)] == [1, 0, 0]
    assert len(server.mails) == 1
    assert letters(home) == [(f"{NIGHT}-{TEAM}", True, 1, None)]


def test_without_a_server_the_mail_is_a_file_only_its_owner_reads(home: Path) -> None:
    settings = Settings(home=home)
    assert [notify_team(settings, TEAM, NIGHT).mails for _ in range(2)] == [1, 0]
    [path] = settings.outbox.iterdir()
    assert path.name == f"{NIGHT}-{TEAM}.eml"
    assert path.stat().st_mode & 0o777 == 0o600
    assert message_from_bytes(path.read_bytes(), policy=policy.default)["To"] == "merchandise-en@example.com"


@pytest.mark.parametrize("again", ["tell", "deliver_waiting"])
def test_a_mail_waits_for_a_server_that_is_down_and_is_then_sent_once(home: Path, again: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = Settings(home=home, smtp_url=f"smtp://127.0.0.1:{port}")
    with pytest.raises(UndeliveredError, match=f"{NIGHT}-{TEAM} to merchandise-en@example.com: ConnectionRefusedError"):
        notify_team(settings, TEAM, NIGHT)
    [(_, sent, attempts, error)] = letters(home)
    assert (sent, attempts) == (False, 1)
    assert error is not None
    assert error.startswith("ConnectionRefusedError")
    assert error.endswith("(host 127.0.0.1; SMTP_URL or Airflow's connection smtp_default names the mail server)")

    with serving(port=port) as server:
        with pytest.raises(UndeliveredError, match="ConnectionRefusedError"):  # the next attempt is not due yet
            deliver_waiting(settings, TEAM)
        later = now() + FIRST_RETRY
        if again == "tell":
            assert notify_team(settings, TEAM, NIGHT, at=later).mails == 1
        else:
            assert deliver_waiting(settings, TEAM, at=later) == 1
        assert deliver_waiting(settings, TEAM, at=later) == 0
    assert len(server.mails) == 1
    assert letters(home) == [(f"{NIGHT}-{TEAM}", True, 2, None)]


def test_one_mail_that_fails_does_not_keep_the_others_of_its_team(home: Path) -> None:
    settings = Settings(home=home)
    for task in ("load", "publish"):
        post_failure(settings, task, "run", "Error: no space left", NIGHT)
    with serving() as server:
        with open_store(settings) as engine, Session(engine) as session, session.begin():
            first = session.query(OutboxMail).order_by(OutboxMail.key).first()
            assert first is not None
            first.content = b"no recipient at all\r\n"
        with pytest.raises(UndeliveredError):
            deliver_waiting(settings, "Data", server.url)
    assert len(server.mails) == 1
    assert sorted(sent for _, sent, _, _ in letters(home)) == [False, True]


def test_the_settings_server_wins_over_the_connections(home: Path) -> None:
    with serving() as ours, serving() as airflows:
        notify_team(Settings(home=home, smtp_url=ours.url), TEAM, NIGHT, airflows.url)
    assert (len(ours.mails), len(airflows.mails)) == (1, 0)


def test_the_connections_server_is_used_where_the_settings_name_none(home: Path) -> None:
    with serving() as airflows:
        notify_team(Settings(home=home), TEAM, NIGHT, airflows.url)
    assert len(airflows.mails) == 1
    assert not (home / "outbox").exists()


def test_a_password_goes_to_this_machine_without_tls(home: Path) -> None:
    with serving() as server:
        notify_team(Settings(home=home, smtp_url=server.with_password()), TEAM, NIGHT)
    assert server.passwords == [PASSWORD.encode()]
    assert len(server.mails) == 1


def test_a_password_is_refused_to_a_foreign_host_without_tls(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving(FOREIGN) as server, pytest.raises(UndeliveredError, match="offers no STARTTLS") as refused:
        notify_team(Settings(home=home, smtp_url=server.with_password()), TEAM, NIGHT)
    assert server.passwords == []
    assert server.mails == []
    said = f"{refused.value} {letters(home)} {caplog.text}"
    assert PASSWORD not in said
    assert QUOTED not in said


@pytest.mark.slow
def test_a_password_goes_to_a_foreign_host_with_a_trusted_certificate(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, trusted = certificate(tmp_path, FOREIGN)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    with serving(FOREIGN, tls=tls) as server:
        notify_team(Settings(home=home, smtp_url=server.with_password()), TEAM, NIGHT)
    assert server.passwords == [PASSWORD.encode()]
    assert len(server.mails) == 1


def test_a_certificate_that_nobody_vouches_for_gets_neither_password_nor_mail(home: Path, tmp_path: Path) -> None:
    tls, _ = certificate(tmp_path, FOREIGN)
    with serving(FOREIGN, tls=tls) as server, pytest.raises(UndeliveredError, match="CERTIFICATE_VERIFY_FAILED"):
        notify_team(Settings(home=home, smtp_url=server.with_password()), TEAM, NIGHT)
    assert server.passwords == []
    assert server.mails == []


def test_a_wrong_password_is_not_said_again_in_the_error(home: Path) -> None:
    with serving() as server, pytest.raises(UndeliveredError, match="SMTPAuthenticationError") as refused:
        notify_team(Settings(home=home, smtp_url=server.with_password("kettle77")), TEAM, NIGHT)
    assert set(server.passwords) == {b"kettle77"}
    assert "kettle77" not in f"{refused.value} {letters(home)}"


@pytest.mark.parametrize(
    "url",
    [
        "http://watch:kettle77@mail.example.com",
        "smtp://",
        "watch:kettle77@mail.example.com:587",
        # a password that should have been quoted, so that a part of it looks like a port
        "smtp://watch:kettle77/x@mail.example.com:587",
        "smtp://watch:kettle77#x@mail.example.com:587",
        "smtp://watch:x@mail.example.com:kettle77",
        "smtp://watch:kettle77@[mail.example.com",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SmtpUrlError) as refused:
        send(b"To: a@example.com\r\n\r\nx\r\n", ["a@example.com"], url)
    assert "kettle77" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_failure_on_a_disk_that_cannot_be_written_is_reported_directly(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way of the home")
    with serving() as server:
        settings = Settings(home=tmp_path / "file" / "home", smtp_url=SecretStr(server.url))
        assert post_failure(settings, "night", "run", "No space left on device", NIGHT)
    ((_, mail),) = server.mails
    assert "No space left on device" in mail.get_content()
