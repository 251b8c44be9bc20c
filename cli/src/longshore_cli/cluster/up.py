"""`longshore cluster up`: sets up the engine, a kind cluster, the images, the charts, the data and the job templates.

Each step first checks whether its work is done. A second call repairs missing parts and upgrades changed ones.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from longshore_cli.base.progress import Say
from longshore_cli.clients.job_api import client
from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.cluster import addresses, namespaces, seeding
from longshore_cli.cluster.charts import observability as stack
from longshore_cli.cluster.charts import yunikorn
from longshore_cli.cluster.engine.daemon import ensure_engine
from longshore_cli.cluster.images.node_image import node_image
from longshore_cli.cluster.images.platform_images import publish_images
from longshore_cli.cluster.images.registry import ensure_registry
from longshore_cli.cluster.installation import Installation
from longshore_cli.cluster.kubernetes import kind
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.kubernetes.registry_hosts import connect_registry
from longshore_cli.cluster.kubernetes.tools import Tools, find_tools
from longshore_cli.cluster.layout import NAME, ClusterLayout
from longshore_cli.cluster.secrets.keys import read_or_create_keys


def run_up(root: Path, *, observability: bool) -> None:
    """Sets up the cluster, and prints the addresses of its pages.

    Args:
        observability: whether metrics and logs are installed, too. If they fail, the rest is set up without them.

    Raises:
        CliError: a part cannot be set up. The other parts stay, and the command can be called again.
    """
    console = Console(highlight=False)
    started = time.monotonic()

    def say(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:6.1f} s[/dim]  {line}", soft_wrap=True)

    layout = ClusterLayout(root.resolve())
    layout.prepare()
    environment, observed = bring_up(layout, say, observability=observability)
    reached = f"{environment.kubectl} --kubeconfig {environment.kubeconfig}"
    forwarded = f"{reached} -n {namespaces.OBSERVABILITY} port-forward service"
    pages = (
        (
            "Airflow",
            f"{environment.airflow_url} (user {environment.airflow_user}, password {environment.airflow_password})",
        ),
        ("Environments", f"{addresses.PUBLIC_GATEWAY}/env/<name>"),
        ("EMR Containers API", environment.endpoint_url),
        ("Spark History Server", addresses.PUBLIC_HISTORY),
        ("kubectl", reached),
    )
    # The stores have no users, so they are open to the operator of the cluster only.
    of_stack = (
        ("Metrics", f"{addresses.PUBLIC_METRICS}, after: {forwarded}/metrics 8428"),
        ("Logs", f"{addresses.PUBLIC_LOGS}, after: {forwarded}/logs 9428"),
    )
    for name, place in (*pages, *(of_stack if observed else ())):
        console.print(f"{name + ':':22}{place}", soft_wrap=True)
    console.print("cluster: up; next: longshore dags deploy")


def bring_up(layout: ClusterLayout, say: Say, *, observability: bool) -> tuple[SavedCluster, bool]:
    """Sets up all parts. Returns the addresses and keys that other commands need, and whether there are metrics, logs.

    Args:
        observability: whether metrics and logs are installed, too. Without it, those that are there stay as they are.

    Raises:
        ClusterError: a part cannot be set up.
    """
    ensure_engine(layout, say)
    tools = find_tools(layout, say)
    ensure_registry(layout, say)
    with ThreadPoolExecutor() as pool:
        cluster = pool.submit(_cluster, layout, tools, say)
        scheduler = pool.submit(yunikorn.publish, say)
        tags = publish_images(layout, say)
        kubectl = cluster.result()
        queued = scheduler.result()
    kubectl.apply(*namespaces.namespace_manifests(namespaces.PLATFORM, namespaces.AIRFLOW, namespaces.ENVIRONMENTS))
    # Before those that send to it, or read from it.
    observed = stack.try_install(layout, tools, kubectl, say) if observability else stack.is_installed(kubectl)
    keys = read_or_create_keys(kubectl)
    emr = client(
        addresses.PUBLIC_API,
        region_name=addresses.REGION,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
    )
    installation = Installation(
        layout=layout,
        tools=tools,
        kubectl=kubectl,
        keys=keys,
        emr=emr,
        tags=tags,
        yunikorn=yunikorn.settings(tools) if queued else None,
        observed=observed,
        say=say,
    )
    cluster_id = installation.install()
    seeding.set_bucket_policy(kubectl, keys)
    say(seeding.load_data(kubectl, keys))
    for namespace in (namespaces.AIRFLOW, namespaces.ENVIRONMENTS):
        installation.wait_ready(namespace)
    environment = SavedCluster(
        endpoint_url=addresses.PUBLIC_API,
        region=addresses.REGION,
        access_key=keys.access_key,
        secret_key=keys.secret_key,
        virtual_cluster_id=cluster_id,
        airflow_url=addresses.PUBLIC_AIRFLOW,
        airflow_user="admin",
        airflow_password=keys.airflow_password,
        kubeconfig=str(layout.kubeconfig),
        context=f"kind-{NAME}",
        kubectl=tools.kubectl,
        helm=tools.helm,
        git_namespace=namespaces.PLATFORM,
        git_pod_selector="deployment/git",
        git_repository="/srv/git/dags.git",
        history_server_url=addresses.PUBLIC_HISTORY,
    )
    environment.save(layout.root)
    return environment, observed


def _cluster(layout: ClusterLayout, tools: Tools, say: Say) -> Kubectl:
    kubectl = Kubectl(program=tools.kubectl, kubeconfig=layout.kubeconfig)
    existing = kind.exists(tools)
    if existing and kind.is_partly_removed():
        say(f"an earlier removal of the cluster {NAME!r} was interrupted; finishing it first")
        kind.delete(tools)
        existing = False
    if existing:
        kind.reconnect(tools, layout)
        say(f"the cluster {NAME!r} exists")
    else:
        image = node_image(layout, say)
        say(f"creating the cluster {NAME!r}")
        kind.create(tools, layout, image=image)
        say(f"the cluster {NAME!r} is ready")
    connect_registry(tools, NAME)
    return kubectl
