"""Connections in files."""

import json
from pathlib import Path

from longshore_cli.embedded.connections import write_connection


def test_a_connection_is_its_own_file_in_airflows_format(tmp_path: Path) -> None:
    write_connection(tmp_path, "flights_db", {"conn_type": "postgres", "password": "p"})
    assert json.loads((tmp_path / "flights_db.json").read_text()) == {"conn_type": "postgres", "password": "p"}
