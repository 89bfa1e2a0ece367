"""What signs pictures, for a test's time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.export.options import ExportOptions


@pytest.fixture(scope="session")
def signing(tmp_path_factory: pytest.TempPathFactory) -> ExportOptions:
    """A throw-away certificate below a throw-away authority."""
    return certified(tmp_path_factory.mktemp("signing"))


def certified(folder: Path, days: int = 1) -> ExportOptions:
    """A certificate that ends in so many days, and its key, as files."""
    pytest.importorskip("c2pa")
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    now = datetime.now(UTC)

    def certificate(name: str, public: Any, authority: bool) -> bytes:
        def named(text: str) -> Any:
            return x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, text)])

        usage = dict.fromkeys(
            ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
             "decipher_only", "content_commitment"), False,
        )  # fmt: skip
        builder = (
            x509.CertificateBuilder(named("Root"), named(name), public, x509.random_serial_number())
            .not_valid_before(now - timedelta(9))
            .not_valid_after(now + timedelta(days))
            .add_extension(x509.BasicConstraints(authority, None), True)
            .add_extension(
                x509.KeyUsage(True, key_cert_sign=authority, crl_sign=authority, **usage), True
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), False
            )
        )
        if not authority:
            purpose = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(purpose, False)
        signed = builder.sign(root_key, hashes.SHA256())
        return bytes(signed.public_bytes(serialization.Encoding.PEM))

    chain = certificate("Leaf", key.public_key(), False)
    (folder / "chain.pem").write_bytes(chain + certificate("Root", root_key.public_key(), True))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    return ExportOptions(certificate=str(folder / "chain.pem"), key=str(folder / "key.pem"))
