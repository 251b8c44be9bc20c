"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

EndpointUrl = Annotated[
    str | None,
    typer.Option(
        "--endpoint-url",
        envvar="AWS_ENDPOINT_URL_EMR_CONTAINERS",
        help="The API's address; by default this checkout's cluster, or AWS where there is none.",
    ),
]
VirtualCluster = Annotated[
    str | None,
    typer.Option(help="A virtual cluster's ID or name; by default the cluster's own, or the newest that is RUNNING."),
]
Json = Annotated[bool, typer.Option("--json", help="Print a JSON array of objects instead of a table.")]
Kubeconfig = Annotated[
    Path | None,
    typer.Option(help="The kubeconfig of another cluster than this checkout's.", dir_okay=False, exists=True),
]
Context = Annotated[str | None, typer.Option(help="The context in the kubeconfig; by default its current one.")]
Namespace = Annotated[str, typer.Option(help="The namespace of the environment objects.")]
