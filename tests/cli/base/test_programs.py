import pytest
from longshore_cli.base.programs import run, succeeds
from longshore_cli.exceptions import ClusterError


def test_a_program_gets_its_input_and_its_output_is_returned() -> None:
    assert run(["cat"], what="It", input=b"hello") == "hello"


def test_a_failure_shows_the_programs_last_lines() -> None:
    with pytest.raises(ClusterError, match=r"^The thing cannot be made: line 2\nthe reason$"):
        run(["sh", "-c", "echo line 2 >&2; echo the reason >&2; exit 3"], what="The thing cannot be made")


def test_a_silent_failure_shows_the_exit_status() -> None:
    with pytest.raises(ClusterError, match="exit status 3"):
        run(["sh", "-c", "exit 3"], what="It")


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ClusterError, match="'no-such-program' cannot be started: No such file"):
        run(["no-such-program"], what="It")
    assert not succeeds(["no-such-program"])


def test_a_hanging_program_is_ended() -> None:
    with pytest.raises(ClusterError, match="has not ended within 0 s"):
        run(["sleep", "60"], what="It", timeout=0.2)
    assert not succeeds(["sleep", "60"], timeout=0.2)
