"""`docs/conformance.md`, from what the suite saw. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from .record import Difference, Record

HEAD = """\
# Conformance

**{ours}/{all} answered** by our server, {motos}/{all} by moto.

`make conformance` writes this page from a run of `tests/conformance/`, and a test fails if the suite now says something
else. The same tests run against the job server, as a separate process whose jobs are processes, and over HTTP against
moto {moto}. The operations and their shapes are those of botocore {botocore}
(`emr-containers/{api}`). Every answer of the run was checked against the model, and all answers of our server fit
it. The clients are boto3, the `aws` program, and `EmrContainerOperator` and `EmrContainerSensor` of Airflow's
amazon provider, unchanged, in both forms of waiting.

The last column names the differences below.

| Operation | Ours | moto | moto differs |
|---|---|---|---|
"""
DIFFERENCES = """
## Where moto differs

Each line is a test, or a check of every answer, that passed for our server and failed for moto in the same run. Tests
that need an operation that moto lacks are not listed.

| | Operation | What holds for our server | What was seen of moto |
|---|---|---|---|
"""
NOT_RUN = """
## What was not run

AWS itself. The suite also runs against AWS, with `LONGSHORE_TEST_AWS=1` and the variables that
`tests/conformance/conftest.py` lists. This page comes from a run without it: it compares our
server with the model and AWS's documentation.
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
