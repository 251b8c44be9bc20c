"""The distribution of tests among pytest-xdist's workers."""

import pytest
from xdist.scheduler import LoadGroupScheduling

WORLDS = ("embedded", "transfers", "faults-airflow", "stopped", "job-server-page", "conformance")
"""The groups that start Spark or Airflow, the longest first: at the end one worker would wait for the other."""


class ByFile(LoadGroupScheduling):
    """Gives a whole file to one worker, and all files of an `xdist_group` to one worker: fixtures are made once.

    Source: xdist's loadgroup, which shares out single tests where there is no group, and begins with the most tests.
    """

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        scope = super()._split_scope(nodeid)
        return scope.split("::", 1)[0]


def worlds_first(item: pytest.Item) -> int:
    """A key that sorts tests: by their group in WORLDS, then all others."""
    group = next((str(mark.args[0]) for mark in item.iter_markers("xdist_group")), None)
    return WORLDS.index(group) if group in WORLDS else len(WORLDS)
