"""The provider's commands in Airflow's own command line: `airflow longshore …`.

Airflow imports this for every `airflow` command: it imports nothing heavy.
"""

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import Namespace

    from airflow.cli.cli_config import CLICommand


def get_commands() -> "list[CLICommand]":
    """Returns the commands, for the provider's description."""
    from airflow.cli.cli_config import ActionCommand, Arg, GroupCommand

    connection = Arg(  # type: ignore[no-untyped-call]  # Airflow does not type it
        ("conn_id",), nargs="?", default="aws_default", help="The connection; default: aws_default"
    )
    test = ActionCommand(
        name="test-connection",
        help="Test a connection of the operators: its settings, its keys, the virtual cluster",
        func=test_connection,
        args=(connection,),
    )
    return [GroupCommand(name="longshore", help="Job runs of the EMR Containers API", subcommands=(test,))]


def test_connection(args: "Namespace") -> None:
    """Prints what the connection `args.conn_id` leads to, or what is wrong with it; then it exits with 1."""
    from longshore.hooks.emr_containers import EmrContainersHook

    # Only a server's process reads connections from Airflow's database.
    os.environ["_AIRFLOW_PROCESS_CONTEXT"] = "server"
    passed, message = EmrContainersHook(args.conn_id).test_connection()
    print(message, file=sys.stdout if passed else sys.stderr)
    if not passed:
        raise SystemExit(1)
