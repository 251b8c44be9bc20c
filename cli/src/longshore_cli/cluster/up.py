"""`longshore cluster up`: the engine, a kind cluster, the images, the charts, the data, the job templates.

Every step looks first whether its work is done: calling it again repairs what is missing and upgrades what has changed.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console

from longshore_cli.cluster import contents, kind, rights, secrets, yunikorn
from longshore_cli.cluster.engine import ensure_engine
from longshore_cli.cluster.images import publish_images
from longshore_cli.cluster.kubectl import Kubectl
from longshore_cli.cluster.layout import NAME, ClusterLayout
from longshore_cli.cluster.node import Tools, find_tools, node_image
from longshore_cli.cluster.registry import connect_registry, ensure_registry
from longshore_cli.cluster.releases import Settings, image_settings, install, wait_ready
from longshore_cli.cluster_environment import ClusterEnvironment
from longshore_cli.embedded.platform import Say
from longshore_cli.job_api import client
from longshore_cli.templates.commands import apply

_READY_SECONDS = 300.0
_PLATFORM_IMAGES = {
    "server.image": "emr-containers",
    "history.image": "spark",
    "platformDatabase.image": "postgres",
    "lakeDatabase.image": "postgres",
    "s3.image": "s3",
    "git.image": "git",
    "releases.spark-4\\.1.image": "spark",
    "releases.delay-report.image": "delay-report",
}
_AIRFLOW_IMAGES = {"image": "airflow"}
_ENVIRONMENTS_IMAGES = {"image": "environments", "environments.image": "airflow", "gateway.image": "gateway"}


def run_up(root: Path) -> None:
    """Brings Level 1 up and prints where its pages are.

    Raises:
        CliError: a part cannot be set up; what was set up stays, and the command can be called again.
    """
    console = Console(highlight=False)
    started = time.monotonic()

    def say(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:6.1f} s[/dim]  {line}", soft_wrap=True)

    layout = ClusterLayout(root.resolve())
    layout.prepare()
    environment = bring_up(layout, say)
    for name, place in (
        (
            "Airflow",
            f"{environment.airflow_url} (user {environment.airflow_user}, password {environment.airflow_password})",
        ),
        ("Environments", f"{secrets.PUBLIC_GATEWAY}/env/<name>"),
        ("EMR Containers API", environment.endpoint_url),
        ("Spark History Server", secrets.PUBLIC_HISTORY),
        ("kubectl", f"{environment.kubectl} --kubeconfig {environment.kubeconfig}"),
    ):
        console.print(f"{name + ':':22}{place}", soft_wrap=True)
    console.print("cluster: up; next: longshore dags deploy")


def bring_up(layout: ClusterLayout, say: Say) -> ClusterEnvironment:
    """The parts of `run_up`, and what other commands must know of the cluster.

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
    kubectl.apply(*secrets.namespaces(secrets.PLATFORM, secrets.AIRFLOW, secrets.ENVIRONMENTS))
    keys = secrets.keep_keys(kubectl)
    kubectl.apply(*secrets.platform_secrets(keys))
    if queued:
        kubectl.apply(*secrets.namespaces(secrets.YUNIKORN))
        install(layout, tools, chart="yunikorn", namespace=secrets.YUNIKORN, settings=yunikorn.settings(tools))

    def install_platform(production: str | None) -> None:
        settings: Settings = {
            **image_settings(tags, _PLATFORM_IMAGES),
            "yunikorn.enabled": queued,
            "server.policies": rights.job_server_policies(keys, production=production),
        }
        install(layout, tools, chart="longshore", namespace=secrets.PLATFORM, settings=settings)

    # The job server tells it when it runs; who asks before then is let into none.
    known = ClusterEnvironment.load(layout.root)
    production = None if known is None else known.virtual_cluster_id
    install_platform(production)
    kubectl.apply(*secrets.job_secrets(keys, secrets.JOBS))
    # While the platform's pods start, the larger image comes to the nodes.
    kubectl.apply(secrets.airflow_connections(keys, virtual_cluster_id=None))
    install(layout, tools, chart="airflow", namespace=secrets.AIRFLOW, settings=image_settings(tags, _AIRFLOW_IMAGES))
    kubectl.apply(*secrets.environments_secrets(keys))
    settings: Settings = {
        **image_settings(tags, _ENVIRONMENTS_IMAGES),
        "jobs.yunikornServiceAccount": f"{secrets.YUNIKORN}/yunikorn" if queued else "",
    }
    install(layout, tools, chart="environments", namespace=secrets.ENVIRONMENTS, settings=settings)
    say("the charts are installed; their pods start")
    wait_ready(kubectl, namespace=secrets.PLATFORM, seconds=_READY_SECONDS, say=say)
    if queued:
        wait_ready(kubectl, namespace=secrets.YUNIKORN, seconds=_READY_SECONDS, say=say)
    emr = client(
        secrets.PUBLIC_API,
        region_name=secrets.REGION,
        aws_access_key_id=keys.access_key,
        aws_secret_access_key=keys.secret_key,
    )
    cluster_id = contents.virtual_cluster(emr)
    if cluster_id != production:
        install_platform(cluster_id)
        wait_ready(kubectl, namespace=secrets.PLATFORM, seconds=_READY_SECONDS, say=say)
    contents.connect_airflow(kubectl, keys, cluster_id)
    contents.protect_bucket(kubectl, keys)
    for line in apply(emr, layout.root / "job-templates"):
        say(f"job template {line}")
    say(contents.load_data(kubectl, keys))
    for namespace in (secrets.AIRFLOW, secrets.ENVIRONMENTS):
        wait_ready(kubectl, namespace=namespace, seconds=_READY_SECONDS, say=say)
    environment = ClusterEnvironment(
        endpoint_url=secrets.PUBLIC_API,
        region=secrets.REGION,
        access_key=keys.access_key,
        secret_key=keys.secret_key,
        virtual_cluster_id=cluster_id,
        airflow_url=secrets.PUBLIC_AIRFLOW,
        airflow_user="admin",
        airflow_password=keys.airflow_password,
        kubeconfig=str(layout.kubeconfig),
        context=f"kind-{NAME}",
        kubectl=tools.kubectl,
        helm=tools.helm,
        git_namespace=secrets.PLATFORM,
        git_pod_selector="deployment/git",
        git_repository="/srv/git/dags.git",
    )
    environment.save(layout.root)
    return environment


def _cluster(layout: ClusterLayout, tools: Tools, say: Say) -> Kubectl:
    kubectl = Kubectl(program=tools.kubectl, kubeconfig=layout.kubeconfig)
    there = kind.exists(tools)
    if there and kind.is_half_removed():
        say(f"a removal of the cluster {NAME!r} was broken off; it is finished first")
        kind.delete(tools)
        there = False
    if there:
        kind.find(tools, layout)
        say(f"the cluster {NAME!r} is there")
    else:
        image = node_image(layout, say)
        say(f"making the cluster {NAME!r}")
        kind.create(tools, layout, image=image)
        say(f"the cluster {NAME!r} is ready")
    connect_registry(tools, NAME)
    return kubectl
