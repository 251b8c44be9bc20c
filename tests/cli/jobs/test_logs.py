"""The output of a growing log."""

import io

from longshore_cli.jobs.log_sources import STREAMS
from longshore_cli.jobs.logs import LogPrinter


def test_only_what_is_new_is_printed() -> None:
    output = io.BytesIO()
    printer = LogPrinter(output, streams=STREAMS)
    printer.show({"stdout": b"one\n", "stderr": b""})
    printer.show({"stdout": b"one\n", "stderr": b""})
    printer.show({"stdout": b"one\ntw", "stderr": b"oh\n"})
    printer.show({"stdout": b"one\ntwo\n", "stderr": b"oh\n"})
    assert output.getvalue() == (b"=== stdout ===\none\ntw\n=== stderr ===\noh\n=== stdout ===\no\n")


def test_one_stream_alone_has_no_heading() -> None:
    output = io.BytesIO()
    LogPrinter(output, streams=("stderr",)).show({"stdout": b"one\n", "stderr": b"\xff"})
    assert output.getvalue() == b"\xff"


def test_the_log_of_another_attempt_is_printed_from_its_start() -> None:
    output = io.BytesIO()
    printer = LogPrinter(output, streams=("stdout",))
    printer.show({"stdout": b"attempt 1\n"})
    printer.show({"stdout": b"attempt 2 goes further\n"})
    assert output.getvalue() == b"attempt 1\nattempt 2 goes further\n"
