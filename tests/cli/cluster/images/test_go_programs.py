from pathlib import Path

import pytest
from longshore_cli.cluster.images.go_programs import build, built, program_name
from longshore_cli.cluster.layout import ClusterLayout

HELLO = 'package main\n\nfunc main() { println("hello") }\n'


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("sigs.k8s.io/kind", "kind"),
        ("helm.sh/helm/v4/cmd/helm", "helm"),
        ("go.etcd.io/etcd/server/v3", "server"),
        ("./coredns", "coredns"),
    ],
)
def test_a_program_has_the_name_that_go_gives_it(package: str, name: str) -> None:
    assert program_name(package) == name


def test_a_finished_build_is_found_again_without_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in another checkout, whose sources are the same."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    found = set()
    for checkout in ("one", "other"):
        source = tmp_path / checkout / "images" / "x"
        (source / "hello").mkdir(parents=True)
        (source / "go.mod").write_text("module x\n\ngo 1.26\n")
        (source / "go.sum").write_text("")
        (source / "hello" / "main.go").write_text(HELLO)
        said: list[str] = []
        layout = ClusterLayout(tmp_path / checkout)
        if checkout == "one":
            fake_go(tmp_path / "bin")
            monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
        else:
            monkeypatch.setenv("PATH", "/nowhere")
        found.add(build(layout, "images/x", ["./hello"], said.append))
        assert bool(said) == (checkout == "one")
    (place,) = found
    assert (place / "hello").read_text() == "built"


def fake_go(folder: Path) -> None:
    """Go is not on every machine that runs these tests; what is tested is what is done with it."""
    folder.mkdir()
    script = '#!/bin/sh\n[ "$1" = version ] && echo "go version go1.26.1 linux/amd64" && exit\n'
    script += 'while [ "$1" != -o ]; do shift; done\nprintf built > "$2/hello"\n'
    (folder / "go").write_text(script)
    (folder / "go").chmod(0o755)


def test_a_build_of_another_process_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    source = tmp_path / "images" / "x"
    source.mkdir(parents=True)
    (source / "go.mod").write_text("module x\n\ngo 1.26\n")
    layout = ClusterLayout(tmp_path)
    place = built(layout, "images/x", ["./hello"])
    fake_go(tmp_path / "bin")
    with (tmp_path / "bin" / "go").open("a") as script:
        script.write(f"mkdir {place}; printf other > {place}/hello\n")
    assert build(layout, "images/x", ["./hello"], lambda _line: None) == place
    assert (place / "hello").read_text() == "other"
    assert list(place.parent.iterdir()) == [place]


def test_a_build_that_fails_leaves_nothing_and_says_what_go_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from longshore_cli.exceptions import ClusterError

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = tmp_path / "images" / "x"
    source.mkdir(parents=True)
    (source / "go.mod").write_text("module x\n\ngo 1.26\n")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "go").write_text(
        '#!/bin/sh\n[ "$1" = version ] && echo "go version go1.26.1 linux/amd64" && exit\n'
        'echo "no such package" >&2; exit 1\n'
    )
    (tmp_path / "bin" / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    with pytest.raises(ClusterError, match=r"hello cannot be built from images/x/go\.mod: no such package"):
        build(ClusterLayout(tmp_path), "images/x", ["./hello"], lambda _line: None)
    assert list((tmp_path / "cache" / "longshore" / "go").iterdir()) == []
