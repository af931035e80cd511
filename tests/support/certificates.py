"""Self-signed certificates, made by `openssl`, for tests of encrypted connections."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.support.missing import missing


@dataclass(frozen=True, slots=True)
class Certificate:
    """Files in PEM format; clients must trust `certificate` itself, since it is self-signed."""

    certificate: Path
    key: Path


def make_certificate(folder: Path, *addresses: str, name: str = "server") -> Certificate:
    """Make a certificate that is valid for these IP addresses."""
    if shutil.which("openssl") is None:
        missing("openssl")
    made = Certificate(folder / f"{name}.crt", folder / f"{name}.key")
    alternatives = ",".join(f"IP:{address}" for address in addresses)
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "2", "-subj", f"/CN={name}"),
            *("-addext", f"subjectAltName={alternatives}"),
            *("-keyout", str(made.key), "-out", str(made.certificate)),
        ],
        check=True,
        capture_output=True,
    )
    made.key.chmod(0o600)
    return made


def expire(certificate: Certificate) -> None:
    """Sign the certificate again so that it has expired now."""
    signed = certificate.certificate.with_suffix(".expired")
    names = ("-in", str(certificate.certificate), "-signkey", str(certificate.key))
    command = ["openssl", "x509", *names, "-days", "0", "-out", str(signed)]
    subprocess.run(command, check=True, capture_output=True)
    signed.replace(certificate.certificate)
