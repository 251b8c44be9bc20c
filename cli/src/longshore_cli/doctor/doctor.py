"""`longshore doctor`: looks at the embedded platform and at the checkout's cluster, and prints what is wrong."""

from collections.abc import Callable, Iterator
from pathlib import Path

from longshore_cli.base.json_output import json_text
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.doctor.embedded.checks import CHECKS as EMBEDDED
from longshore_cli.doctor.embedded.gathering import gather
from longshore_cli.doctor.problems import Outcome, as_object, outcome_lines, run_checks
from longshore_cli.exceptions import ProblemsFoundError

Print = Callable[[str], None]


def run_doctor(root: Path, *, as_json: bool, show: Print) -> None:
    """Prints the outcome of every check.

    Args:
        root: the checkout.
        as_json: print a JSON array instead of lines.
        show: takes the output.

    Raises:
        ProblemsFoundError: something is wrong. EmbeddedError: `root` is not a checkout of the project.
    """
    parts = [(part, tuple(outcomes)) for part, outcomes in _parts(root.resolve())]
    if as_json:
        show(json_text(as_object(each, part=part) for part, outcomes in parts for each in outcomes))
    else:
        for part, outcomes in parts:
            show(f"{part}:")
            for line in outcome_lines(outcomes):
                show(line)
    wrong = [each.check for _, outcomes in parts for each in outcomes if each.problems]
    if wrong:
        raise ProblemsFoundError(
            f"{len(wrong)} of {sum(len(each) for _, each in parts)} checks failed: {', '.join(wrong)}."
        )


def _parts(root: Path) -> Iterator[tuple[str, Iterator[Outcome]]]:
    yield "embedded", run_checks(EMBEDDED, gather(root))
    if (saved := SavedCluster.load(root)) is not None:
        from longshore_cli.doctor.cluster.checks import CHECKS as CLUSTER
        from longshore_cli.doctor.cluster.gathering import gather as gather_cluster

        yield "cluster", run_checks(CLUSTER, gather_cluster(saved))
