from pathlib import Path

from longshore_cli.cluster.images.digests import digest, files


def tree(root: Path, **contents: str) -> Path:
    for name, content in contents.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def test_the_same_content_elsewhere_has_the_same_name(tmp_path: Path) -> None:
    one = tree(tmp_path / "one", app__a="x", lock="y")
    other = tree(tmp_path / "other", lock="y", app__a="x")
    assert digest(files(one, ["app", "lock"])) == digest(files(other, ["lock", "app"]))


def test_content_name_mode_and_extra_texts_change_the_digest(tmp_path: Path) -> None:
    root = tree(tmp_path, app__a="x")
    names = {digest(files(root, ["app"])), digest(files(root, ["app"]), "more")}
    (root / "app/a").chmod(0o755)
    names.add(digest(files(root, ["app"])))
    (root / "app/a").write_text("y")
    names.add(digest(files(root, ["app"])))
    (root / "app/a").rename(root / "app/b")
    names.add(digest(files(root, ["app"])))
    assert len(names) == 5


def test_files_that_were_set_up_or_compiled_do_not_count(tmp_path: Path) -> None:
    root = tree(tmp_path, app__a="x", app__d__b="y")
    before = digest(files(root, ["app"]))
    for folder in (".venv", "__pycache__", ".jars", "d/__pycache__"):
        (root / "app" / folder).mkdir()
        (root / "app" / folder / "made").write_text("later")
    assert digest(files(root, ["app"])) == before
    assert [name for name, _path in files(root, ["app"])] == ["app/a", "app/d/b"]
