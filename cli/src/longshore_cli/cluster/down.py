"""`longshore cluster down`: removes the cluster and the parts around it. The images stay for the next time."""

from pathlib import Path

from rich.console import Console

from longshore_cli.base.programs import succeeds
from longshore_cli.base.progress import Say
from longshore_cli.cluster.engine.daemon import stop_engine
from longshore_cli.cluster.images.registry import remove_registry
from longshore_cli.cluster.kubernetes import kind
from longshore_cli.cluster.kubernetes.tools import find_tools
from longshore_cli.cluster.layout import NAME, ClusterLayout


def run_down(root: Path) -> None:
    """Removes the cluster with all its data.

    Raises:
        CliError: the cluster cannot be removed.
    """
    console = Console(highlight=False)
    layout = ClusterLayout(root.resolve())
    layout.prepare()
    take_down(layout, lambda line: console.print(line, soft_wrap=True))
    console.print("cluster: down")


def take_down(layout: ClusterLayout, say: Say) -> None:
    """Removes the cluster and the registry's container, and stops the engine if this checkout started it.

    Raises:
        ClusterError: the cluster cannot be removed.
    """
    if succeeds(["docker", "version"]):
        tools = find_tools(layout, say)
        if kind.exists(tools):
            kind.delete(tools)
            say(f"the cluster {NAME!r} was removed")
        remove_registry()
    for path in (layout.kubeconfig, layout.kind_config, layout.environment):
        path.unlink(missing_ok=True)
    if stop_engine(layout):
        say("the Docker engine that was started for it was stopped")
