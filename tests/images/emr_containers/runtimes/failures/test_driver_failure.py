"""The words for a driver that ended by itself."""

from emr_containers.jobs.state_details import LIMIT
from emr_containers.runtimes.failures.driver_failure import MORE_MEMORY, driver_failure, own_words
from emr_containers.runtimes.failures.log_end import NOTHING, LogEnd
from hypothesis import given
from hypothesis import strategies as st

KILLED = f"Executor 'job-run-x-exec-1' ran out of memory (OOMKilled, had 896 MiB): {MORE_MEMORY}."


def test_case_17_the_drivers_own_message_stays_first() -> None:
    end = LogEnd(exception="ValueError: no", executors=("3",))
    assert driver_failure("The table is missing.", NOTHING, status=1, log="stderr") == "The table is missing."
    assert driver_failure("The table is missing.", end, status=1, log="stderr") == (
        f"The table is missing. Executor 3 was killed (exit code 137), as when memory runs out: {MORE_MEMORY}."
    )


def test_case_17_a_lost_executor_comes_before_the_exception_that_it_explains() -> None:
    lost = "org.apache.spark.SparkException: ExecutorLostFailure (executor 3 exited): code 137"
    assert driver_failure("", LogEnd(exception=lost), status=1, killed=KILLED, log="log") == f"{KILLED} {lost}"
    assert driver_failure("", LogEnd(exception="KeyError: 'x'"), status=1, killed=KILLED, log="log") == (
        f"KeyError: 'x'. {KILLED}"
    )
    # Spark itself ends with status 11 when too many executors have failed.
    assert driver_failure("", NOTHING, status=11, killed=KILLED, log="log") == (
        f"{KILLED} The driver exited with status 11."
    )


@given(st.text(max_size=4096), st.text("ab c", max_size=4096), st.text("ab c", max_size=4096), st.booleans())
def test_case_17_an_executor_is_named_whatever_else_is_said(own: str, exception: str, last: str, by_log: bool) -> None:
    end = LogEnd(exception=exception, last_line=last, executors=("3",) if by_log else ())
    details = driver_failure(own, end, status=1, killed="" if by_log else KILLED, log="log")
    assert MORE_MEMORY in details[:LIMIT]
    assert ("Executor 3 was killed" if by_log else "'job-run-x-exec-1'") in details[:LIMIT]


def test_case_17_a_text_that_ends_a_program_is_told_with_what_was_handled_before() -> None:
    both = LogEnd(exception="ValueError: " + "a word " * 80, last_line="No rows.")
    assert own_words(both, status=1).endswith("… (last line: No rows.)")
    assert len(own_words(both, status=1)) < LIMIT
    assert (
        own_words(LogEnd(last_line="No rows."), status=1) == "The driver exited with status 1, its last line: No rows."
    )
    assert own_words(LogEnd(last_line="Half done."), status=3) == ""
