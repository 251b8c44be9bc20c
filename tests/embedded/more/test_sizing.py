"""The page for people who want sizes from earlier runs: its DAG is run twice, with real Spark."""

import re

from longshore_cli.embedded.platform import Platform
from support.longshore_commands import ROOT
from support.waiting import until

from embedded.conftest import run_dags
from embedded.test_commands import call

PAGE = (ROOT / "docs" / "sizing.md").read_text()


def test_the_second_run_of_a_task_asks_for_less_and_says_why(platform: Platform) -> None:
    (dag,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    cluster = ("--virtual-cluster", platform.server.virtual_cluster_id)
    # The checkout's folder is a link to the real one, which must not get a file.
    folder = platform.layout.state / "sized"
    folder.mkdir()
    (folder / "sized.py").write_text(dag)
    first = run_dags(platform, "sized", folder=folder)
    assert first.states == {"sized": "success"}
    assert "no earlier run: the template's sizes" in first.output

    def explained() -> str | None:
        done = call(platform, "longshore", "sizing", "explain", "sized/airlines", *cluster)
        return done.stdout if done.returncode == 0 else None

    plan = until("the profile of the first run", explained)
    heap = int(re.findall(r"^spark.driver.memory=(\d+)m$", plan, re.MULTILINE)[0])
    assert 512 <= heap < 1024
    shown = call(platform, "longshore", "sizing", "show", "sized/airlines", *cluster).stdout
    assert re.search(r"completed: driver 1024\+\d+ MiB \(used heap \d+ MiB\)", shown), shown

    second = run_dags(platform, "sized", folder=folder)
    assert second.states == {"sized": "success"}
    assert f"Sized by 1 earlier run(s): driver {heap}+" in second.output
    assert f"driver heap 1024 to {heap} MiB: 1 run(s) needed up to" in second.output
    assert any(f"-Xmx{heap}m" in line and "lake.sized.airlines" in line for line in second.command_lines)
