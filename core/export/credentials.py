"""Content credentials (C2PA): a signed statement in the file of what made it, where asked for.

An optional extra; the certificate and its key are the person's own. Nothing is fetched or sent:
the signature carries no time stamp of an authority. The photo that was edited becomes the
manifest's parent, with the credentials that it has itself, but without a thumbnail.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from core.errors import OutputError, installing, unreadable
from core.export.provenance import GENERATED, SOFTWARE

_MIMES = {
    ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".webp": "image/webp",
    ".tif": "image/tiff", ".tiff": "image/tiff", ".heic": "image/heic", ".heif": "image/heif",
    ".avif": "image/avif", ".gif": "image/gif",
}  # fmt: skip
_QUIET = {
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}


def sign(
    data: bytes,
    path: Path,
    source: str,
    certificate: str,
    key: str,
    original: Path | None = None,
) -> bytes:
    """A picture's bytes with a signed manifest. path: its name, for the format and the title.

    source: IPTC's word for what made it. certificate, key: PEM files, the certificate with its
    chain up to the root. original: the edited photo's file, if it is there. Raises OutputError.
    """
    try:
        import c2pa
    except ImportError as error:
        raise OutputError(
            f"To sign pictures run {installing('c2pa-python')}, or take the certificate away."
        ) from error
    mime = _MIMES[path.suffix.lower()]
    manifest = {"claim_generator_info": [{"name": SOFTWARE}], "title": path.name, "format": mime}
    out = io.BytesIO()
    try:
        context = c2pa.Context.from_dict(_QUIET)
        with _signer(certificate, key) as signer, c2pa.Builder(manifest, context) as builder:
            kinds, intents = c2pa.C2paDigitalSourceType, c2pa.C2paBuilderIntent
            if source == GENERATED:
                builder.set_intent(intents.CREATE, kinds.TRAINED_ALGORITHMIC_MEDIA)
            elif original and _add_parent(builder, original):
                builder.set_intent(intents.EDIT)
            else:
                builder.set_intent(intents.CREATE, kinds.COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA)
            if source != GENERATED:
                builder.add_action({"action": "c2pa.edited", "digitalSourceType": source})
            builder.sign(signer, mime, io.BytesIO(data), out)
    except c2pa.C2paError as error:
        reason = " ".join(str(error).split())
        raise OutputError(
            f"Pictures cannot be signed with {certificate} ({reason}); check it and its key."
        ) from error
    return out.getvalue()


def check_signing(certificate: str, key: str) -> None:
    """Signs a picture of one pixel, so that faults are told before any work. Raises OutputError."""
    from PIL import Image

    picture = io.BytesIO()
    Image.new("L", (1, 1)).save(picture, "PNG")
    sign(picture.getvalue(), Path("pixel.png"), GENERATED, certificate, key)


def _signer(certificate: str, key: str) -> Any:
    """A signer by the algorithm that suits the key. Raises OutputError."""
    import c2pa
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    chain, secret = (_read(Path(name)) for name in (certificate, key))
    try:
        private = load_pem_private_key(secret, None)
    except (ValueError, TypeError) as error:
        raise OutputError(f"{key} holds no PEM key without a password; give another.") from error
    match private:
        case ec.EllipticCurvePrivateKey():
            algorithm = {256: "es256", 384: "es384", 521: "es512"}.get(private.key_size)
        case rsa.RSAPrivateKey():
            algorithm = "ps256"
        case ed25519.Ed25519PrivateKey():
            algorithm = "ed25519"
        case _:
            algorithm = None
    if algorithm is None:
        raise OutputError(f"{key} is of a kind that C2PA does not know; use EC, RSA or Ed25519.")
    return c2pa.Signer.from_info(c2pa.C2paSignerInfo(algorithm, chain, secret, None))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise OutputError(f"To sign pictures: {unreadable(path, error)}") from error


def _add_parent(builder: Any, original: Path) -> bool:
    """Names the edited photo in the manifest; whether that could be done."""
    import c2pa

    mime = _MIMES.get(original.suffix.lower())
    if mime is None:
        return False
    try:
        with open(original, "rb") as file:
            parent = {"title": original.name, "relationship": "parentOf"}
            builder.add_ingredient(parent, mime, file)
    except (OSError, c2pa.C2paError):
        return False
    return True
