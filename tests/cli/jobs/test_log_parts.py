"""The search in a log's parts."""

import pytest
from longshore_cli.exceptions import CliError
from longshore_cli.jobs.log_parts import LogPart, compiled, matching_lines, sections

PARTS = [
    LogPart(pod="driver", stream="stdout", content=b"started\nERROR in driver\n"),
    LogPart(pod="run-exec-1", stream="stderr", content=b"ok\nERROR: \xff no text"),
    LogPart(pod="run-exec-2", stream="stderr", content=b""),
]


def test_a_matching_line_names_its_pod_and_its_stream() -> None:
    found = list(matching_lines(PARTS, compiled("ERROR")))
    assert found == ["driver/stdout: ERROR in driver", "run-exec-1/stderr: ERROR: \ufffd no text"]


def test_the_pattern_is_a_regular_expression_and_a_wrong_one_is_refused_by_name() -> None:
    assert list(matching_lines(PARTS, compiled("^o."))) == ["run-exec-1/stderr: ok"]
    with pytest.raises(CliError, match=r"'\(' is not a regular expression of Python: "):
        compiled("(")


def test_each_part_is_printed_below_its_place_and_an_empty_one_is_left_out() -> None:
    assert b"".join(sections(PARTS)) == (
        b"=== driver/stdout ===\nstarted\nERROR in driver\n=== run-exec-1/stderr ===\nok\nERROR: \xff no text\n"
    )
