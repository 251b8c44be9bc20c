"""The private key of a client's certificate, and the driver's properties that it needs.

The driver reads PKCS-12, and PKCS-8 as DER or PEM. What OpenSSL 1 wrote for RSA and EC keys it does not read.
Source: PostgreSQL JDBC driver 42.7, LibPQFactory, PEMKeyManager and LazyKeyManager.
"""

import base64
import re
from collections.abc import Callable
from pathlib import Path

_ALGORITHMS = {"06092a864886f70d010101": "RSA", "06072a8648ce3d0201": "EC", "06032b6570": "Ed25519"}
"""Java's names, by the DER of the object identifier. Source: RFC 3279 and 8410."""


def key_properties(key: Path, refusal: Callable[[str], Exception]) -> dict[str, str]:
    """Returns the driver's properties for the key in this file.

    Args:
        refusal: the error that says what the key is.

    Raises:
        Exception: the `refusal`, where the driver cannot read the key.
    """
    found = re.match(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----(.*?)-----END", key.read_bytes(), re.DOTALL)
    if found is None:  # DER, PKCS-12, or no key at all, which the driver reports
        return {"sslkey": str(key)}
    kind, body = found[1].decode().strip(), found[2]
    if kind == "ENCRYPTED":
        raise refusal(
            "is encrypted PEM, which the driver does not read; make PKCS-12 of it by `openssl pkcs12 -export -name "
            "user -in client.crt -inkey client.key -out client.p12`"
        )
    if kind:
        raise refusal(
            f"is a PEM key of the form {kind!r}, which the driver does not read; make PKCS-8 of it by `openssl pkcs8 "
            "-topk8 -nocrypt -in client.key -out client.pem`"
        )
    head = base64.b64decode(body, validate=False)[:40].hex()
    algorithm = next((name for identifier, name in _ALGORITHMS.items() if identifier in head), None)
    if algorithm is None:
        raise refusal("is a key of an algorithm that is not known; use an RSA, EC or Ed25519 key")
    return {"sslkey": str(key), "pemKeyAlgorithm": algorithm}
