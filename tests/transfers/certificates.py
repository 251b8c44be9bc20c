"""An authority, and certificates that it signs."""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Signed:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Key

    def write_certificate(self, path: Path) -> None:
        path.write_bytes(self.certificate.public_bytes(Encoding.PEM))

    def write_key(self, path: Path, *, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes = b"") -> None:
        """PEM, or DER or PKCS-12 by the file's name."""
        encryption = BestAvailableEncryption(password) if password else NoEncryption()
        if path.suffix == ".p12":
            content = pkcs12.serialize_key_and_certificates(b"user", self.key, self.certificate, None, encryption)
        else:
            encoding = Encoding.DER if path.suffix == ".der" else Encoding.PEM
            content = self.key.private_bytes(encoding, form, encryption)
        path.touch(mode=0o600)
        path.write_bytes(content)


def authority(name: str) -> Signed:
    """A root, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = dict.fromkeys(_USAGES, False) | {"key_cert_sign": True}
    return _signed(name, key, None, [x509.BasicConstraints(True, None), x509.KeyUsage(**usage)])


def signed(by: Signed, name: str, *, hosts: tuple[str, ...] = (), key: Key | None = None) -> Signed:
    """A certificate for a server's hosts, or for the role of this name."""
    names = [_host(host) for host in hosts]
    extensions = [x509.SubjectAlternativeName(names)] if names else []
    return _signed(name, key or rsa.generate_private_key(65537, 2048), by, extensions)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _signed(name: str, key: Key, by: Signed | None, extensions: list[x509.ExtensionType]) -> Signed:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
    )
    # Python 3.13 and newer refuse certificates without some of these.
    issuer = (by.key if by else key).public_key()
    extensions = [*extensions, x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer)]
    for extension in [*extensions, x509.SubjectKeyIdentifier.from_public_key(key.public_key())]:
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return Signed(builder.sign(by.key if by else key, hashes.SHA256()), key)
