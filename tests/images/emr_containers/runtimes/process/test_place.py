"""The state directory in which an attempt was claimed."""

from pathlib import Path

from emr_containers.runtimes.process.place import Place


def folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_a_state_directory_keeps_its_name_and_another_has_another(tmp_path: Path) -> None:
    first, second = folder(tmp_path / "first"), folder(tmp_path / "second")
    (first / "id.new").write_text("of a server that was killed as it wrote")
    name = Place(first).name
    assert Place(first).name == name
    assert Place(second).name != name
    assert Place(first).directory(name) == Place(first).directory(None) == first


def test_another_servers_directory_is_seen_where_it_is(tmp_path: Path) -> None:
    theirs = Place(folder(tmp_path / "theirs")).name
    assert Place(folder(tmp_path / "ours")).directory(theirs) == tmp_path / "theirs"


def test_a_directory_that_is_another_by_now_is_not_the_one_that_was_named(tmp_path: Path) -> None:
    ours, theirs = Place(folder(tmp_path / "ours")), Place(folder(tmp_path / "theirs")).name
    (tmp_path / "theirs" / "id").unlink()
    assert ours.directory(theirs) is None
    Place(tmp_path / "theirs")
    assert ours.directory(theirs) is None
    assert ours.directory("another") is None


def test_a_directory_that_was_moved_is_the_same(tmp_path: Path) -> None:
    name = Place(folder(tmp_path / "before")).name
    moved = (tmp_path / "before").rename(tmp_path / "after")
    assert Place(moved).directory(name) == moved
