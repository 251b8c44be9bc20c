"""The namespace: everything of an environment's is in it, and goes with it."""

import json

from environments.build.objects import Manifest, labels
from environments.build.sizes import sizing
from environments.names import GROUP, QUEUES, UID_LABEL
from environments.settings import Settings
from environments.spec import Environment


def namespace(environment: Environment, settings: Settings) -> Manifest:
    """The namespace, under the Pod Security Standard `restricted`.

    Where its jobs' queue is, and what it may have, stands in its annotations: YuniKorn makes the queue by them
    when the first job comes, gives it what they say with each job that follows, and takes it away when it is empty.
    Source: k8shim 1.9, pkg/cache/context.go, updateApplicationTags.
    """
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": environment.names.namespace,
            "labels": {
                **labels(environment),
                UID_LABEL: environment.uid,
                **{f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")},
                # These open helm/longshore's NetworkPolicies: the database, S3, git and the job server; the lake.
                f"{GROUP}/airflow": "true",
                f"{GROUP}/jobs": "true",
            },
            "annotations": _of_queue(environment) if settings.yunikorn_account else {},
        },
    }


def _of_queue(environment: Environment) -> dict[str, str]:
    queue = environment.queue
    size = sizing(environment)
    most = {"cpu": size.cpu, "memory": size.memory}
    limits = {"quota": most} if queue is None else {"quota": {**most, **queue.max}, "guaranteed": queue.guaranteed}
    return {"yunikorn.apache.org/parentqueue": QUEUES} | {
        f"yunikorn.apache.org/namespace.{name}": json.dumps(dict(resources), sort_keys=True)
        for name, resources in limits.items()
        if resources
    }
