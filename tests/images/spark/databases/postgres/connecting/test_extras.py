"""Extras of a connection, as the driver's properties: in Python, and in Java for the lake's catalog."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import PrivateFormat
from longshore_spark.databases.postgres.connecting.extras import driver_properties
from longshore_spark.exceptions import ConnectionSettingsError
from support.longshore_commands import ROOT
from transfers.certificates import authority, signed

KEPT = {"tcpKeepAlive": "true", "prepareThreshold": "0"}
"""PostgreSQL's default, which is not the driver's; and no statements that a pooler's sessions would have to keep."""
HONOURED: list[tuple[dict[str, Any], dict[str, str]]] = [
    ({}, {}),
    ({"warehouse": "s3://lake", "cursor": "dictcursor", "options": None, "sslmode": ""}, {}),
    ({"sslmode": "verify-full", "sslrootcert": "ca.pem"}, {"sslmode": "verify-full", "sslrootcert": "{}/ca.pem"}),
    # libpq verifies the authority wherever it is given one.
    ({"sslmode": "require", "sslrootcert": "ca.pem"}, {"sslmode": "verify-ca", "sslrootcert": "{}/ca.pem"}),
    (
        {"sslrootcert": "system"},
        {"sslmode": "verify-full", "sslfactory": "org.postgresql.ssl.DefaultJavaSSLFactory"},
    ),
    (
        {"sslcert": "rsa.crt", "sslkey": "rsa.key"},
        {"sslcert": "{}/rsa.crt", "sslkey": "{}/rsa.key", "pemKeyAlgorithm": "RSA"},
    ),
    (
        {"sslcert": "rsa.crt", "sslkey": "ec.key"},
        {"sslcert": "{}/rsa.crt", "sslkey": "{}/ec.key", "pemKeyAlgorithm": "EC"},
    ),
    ({"sslcert": "rsa.crt", "sslkey": "rsa.der"}, {"sslcert": "{}/rsa.crt", "sslkey": "{}/rsa.der"}),
    ({"sslkey": "rsa.p12", "sslpassword": "secret"}, {"sslkey": "{}/rsa.p12", "sslpassword": "secret"}),
    ({"options": "-c lock_timeout=7s -c a.b=c\\ d"}, {"options": "-c lock_timeout=7s -c a.b=c\\ d"}),
    ({"application_name": "mine", "connect_timeout": 3}, {"ApplicationName": "mine", "connectTimeout": "3"}),
    ({"keepalives": False}, {"tcpKeepAlive": "false"}),
    (
        {"keepalives": "1", "keepalives_idle": 30, "keepalives_count": "2"},
        {"socketFactory": "dev.longshore.lake.KeepAliveSockets", "socketFactoryArg": "30,0,2"},
    ),
    ({"keepalives_interval": 0}, {}),
    ({"target_session_attrs": "prefer-standby"}, {"targetServerType": "preferSecondary"}),
    ({"load_balance_hosts": "random", "gssencmode": "disable"}, {"loadBalanceHosts": "true", "gssEncMode": "disable"}),
    ({"channel_binding": "require", "require_auth": "md5"}, {"channelBinding": "require", "requireAuth": "md5"}),
    ({"client_encoding": "UTF8", "ssl_min_protocol_version": "TLSv1.2", "sslsni": 1, "iam": False}, {}),
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"sslmode": "verify_full"}, "'sslmode' of the connection 'flights_db' is 'verify_full'; it may be disable, allow"),
    ({"sslmode": ["require"]}, "'sslmode' of the connection 'flights_db' must be a text or a whole number"),
    (
        {"sslmod": "require"},
        "'sslmod' of the connection 'flights_db' cannot be 'require' here, or is not known; remove",
    ),
    ({"sslcrl": "crl.pem"}, "'sslcrl' of the connection 'flights_db' cannot be 'crl.pem' here"),
    ({"passfile": "/x"}, "put the password into the connection"),
    ({"service": "x"}, "put host, port and database into the connection"),
    ({"statement_timeout": 5}, "set it in options, as '-c name=value'"),
    ({"client_encoding": "LATIN1"}, "'client_encoding' of the connection 'flights_db' cannot be 'LATIN1'"),
    ({"ssl_min_protocol_version": "TLSv1.3"}, "cannot be 'TLSv1.3' here"),
    ({"iam": True}, "use a role with a password or a client certificate"),
    ({"connect_timeout": "soon"}, "is 'soon'; it must be a whole number"),
    ({"keepalives_idle": -1}, "is '-1'; it must be a whole number"),
    ({"keepalives": "yes"}, "is 'yes'; it may be 0, 1"),
    ({"target_session_attrs": "any-standby"}, "it may be any, read-write"),
    ({"sslnegotiation": "direct", "sslmode": "prefer"}, "needs an sslmode of require, verify-ca, verify-full"),
    ({"sslrootcert": "system", "sslmode": "require"}, "needs the sslmode 'verify-full'"),
    ({"sslrootcert": "system", "sslkey": "rsa.p12"}, "cannot be 'system' beside a client's certificate"),
    ({"sslrootcert": "nowhere.pem"}, "nowhere.pem', which this job cannot read; add it there"),
    ({"sslcert": "rsa.crt"}, "needs sslkey beside it"),
    ({"sslkey": "rsa.key"}, "needs sslcert beside it"),
    ({"sslkey": "rsa.p12", "sslcert": "rsa.crt"}, "holds its certificate, too; remove sslcert"),
    ({"sslkey": "rsa-openssl.key", "sslcert": "rsa.crt"}, "of the form 'RSA', which the driver does not read"),
    ({"sslkey": "ec-openssl.key", "sslcert": "rsa.crt"}, "`openssl pkcs8 -topk8 -nocrypt -in client.key"),
    ({"sslkey": "encrypted.key", "sslcert": "rsa.crt"}, "`openssl pkcs12 -export -name user"),
    ({"sslkey": "dh.key", "sslcert": "rsa.crt"}, "is a key of an algorithm that is not known"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificates and keys in the forms that clients have them in."""
    folder = tmp_path_factory.mktemp("certificates")
    root = authority("the authority")
    rsa, curve = signed(root, "a role"), signed(root, "a role", key=ec.generate_private_key(ec.SECP256R1()))
    root.write_certificate(folder / "ca.pem")
    rsa.write_certificate(folder / "rsa.crt")
    for name, client in (("rsa", rsa), ("ec", curve)):
        client.write_key(folder / f"{name}.key")
        client.write_key(folder / f"{name}-openssl.key", form=PrivateFormat.TraditionalOpenSSL)
    rsa.write_key(folder / "rsa.der")
    rsa.write_key(folder / "rsa.p12", password=b"secret")
    rsa.write_key(folder / "encrypted.key", password=b"secret")
    (folder / "dh.key").write_text("-----BEGIN PRIVATE KEY-----\nMCIGCSqGSIb3DQEDAQ==\n-----END PRIVATE KEY-----\n")
    return folder


@pytest.mark.parametrize(("extra", "properties"), HONOURED, ids=lambda value: str(value))
def test_an_extra_is_the_drivers_property(folder: Path, extra: dict[str, Any], properties: dict[str, str]) -> None:
    expected = {name: value.replace("{}", str(folder)) for name, value in properties.items()}
    assert driver_properties("flights_db", extra, folder) == KEPT | expected


@pytest.mark.parametrize(("extra", "why"), REFUSED, ids=lambda value: str(value))
def test_an_extra_that_cannot_be_honoured_is_refused_by_name(folder: Path, extra: dict[str, Any], why: str) -> None:
    with pytest.raises(ConnectionSettingsError) as error:
        driver_properties("flights_db", extra, folder)
    assert why in str(error.value)


def test_the_lakes_catalog_does_and_says_the_same(folder: Path) -> None:
    extras = [extra for extra, _ in (*HONOURED, *REFUSED)]
    done = subprocess.run(
        [
            *(ROOT / "images/spark/bin/spark-submit", "--master", "local[1]"),
            *(Path(__file__).parent / "extras_in_both.py", ROOT / "images/spark/app", folder, json.dumps(extras)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["java"] == answer["python"]
