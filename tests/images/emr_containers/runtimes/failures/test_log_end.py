"""The reason of a driver's failure, from output that real interpreters write."""

import subprocess
import sys
import traceback
from pathlib import Path

import pytest
from emr_containers.runtimes.failures.log_end import LogEnd, log_end
from emr_containers.runtimes.failures.log_tail import LogTail
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

LOGGED = "26/11/30 05:12:08 {} ShutdownHookManager: Deleting directory /tmp/spark-1\n"
TRACE = "\tat org.apache.spark.rdd.RDD.collect(RDD.scala:1056)\n\tat java.base/java.lang.Thread.run(Thread.java:840)\n"
ABORTED = (
    "org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 3.0 failed 4 times, most "
    "recent failure: Lost task 0.3 in stage 3.0 (TID 9) (10.244.1.7 executor 2): "
)


def end(stderr: str = "", stdout: str = "") -> LogEnd:
    return log_end({"stderr": stderr, "stdout": stdout})


def printed(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))


def raised(error: BaseException) -> BaseException:
    try:
        raise error
    except BaseException as caught:  # noqa: BLE001
        return caught


NAMES = st.sampled_from(["ValueError", "LoadException", "RowMissing", "Ünknown"])
WORDS = st.text("abc0ÄЖ字:;,.'\"`/\\()[]{}<>%$#@!?=+-*~_^|&", min_size=1, max_size=8)
MESSAGES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)
ERRORS = st.builds(lambda name, message: type(name, (Exception,), {})(message), NAMES, MESSAGES)
NOISE = st.lists(
    st.sampled_from(
        [LOGGED.format("INFO"), LOGGED.format("WARN"), LOGGED.format("ERROR"), "[Stage 0:>  (0 + 1) / 1]\r"]
    ),
    max_size=5,
).map("".join)
BEFORE = st.lists(
    st.one_of(MESSAGES.map("{}\n".format), NOISE, ERRORS.map(raised).map(printed), st.just("| 1|Anna|\n")), max_size=4
).map("".join)


FEW = settings(
    max_examples=40,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)


