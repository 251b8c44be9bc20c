"""`docs/conformance.md`, from what the suite saw. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from .record import Difference, Record

HEAD = """\
# Conformance

**{ours}/{all} answered** by our server, {motos}/{all} by moto.

This page is written by `make conformance`, from a run of `tests/conformance/`; a test fails when it is not what the
suite says now. The same tests run against the job server, as a process of its own with jobs that are processes, and
over HTTP against moto {moto}; the operations and their shapes are those of botocore {botocore}
(`emr-containers/{api}`). Every answer that came in the run was held against the model, and those of our server all
fit it. The clients are boto3, the `aws` program, and `EmrContainerOperator` and `EmrContainerSensor` of Airflow's
amazon provider as they are, in both forms of waiting.

The last column names the differences below.

| Operation | Ours | moto | moto differs |
|---|---|---|---|
"""
DIFFERENCES = """
## Where moto differs

Each line is a test, or the check of every answer, that held for our server and not for moto in the same run. What
needs an operation that moto does not have is not repeated here.

| | Operation | What holds for our server | What was seen of moto |
|---|---|---|---|
"""
NOT_RUN = """
## What was not run

AWS itself. The suite runs against it, too, when it is told to by `LONGSHORE_TEST_AWS=1` and the variables that
`tests/conformance/conftest.py` lists; this page is of a run without. What it says of our server is what the model and
AWS's documentation state.
"""


def page(operations: Sequence[str], *, ours: Record, moto: Record, versions: Mapping[str, str]) -> str:
    """The page's text.

    Args:
        operations: all of the model's.
        versions: of `moto`, `botocore` and the `api`.
    """
    differences = sorted(one for one in moto.differences if one.operation in moto.answered)
    counts = {"all": len(operations), "ours": len(ours.answered), "motos": len(moto.answered)}
    rows = [_row(name, ours=ours, moto=moto, differences=differences) for name in operations]
    listed = [
        f"| {number} | {one.operation} | {_cell(one.expected)} | {_cell(one.seen)} |"
        for number, one in enumerate(differences, start=1)
    ]
    head = HEAD.format(**counts, **versions)
    return head + "\n".join(rows) + "\n" + DIFFERENCES + "\n".join(listed) + "\n" + NOT_RUN


def _row(name: str, *, ours: Record, moto: Record, differences: Sequence[Difference]) -> str:
    numbers = ", ".join(_numbers(name, differences))
    return f"| {name} | {ours.answered.get(name, 'no')} | {moto.answered.get(name, 'no')} | {numbers} |"


def _numbers(name: str, differences: Sequence[Difference]) -> Iterator[str]:
    for number, one in enumerate(differences, start=1):
        if one.operation == name:
            yield str(number)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
