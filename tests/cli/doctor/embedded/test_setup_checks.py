"""Checks of the set-up that say nothing where there is nothing to look at."""

from cli.doctor.embedded.healthy import STOPPED, facts
from longshore_cli.doctor.embedded import setup_checks
from longshore_cli.doctor.embedded.facts import Packages
from longshore_cli.doctor.problems import NotChecked


def test_before_the_first_start_there_are_no_data_and_no_secrets() -> None:
    new = facts(**STOPPED, data_folder=None, secrets=())
    assert isinstance(setup_checks.data_folder(new), NotChecked)
    assert isinstance(setup_checks.secrets(new), NotChecked)


def test_of_many_differing_packages_three_are_named() -> None:
    differing = tuple(f"p{number} is 1, the lock has 2" for number in range(5))
    (problem,) = setup_checks.python_packages(
        facts(packages=(Packages(folder=".venv", present=True, differing=differing),))
    )
    assert "p2 is 1" in problem.reason
    assert "p3" not in problem.reason
    assert "and 2 more" in problem.reason