def names(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


@FEW
@given(BEFORE, ERRORS, NOISE, st.booleans())
def test_case_17_the_last_exception_is_found_whatever_is_printed_around_it(
    before: str, error: Exception, after: str, ended: bool
) -> None:
    output = before + printed(raised(error)) + after
    assert names(error) in end(output if ended else output.rstrip("\n")).exception
    assert names(error) in end(stdout=output).exception


@FEW
@given(BEFORE, ERRORS, ERRORS, ERRORS, NOISE)
def test_case_17_a_chain_says_its_last_exception_first_and_then_its_cause(
    before: str, first: Exception, second: Exception, other: Exception, after: str
) -> None:
    second.__cause__ = raised(first)
    found = end(before + printed(raised(other)) + printed(raised(second)) + after).exception
    assert names(second) in found.partition("(cause: ")[0]
    assert names(first) in found
    context = type("ContextError", (Exception,), {})("while handling")
    context.__context__ = raised(ValueError("handled"))
    assert names(context) in end(before + printed(raised(context))).exception


@FEW
@given(BEFORE, st.lists(ERRORS, min_size=1, max_size=4), MESSAGES)
def test_case_17_a_group_names_each_of_its_exceptions(before: str, errors: list[Exception], message: str) -> None:
    group = ExceptionGroup(message, [raised(error) if index % 2 else error for index, error in enumerate(errors)])
    found = end(before + printed(raised(group))).exception
    assert found.startswith(f"ExceptionGroup: {' '.join(message.split())} ({len(errors)} sub-exception")
    for error in errors:
        assert names(error) in found


@FEW
@given(ERRORS, MESSAGES, st.integers(min_value=1, max_value=400), st.integers(min_value=999, max_value=99_999))
def test_case_17_the_tail_of_a_log_has_the_exception_in_pieces_of_any_size_and_after_any_line(
    error: Exception, message: str, lines: int, piece: int
) -> None:
    huge = type(error)(f"{error} {'x' * 150_000} end")
    output = (message + "\n") * lines + printed(raised(huge)) + LOGGED.format("INFO") * 500
    data = output.encode() + b"\xff\0"
    tail = LogTail()
    for start in range(0, len(data), piece):
        tail.add(data[start : start + piece])
    assert len(tail.text()) < 140_000
    assert names(error) in end(tail.text()).exception


@FEW
@given(st.binary(max_size=3000))
def test_case_17_no_output_is_too_strange(data: bytes) -> None:
    tail = LogTail()
    tail.add(data)
    found = end(tail.text(), "Traceback (most recent call last):\n" + tail.text())
    assert found.exception.isprintable()
    assert found.last_line.isprintable()


PROGRAMS = {
    "raise ValueError('the file is empty')": "ValueError: the file is empty",
    "raise ValueError('first\\n\\nthird')": "ValueError: first",
    "raise KeyboardInterrupt": "KeyboardInterrupt",
    "assert False": "AssertionError",
    "x = = 1": "SyntaxError: invalid syntax",
    " x = 1": "IndentationError: unexpected indent",
    "import nowhere": "ModuleNotFoundError: No module named 'nowhere'",
    "def f():\n    f()\nf()": "RecursionError: maximum recursion depth exceeded",
    "class Own(Exception): pass\nraise Own('mine')": "Own: mine",
    "def f():\n    class Own(Exception): pass\n    raise Own('mine')\nf()": "f.<locals>.Own: mine",
    "try:\n    1 / 0\nexcept ZeroDivisionError as e:\n    raise RuntimeError('failed') from e": (
        "RuntimeError: failed (cause: ZeroDivisionError: division by zero)"
    ),
    "import traceback\ntry:\n    1 / 0\nexcept Exception:\n    traceback.print_exc()\nraise ValueError('later')": (
        "ValueError: later"
    ),
    "import logging\nimport atexit\n@atexit.register\ndef last():\n    try:\n        1 / 0\n    except Exception:\n"
    "        logging.exception('no matter')\nraise ValueError('this one')": "ValueError: this one",
    "class D:\n    def __del__(self): raise KeyError('no matter')\nd = D()\nraise ValueError('this one')": (
        "ValueError: this one"
    ),
    "import threading, sys\nt = threading.Thread(target=lambda: 1 / 0)\nt.start()\nt.join()\nsys.exit(1)": (
        "ZeroDivisionError: division by zero"
    ),
    "raise ExceptionGroup('both', [ValueError('one'), KeyError('two')])": (
        "ExceptionGroup: both (2 sub-exceptions): ValueError: one; KeyError: 'two'"
    ),
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_case_17_a_python_programs_last_exception_is_its_reason(program: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(program)
    run = subprocess.run([sys.executable, "-S", tmp_path / "main.py"], capture_output=True, text=True, check=False)
    assert run.returncode
    assert end(run.stderr, run.stdout).exception.startswith(PROGRAMS[program])
    # In PySpark, both streams are the standard output, with Spark's log in the other.
    merged = end(LOGGED.format("ERROR"), run.stdout + run.stderr)
    assert merged.exception.startswith(PROGRAMS[program])


def test_case_17_a_text_that_ends_a_program_is_found_after_what_was_handled() -> None:
    program = (
        "import traceback, sys\ntry:\n    1 / 0\nexcept Exception:\n    traceback.print_exc()\nsys.exit('No rows.')"
    )
    run = subprocess.run([sys.executable, "-S", "-c", program], capture_output=True, text=True, check=False)
    assert end(run.stderr).exception == "ZeroDivisionError: division by zero No rows."
    lines = run.stderr.replace("No rows.", "going on\n" * 50 + "No rows.")
    assert end(lines).last_line == "No rows."
    assert end("loading\nNo rows.\n") == LogEnd(last_line="No rows.")


def test_case_17_rows_that_a_program_printed_are_no_reason() -> None:
    for row in ("|  1| Anna|", "+---+-----+", "1\tAnna", "only showing top 20 rows"):
        assert end(stdout=f"loading\n{row}\n") == LogEnd()


@pytest.mark.parametrize(
    ("stderr", "reason"),
    [
        (
            f'Exception in thread "main" java.lang.IllegalStateException: no input\n{TRACE}',
            "java.lang.IllegalStateException: no input",
        ),
        (
            f'Exception in thread "main" java.lang.RuntimeException: loading failed\n{TRACE}'
            f"Caused by: java.io.FileNotFoundException: /data/x\n\t... 3 more\n{LOGGED.format('INFO')}",
            "java.io.FileNotFoundException: /data/x (cause of java.lang.RuntimeException: loading failed)",
        ),
        (
            f'Exception in thread "main" {ABORTED}java.lang.ArithmeticException: / by zero\n{TRACE}\n'
            f"Driver stacktrace:\n{TRACE}Caused by: java.lang.ArithmeticException: / by zero\n{TRACE}",
            "java.lang.ArithmeticException: / by zero",
        ),
        (
            f'Exception in thread "main" org.acme.Refused: two\nlines\n{TRACE}',
            "org.acme.Refused: two lines",
        ),
        (
            "Terminating due to java.lang.OutOfMemoryError: Java heap space\n",
            "java.lang.OutOfMemoryError: Java heap space",
        ),
        (
            f"26/11/30 05:12:08 ERROR SparkContext: Error initializing SparkContext.\n"
            f"org.apache.spark.SparkException: Could not parse Master URL: 'x'\n{TRACE}",
            "org.apache.spark.SparkException: Could not parse Master URL: 'x'",
        ),
        (
            f"java.io.IOException: handled\n{TRACE}going on\n"
            f'Exception in thread "main" java.lang.Error: the end\n{TRACE}'
            f"{LOGGED.format('ERROR')}java.io.IOException: Connection closed\n{TRACE}",
            "java.lang.Error: the end",
        ),
    ],
)
def test_case_17_a_java_programs_root_cause_is_its_reason(stderr: str, reason: str) -> None:
    assert end(stderr).exception == reason
    assert end(stderr.rstrip("\n")).exception == reason


PY4J = (
    'Traceback (most recent call last):\n  File "/tmp/etl.py", line 9, in <module>\n    df.write.save("x")\n'
    '  File "protocol.py", line 327, in get_return_value\n    raise Py4JJavaError(\n'
    "py4j.protocol.Py4JJavaError: An error occurred while calling o45.save.\n: "
)


@pytest.mark.parametrize(
    ("stdout", "reason"),
    [
        (
            f"{PY4J}{ABORTED}java.lang.ArithmeticException: / by zero\n{TRACE}\nDriver stacktrace:\n{TRACE}"
            f"Caused by: java.lang.ArithmeticException: / by zero\n{TRACE}\n",
            "java.lang.ArithmeticException: / by zero",
        ),
        (
            f"{PY4J}java.io.IOException: No FileSystem for scheme x\n{TRACE}\n",
            "java.io.IOException: No FileSystem for scheme x",
        ),
        (
            f"{PY4J}{ABORTED}org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n"
            f'  File "/tmp/etl.py", line 5, in f\n    return 1 / x\nZeroDivisionError: division by zero\n\n{TRACE}\n'
            f"Driver stacktrace:\n{TRACE}Caused by: org.apache.spark.api.python.PythonException: Traceback (most "
            f'recent call last):\n  File "/tmp/etl.py", line 5, in f\n    return 1 / x\n'
            f"ZeroDivisionError: division by zero\n\n{TRACE}\n",
            "ZeroDivisionError: division by zero",
        ),
        (
            'Traceback (most recent call last):\n  File "/tmp/etl.py", line 2, in <module>\n    spark.table("x")\n'
            "pyspark.errors.exceptions.captured.AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] The table or view `x` "
            "cannot be found. SQLSTATE: 42P01;\n'UnresolvedRelation [x], [], false\n\n",
            "AnalysisException: [TABLE_OR_VIEW_NOT_FOUND] The table or view `x` cannot be found. SQLSTATE: 42P01",
        ),
        (
            'Traceback (most recent call last):\n  File "/tmp/etl.py", line 2, in <module>\n    df.collect()\n'
            "pyspark.errors.exceptions.captured.PythonException: \n  An exception was thrown from the Python worker. "
            "Please see the stack trace below.\nTraceback (most recent call last):\n"
            "  File \"/tmp/etl.py\", line 1, in <lambda>\nKeyError: 'b'\n\n",
            "KeyError: 'b'",
        ),
    ],
)
def test_case_17_an_exception_in_spark_is_named_by_its_root(stdout: str, reason: str) -> None:
    logged = f"26/11/30 05:12:08 ERROR Executor: Exception in task 0.0\njava.lang.Other: not this one\n{TRACE}"
    found = end(logged, stdout)
    assert (found.exception, found.last_line) == (reason, "")
    # In a cluster, both streams are one.
    assert end(stdout=logged + stdout + LOGGED.format("WARN")).exception == reason


@pytest.mark.parametrize(
    ("stderr", "line"),
    [
        (
            "26/11/30 05:12:08 WARN X: y\nError: Failed to load class org.acme.Main.\n",
            "Error: Failed to load class org.acme.Main.",
        ),
        (
            "python3: can't open file '/tmp/none.py': [Errno 2] No such file or directory\n"
            'Exception in thread "main" org.apache.spark.SparkUserAppException: User application exited with 2\n'
            + TRACE,
            "python3: can't open file '/tmp/none.py': [Errno 2] No such file or directory",
        ),
    ],
)
def test_case_17_a_program_that_never_began_is_named(stderr: str, line: str) -> None:
    assert end(stderr).exception == line


LOST = (
    "26/11/30 05:12:08 ERROR TaskSchedulerImpl: Lost executor {} on 10.244.1.7: \n"
    "The executor with id {} exited with {}.\n"
)
OOM = "exit code 137(SIGKILL, possible container OOM)"


def test_case_17_executors_that_were_killed_are_found_by_their_numbers() -> None:
    output = LOST.format(1, 1, "exit code 143(SIGTERM)") + LOST.format(2, 2, OOM) + LOST.format(7, 7, OOM) * 2
    assert end(output).executors == ("2", "7")
    failed = (
        f"{PY4J}{ABORTED}ExecutorLostFailure (executor 4 exited caused by one of the running tasks) Reason: \n"
        f"The executor with id 4 exited with {OOM}.\n\n{TRACE}"
    )
    found = end(LOGGED.format("WARN"), failed)
    assert found.executors == ("4",)
    assert found.exception.startswith("org.apache.spark.SparkException: ExecutorLostFailure (executor 4 exited")
    in_local_cluster = (
        "ExecutorLostFailure (executor 0 exited unrelated to the running tasks) Reason: Command exited with code 137\n"
    )
    assert end(in_local_cluster).executors == ("0",)
    assert end("executor 3 has 137 tasks\n").executors == ()


def test_case_17_a_clean_log_says_nothing() -> None:
    assert end(LOGGED.format("INFO") * 3, LOGGED.format("ERROR")) == LogEnd()


def test_case_17_the_last_words_of_pyspark_are_found_beside_what_spark_logged() -> None:
    logged = f"26/11/30 05:12:08 ERROR Executor: Exception in task 0.0\njava.io.IOException: retried\n{TRACE}"
    found = log_end({"stdout": "loading\nNo rows.\n", "stderr": logged})
    assert found == LogEnd(exception="java.io.IOException: retried", last_line="No rows.")
