"""A certificate authority for tests: certificates of any name and age, signed within the test."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

SIGNS = x509.KeyUsage(  # Python 3.13 asks an authority for it (VERIFY_X509_STRICT)
    key_cert_sign=True, crl_sign=True, digital_signature=False, content_commitment=False, key_encipherment=False,
    data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
)  # fmt: skip


class Authority:
    """Signs server certificates; ``bundle`` is what SSL_CERT_FILE has to name for them to be trusted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name("Retold test authority")
        self.bundle = folder / "authority.pem"
        own = self._signed(self.name, self.key, 30, x509.BasicConstraints(ca=True, path_length=None), SIGNS)
        self.bundle.write_bytes(own.public_bytes(serialization.Encoding.PEM))

    def context(self, host: str, days: int = 30, old: bool = False) -> ssl.SSLContext:
        """A server's TLS context for a host; ``days`` until it expires; ``old``: TLS 1.1 at most."""
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        file = self.folder / f"{host}{days}{old}.pem"
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + self._signed(_name(host), key, days, names).public_bytes(serialization.Encoding.PEM)
        )
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if old:
            made.minimum_version, made.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        made.load_cert_chain(file)
        return made

    def _signed(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int, *extensions: x509.ExtensionType
    ) -> x509.Certificate:
        end = datetime.now(UTC) + timedelta(days=days)
        made = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(end - timedelta(days=60))
            .not_valid_after(end)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        for extension in extensions:
            made = made.add_extension(extension, critical=not isinstance(extension, x509.SubjectAlternativeName))
        return made.sign(self.key, hashes.SHA256())


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
