"""Bodies and archives that must not get in, and what the sender is told."""

import io
import socket
import stat
import zipfile
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from judge.db.background_models import Upload, UploadPart
from judge.settings import Settings
from tests.integration.api.service import Account, Service
from tests.integration.uploads.sending import count, done, package, send, sent

MULTIPART = {"Content-Type": "multipart/form-data; boundary=x"}
FORM = '--x\r\nContent-Disposition: form-data; name="package"; filename="a.zip"\r\n\r\n'
LINK = stat.S_IFLNK | 0o777
DEVICE = stat.S_IFCHR | 0o666


def archive(*entries: tuple[str, bytes, int]) -> bytes:
    """A zip of (name, content, mode)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            opened.writestr(info, content)
    return target.getvalue()


def encrypted() -> bytes:
    """As if its one file had a password: the flag says so."""
    data = bytearray(archive(("sum/problem.yaml", b"x", 0o644)))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


FILE = 0o100644
# Each is made by the test that sends it: two hold hundreds of MiB before they are compressed, and
# every process of a run imports this file.
HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "no zip": (lambda: b"#!/bin/sh\n", "not a zip archive"),
    "cut short": (lambda: package("short")[:-40], "zip archive"),
    "bomb": (
        lambda: archive(("sum/problem.yaml", bytes(101 << 20), FILE)),
        "larger than 100 MiB",
    ),
    "bombs": (
        lambda: archive(*((f"sum/{n}", bytes(99 << 20), FILE) for n in range(6))),
        "over 512 MiB",
    ),
    "traversal": (lambda: archive(("../../etc/passwd", b"x", FILE)), "`..` part"),
    "absolute": (lambda: archive(("/etc/passwd", b"x", FILE)), "absolute path"),
    "backslash": (lambda: archive(("sum\\..\\x", b"x", FILE)), "`..` part"),
    "link out": (
        lambda: archive(("sum/data/x", b"../../../etc/passwd", LINK)),
        "outside the package",
    ),
    "device": (lambda: archive(("sum/null", b"", DEVICE)), "neither a plain file nor a link"),
    "encrypted": (encrypted, "without a password"),
    "two folders": (lambda: archive(("a/x", b"", FILE), ("b/x", b"", FILE)), "one folder"),
    "many": (lambda: archive(*((f"s/{n}", b"", FILE) for n in range(5001))), "5000 entries"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_nothing_of_it_kept(
    working: Service, boss: Account, name: str
) -> None:
    make, says = HOSTILE[name]
    before = count(working.db, UploadPart)
    report = done(boss, sent(boss, make()))
    assert report["state"] == "refused"
    assert any(says in error["message"] for error in report["errors"]), report["errors"]
    assert count(working.db, UploadPart) == before


def test_a_body_that_is_too_large_is_refused(
    service: Service, settings: Settings, boss: Account
) -> None:
    before = count(service.db, Upload)
    answer = send(boss, bytes(settings.upload_limit_bytes + 5000))
    assert (answer.status_code, answer.json()["type"]) == (413, "/api/v1/errors/too-large")
    assert str(settings.upload_limit_bytes + 4096) in answer.json()["detail"]

    def chunks() -> Iterator[bytes]:
        yield FORM.encode()
        for _ in range(40):
            yield bytes(65536)

    answer = boss.http.post("/problems", content=chunks(), headers=MULTIPART)
    assert answer.status_code == 413
    assert count(service.db, Upload) == before


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Type": "application/zip"}, b"PK", 415),
        ({}, b"", 415),
        ({"Content-Type": "multipart/form-data"}, b"x", 400),
        (MULTIPART, b"zip", 400),
        (MULTIPART, b"--x--\r\n", 422),
        (
            {"Content-Type": MULTIPART["Content-Type"] + "; charset=undefined"},
            b'--x\r\nContent-Disposition: form-data; name="package"\r\n\r\nPK\r\n--x--\r\n',
            400,
        ),
        (
            MULTIPART,
            b'--x\r\nContent-Disposition: form-data; name="package"\r\n\r\nPK\r\n--x--\r\n',
            422,
        ),
    ],
)
def test_a_body_that_is_no_package_is_refused_with_the_reason(
    service: Service, boss: Account, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = boss.http.post("/problems", content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "application/problem+json",
    )


def test_an_upload_that_is_cut_off_leaves_nothing(service: Service, boss: Account) -> None:
    before = [count(service.db, table) for table in (Upload, UploadPart)]
    address = urlsplit(service.url)
    assert address.hostname
    assert address.port
    token = boss.http.headers["Authorization"]
    head = (
        "POST /api/v1/problems HTTP/1.1\r\nHost: x\r\n"
        f"Authorization: {token}\r\nContent-Length: 1000000\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall((head + FORM).encode() + bytes(500_000))
    assert boss.http.get("/uploads").status_code == 200
    assert [count(service.db, table) for table in (Upload, UploadPart)] == before


def test_only_an_admin_may_upload(service: Service, ada: Account) -> None:
    assert send(ada, package("mine")).status_code == 403
    assert service.http.post("/problems", content=b"x").status_code == 401
