"""Secrets in files."""

import json
from pathlib import Path

from longshore_cli.embedded.secrets import keep_secret, write_connection, write_private


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = keep_secret(tmp_path / "key")
    assert len(first) >= 24
    assert keep_secret(tmp_path / "key") == first
    assert keep_secret(tmp_path / "other") != first


def test_files_are_their_owners_alone_also_when_written_again(tmp_path: Path) -> None:
    (tmp_path / "open").touch(mode=0o644)
    write_private(tmp_path / "open", "secret")
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["open"]


def test_a_connection_is_a_file_of_its_own_in_airflows_form(tmp_path: Path) -> None:
    write_connection(tmp_path, "flights_db", {"conn_type": "postgres", "password": "p"})
    assert json.loads((tmp_path / "flights_db.json").read_text()) == {"conn_type": "postgres", "password": "p"}
