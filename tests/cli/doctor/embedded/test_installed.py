"""Installed packages beside a lock, and Spark's jars."""

import sys
from pathlib import Path

from longshore_cli.doctor.embedded.installed import compared, installed_versions, missing_jars, normal, packages

ROOT = Path(__file__).parents[4]
PYPI = {"registry": "https://pypi.org/simple"}
LOCK = {
    "package": [
        {
            "name": "mine",
            "source": {"virtual": "."},
            "dependencies": [{"name": "rich"}, {"name": "Typer"}, {"name": "colorama", "marker": "win32"}],
        },
        {"name": "rich", "version": "14.1", "source": PYPI},
        {"name": "typer", "version": "1.0", "source": PYPI},
        {"name": "typer", "version": "1.1", "source": PYPI},
        {"name": "colorama", "version": "1", "source": PYPI},
    ]
}


def test_a_package_of_another_version_and_a_missing_one_are_found() -> None:
    assert compared(LOCK, {"rich": "14.1", "typer": "1.1"}) == ((), ())
    assert compared(LOCK, {"rich": "13.0"}) == (("typer",), ("rich is 13.0, the lock has 14.1",))
    assert compared(LOCK, {"rich": "14.1", "typer": "0.9"})[1] == ("typer is 0.9, the lock has 1.0 or 1.1",)


def test_names_are_compared_in_their_normal_form() -> None:
    assert normal("Ruamel.yaml_x") == "ruamel-yaml-x"


def test_these_packages_are_those_of_their_lock() -> None:
    found = packages(Path(sys.prefix), ROOT / "uv.lock")
    assert (found.present, found.missing, found.differing) == (True, (), ())
    assert (installed_versions(Path(sys.prefix)) or {})["typer"]


def test_an_environment_that_does_not_exist_is_not_present(tmp_path: Path) -> None:
    assert packages(tmp_path / ".venv", ROOT / "uv.lock").present is False


def test_a_jar_whose_link_leads_nowhere_is_missing(tmp_path: Path) -> None:
    (tmp_path / "jars.toml").write_text('[jars]\n"org.x:a:1" = "0"\n"org.x:b:2" = "0"\n[s3]\n"org.x:c:3" = "0"\n')
    (tmp_path / ".jars").mkdir()
    (tmp_path / ".jars/a-1.jar").touch()
    (tmp_path / ".jars/b-2.jar").symlink_to(tmp_path / "gone.jar")
    assert missing_jars(tmp_path) == ("b-2.jar", "longshore-lake.jar")
