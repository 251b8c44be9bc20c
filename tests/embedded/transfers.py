"""Transfers in one JVM, by the entry of the application itself: arguments, exit status, the message that is left."""

import json
import os
import re
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import yaml
from support.longshore_commands import ROOT

_SCRIPT, _APP = Path(__file__).parent / "many_transfers.py", ROOT / "images/spark/app"
JOB_RUN = "000000000000000trnsf"
"""The ID of the job run that these transfers are of."""


@dataclass(frozen=True)
class Transfers:
    """A running JVM that waits for transfers."""

    lines: TextIO
    log: Path
    """The application's stdout and stderr."""

    def run(self, arguments: list[str]) -> dict[str, Any]:
        """Does one transfer as a job does it.

        Returns:
            The exit `status`, the `error` that is left, and the members of a `Result` where there is one.
        """
        answer = self._ask([arguments])
        return {**answer, **(answer["outcomes"][0] if answer["outcomes"] else {})}

    def run_all(self, transfers: dict[str, list[str]]) -> dict[str, dict[str, Any]]:
        """Does several transfers in one session. Returns, by name, a `Result` or an `error` for each."""
        return dict(zip(transfers, self._ask(list(transfers.values()))["outcomes"], strict=True))

    def _ask(self, transfers: list[list[str]]) -> dict[str, Any]:
        self.lines.write(json.dumps(transfers) + "\n")
        self.lines.flush()
        answer = self.lines.readline()
        assert answer, self.log.read_text()
        return dict(json.loads(answer))


@contextmanager
def started_transfers(
    connections: Path, folder: Path, *, conf: Sequence[str] = (), **variables: str
) -> Iterator[Transfers]:
    """Starts the JVM, with a folder of connections, among them the lake's catalog; ends it with the block.

    Args:
        conf: properties of Spark's, `name=value`.
        variables: more of the JVM's environment.
    """
    spark_submit = [str(ROOT / "images/spark/bin/spark-submit"), "--master", "local[2]"]
    spark_submit += [word for each in ("spark.ui.enabled=false", *conf) for word in ("--conf", each)]
    environment = {
        "LONGSHORE_CONNECTIONS": str(connections),
        "LONGSHORE_JOB_RUN": JOB_RUN,
        "LONGSHORE_TERMINATION_LOG": str(folder / "termination-log"),
        "SPARK_LOCAL_IP": "127.0.0.1",
        **variables,
    }
    log = folder / "log"
    with socket.create_server(("127.0.0.1", 0)) as listener, log.open("wb") as output:
        port = str(listener.getsockname()[1])
        process = subprocess.Popen(
            [*spark_submit, str(_SCRIPT), port, str(_APP)],
            env=os.environ | environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        listener.settimeout(300)
        try:
            connection, _ = listener.accept()
            with connection, connection.makefile("rw") as lines:
                yield Transfers(lines, log)
            assert process.wait(timeout=60) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()


def arguments_of(template: str, parameters: dict[str, str]) -> list[str]:
    """The arguments that a job run of this template gives to the application."""
    content = yaml.safe_load((ROOT / "job-templates" / f"{template}.yaml").read_text())["jobTemplateData"]
    defaults = {name: one.get("defaultValue") for name, one in content["parameterConfiguration"].items()}
    arguments = content["jobDriver"]["sparkSubmitJobDriver"]["entryPointArguments"]
    return [re.sub(r"\$\{(\w+)\}", lambda name: (defaults | parameters)[name[1]], argument) for argument in arguments]


def to_lake(source: str, target: str, **options: str) -> list[str]:
    """Arguments of a transfer from the database `flights` to the lake."""
    return _arguments({"source": source, "source-connection": "flights_db", "target": target, **options})


def to_database(source: str, target: str, **options: str) -> list[str]:
    """Arguments of a transfer from the lake to the database `flights`."""
    return _arguments({"source": source, "target": target, "target-connection": "flights_db", **options})


def _arguments(options: dict[str, str]) -> list[str]:
    return [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
