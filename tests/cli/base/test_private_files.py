"""Secrets in files."""

from pathlib import Path

from longshore_cli.base.private_files import read_or_create_secret, write_private


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    first = read_or_create_secret(tmp_path / "key")
    assert len(first) >= 24
    assert read_or_create_secret(tmp_path / "key") == first
    assert read_or_create_secret(tmp_path / "other") != first


def test_only_the_owner_can_read_a_file_even_when_it_is_written_again(tmp_path: Path) -> None:
    (tmp_path / "open").touch(mode=0o644)
    write_private(tmp_path / "open", "secret")
    assert (tmp_path / "open").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["open"]
