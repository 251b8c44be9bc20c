"""The executors that Spark lost because they were killed, from the driver's output. Pure.

Source: Spark 4.1, TaskSetManager ("ExecutorLostFailure"), TaskSchedulerImpl ("Lost executor"), and
ExecutorExitCode.explainExitCode. Spark gives 137, the status after SIGKILL, as a possible lack of memory.
"""

import re

_LOST = re.compile(r"(?:ExecutorLostFailure \(executor|Lost executor|executor with id) (\w+)\b")
_KILLED = re.compile(r"\b(?:code|status)(?: of)? 137\b|OOMKilled|\bExitCode: 137\b")
_REASON = 400
"""The number of characters after an executor's number that contain the reason of its loss."""


def killed_executors(output: str) -> tuple[str, ...]:
    """Returns the numbers of the executors that ended with exit code 137 or as OOMKilled, each once."""
    lost = [*_LOST.finditer(output)]
    killed = []
    for index, match in enumerate(lost):
        # Another executor's loss has a reason of its own.
        other = next((later.start() for later in lost[index + 1 :] if later[1] != match[1]), len(output))
        if _KILLED.search(output, match.end(), min(other, match.end() + _REASON)):
            killed.append(match[1])
    return tuple(dict.fromkeys(killed))
