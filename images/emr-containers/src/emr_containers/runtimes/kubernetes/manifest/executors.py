"""The executors that Spark creates after a job's driver has started, as a scheduler sees them. Pure.

Spark creates them itself, later, from the same properties and from the template that the driver has. The result here
must be the same to the byte. It cannot include what is unknown before the job runs: properties that the application
itself sets, and changes to pods by its own classes (`spark.kubernetes.executor.pod.featureSteps`).

Sources: Spark 4.1, BasicExecutorFeatureStep and KubernetesExecutorConf (the pod),
SchedulerBackendUtils.getInitialTargetExecutorNumber and Utils.getDynamicAllocationInitialExecutors (how many).
"""

import re
from collections.abc import Mapping
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.runtimes.kubernetes.manifest.pods import JsonObject
from emr_containers.runtimes.kubernetes.manifest.resources import executor_resources
from emr_containers.runtimes.kubernetes.manifest.spark_conf import prefixed

_INSTANCES = "spark.executor.instances"
_DEFAULT_INSTANCES = 2
_DYNAMIC = "spark.dynamicAllocation."


def executor_count(conf: Mapping[str, str]) -> int:
    """Returns the number of executors with which a job starts; with dynamic allocation it may be 0.

    Args:
        conf: the job's effective Spark properties.

    Raises:
        ValidationException: Spark would not start with these.
    """
    asked = _number(conf, _INSTANCES)
    if conf.get(f"{_DYNAMIC}enabled", "false").strip().lower() != "true":
        if asked == 0:
            raise ValidationException(f"{_INSTANCES} is '0': give a whole number from 1.")
        return _DEFAULT_INSTANCES if asked is None else asked
    least, initial, most = (_number(conf, f"{_DYNAMIC}{which}Executors") for which in ("min", "initial", "max"))
    count = max(least or 0, initial or 0, asked or 0)
    if most is not None and most < max(count, 1):
        raise ValidationException(
            f"{_DYNAMIC}maxExecutors is '{most}', but {count} executors are requested at the start by {_INSTANCES}, "
            f"{_DYNAMIC}initialExecutors or {_DYNAMIC}minExecutors: raise it to {max(count, 1)}, or lower those."
        )
    return count


def executor_spec(conf: Mapping[str, str], template: Mapping[str, Any]) -> JsonObject:
    """Returns the PodSpec of each executor: the template's, with resources and node selector as Spark sets them.

    Args:
        conf: the job's effective Spark properties.
        template: the executors' pod template; its first container is Spark's.

    Raises:
        ValidationException: a property cannot be read, or Spark would refuse it.
    """
    spec = template["spec"]
    own, *others = spec["containers"]
    selector = prefixed(conf, "spark.kubernetes.node.selector.", "spark.kubernetes.executor.node.selector.")
    return {
        **spec,
        "containers": [{**own, "resources": executor_resources(conf).over(own.get("resources"))}, *others],
        "nodeSelector": {**(spec.get("nodeSelector") or {}), **selector},
    }


def _number(conf: Mapping[str, str], name: str) -> int | None:
    text = conf.get(name)
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,6}", text.strip(), re.ASCII):
        raise ValidationException(f"{name} is {text[:80]!r}: give a whole number.")
    return int(text)
