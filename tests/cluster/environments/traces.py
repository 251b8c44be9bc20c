"""Traces of environments in the cluster, its database, its storage, its job server and its scheduler."""

import psycopg
from cluster.gangs.yunikorn_api import YuniKorn, is_installed
from cluster.parts import BUCKET, Cluster
from longshore_cli.cluster import namespaces

_KINDS = (
    *("namespaces", "clusterroles", "clusterrolebindings", "persistentvolumes", "validatingadmissionpolicies"),
    *("secrets", "rolebindings", "serviceaccounts", "networkpolicies", "configmaps"),
)
"""Kinds of objects of which environments make some, or could; pods go with their namespaces."""


def traces(cluster: Cluster) -> set[str]:
    """Everything there is that environments could have made, a line each: what, and its name."""
    return (
        objects(cluster)
        | {f"database or role {name}" for name in databases(cluster)}
        | {f"virtual cluster of {name}" for name in virtual_clusters(cluster)}
        | {f"folder {name}" for name in folders(cluster)}
        | {f"queue {name}" for name in queues(cluster)}
    )


def traces_of(cluster: Cluster, name: str) -> set[str]:
    """Those of one environment."""
    return {each for each in traces(cluster) if name in each.replace("_", "-")}


def objects(cluster: Cluster) -> set[str]:
    """Kubernetes' objects, as kind and name."""
    words = ("get", ",".join(_KINDS), "--all-namespaces", "--no-headers", "-o")
    columns = "custom-columns=kind:.kind,namespace:.metadata.namespace,name:.metadata.name"
    return {" ".join(line.split()) for line in cluster.kubectl.run(*words, columns, what="objects").splitlines()}


def databases(cluster: Cluster) -> set[str]:
    """Databases and roles of the platform's PostgreSQL and of the lake's."""
    keys, found = cluster.keys, set()
    for server, passwords in (("platform-db", keys.platform_db), ("lake-db", keys.lake_db)):
        with (
            cluster.kubectl.forward(f"service/{server}", 5432, namespace=namespaces.PLATFORM) as port,
            psycopg.connect(
                host="127.0.0.1",
                port=port,
                user="postgres",
                password=passwords["postgres-password"],
                dbname="postgres",
                connect_timeout=10,
            ) as connection,
        ):
            rows = connection.execute("SELECT datname FROM pg_database UNION SELECT rolname FROM pg_roles").fetchall()
        found |= {f"{row[0]} of {server}" for row in rows}
    return found


def folders(cluster: Cluster) -> set[str]:
    """Names of environments that have objects in S3."""
    with cluster.s3() as s3:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="environments/", Delimiter="/")
        return {each["Prefix"].split("/")[1] for page in pages for each in page.get("CommonPrefixes", [])}


def virtual_clusters(cluster: Cluster) -> dict[str, str]:
    """IDs of those that can run jobs, by namespace."""
    pages = cluster.emr.get_paginator("list_virtual_clusters").paginate(states=["RUNNING"])
    return {
        str(each["containerProvider"]["info"]["eksInfo"]["namespace"]): str(each["id"])
        for page in pages
        for each in page["virtualClusters"]
    }


def queues(cluster: Cluster) -> set[str]:
    """Names of YuniKorn's queues for namespaces of environments; none where there is no YuniKorn."""
    if not is_installed(cluster):
        return set()
    scheduler = YuniKorn(cluster)
    try:
        waiting, found = [scheduler.get("partition/default/queues")], set()
    finally:
        scheduler.close()
    while waiting:
        queue = waiting.pop()
        found.add(str(queue["queuename"]))
        waiting += queue.get("children") or []
    return {name for name in found if name.rpartition(".")[2].startswith("env-")}
