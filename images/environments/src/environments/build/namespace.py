"""The namespace of an environment: it contains all other objects, and they are deleted with it."""

import json

from environments.build.objects import Manifest, labels
from environments.build.sizes import sizing
from environments.resource.names import GROUP, QUEUES, UID_LABEL
from environments.resource.spec import Environment
from environments.settings import Settings


def namespace(environment: Environment, settings: Settings) -> Manifest:
    """Returns the namespace, under the Pod Security Standard `restricted`.

    Its annotations describe the queue of its jobs. YuniKorn creates the queue with the first job, updates it with each
    job that follows, and removes it when it is empty. Source: k8shim 1.9, pkg/cache/context.go, updateApplicationTags.
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
            "annotations": _queue_annotations(environment) if settings.yunikorn_account else {},
        },
    }


def _queue_annotations(environment: Environment) -> dict[str, str]:
    queue = environment.queue
    size = sizing(environment)
    most = {"cpu": size.cpu, "memory": size.memory}
    limits = {"quota": most} if queue is None else {"quota": {**most, **queue.max}, "guaranteed": queue.guaranteed}
    return {"yunikorn.apache.org/parentqueue": QUEUES} | {
        f"yunikorn.apache.org/namespace.{name}": json.dumps(dict(resources), sort_keys=True)
        for name, resources in limits.items()
        if resources
    }
