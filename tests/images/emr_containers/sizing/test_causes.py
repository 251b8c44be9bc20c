import pytest
from emr_containers.sizing.causes import cause_of, was_released


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("ExceptionFailure java.lang.OutOfMemoryError Java heap space", "heap"),
        ("ExceptionFailure org.apache.spark.memory.SparkOutOfMemoryError [UNABLE_TO_ACQUIRE_MEMORY]", "heap"),
        ("Command exited with code 52", "heap"),
        ("The executor with id 1 exited with exit code 137(SIGKILL, possible container OOM).", "container"),
        ("Command exited with code 137", "container"),
        ("Container killed by YARN for exceeding memory limits. 5.5 GB of 5.5 GB used", "container"),
        ("ExceptionFailure org.apache.spark.api.python.PythonException … MemoryError", "python"),
        ("ExceptionFailure org.apache.spark.SparkException Python worker exited unexpectedly (crashed)", "crash"),
        ("FetchFailed", "fetch"),
        ("ExceptionFailure java.lang.ArithmeticException / by zero", "other"),
        ("Command exited with code 1", "other"),
        ("Command exited with code 1137", "other"),
        ("", "other"),
    ],
)
def test_a_cause_is_read_from_sparks_own_texts(text: str, cause: str) -> None:
    assert cause_of(text) == cause


def test_an_executor_that_spark_released_is_not_lost() -> None:
    assert was_released("Executor killed by driver.")
    assert was_released("Executor decommission: spark scale down")
    assert not was_released("worker lost: 192.0.2.1:46767 got disassociated")
    assert not was_released("Command exited with code 137")
