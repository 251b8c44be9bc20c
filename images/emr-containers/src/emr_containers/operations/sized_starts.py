"""Sizes of a job run from earlier runs: the plan at its acceptance."""

from collections.abc import Mapping
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.operations.context import Context
from emr_containers.runtimes.kubernetes.manifest.resources import driver_resources, executor_resources
from emr_containers.runtimes.spark.submit import driver_properties, effective_properties, with_properties
from emr_containers.settings import Release
from emr_containers.sizing.dynamic_sizing import DynamicSizing, read_dynamic_sizing
from emr_containers.sizing.plan.planner import HISTORY, plan_sizes
from emr_containers.sizing.plan.sizes import Run, Sizes
from emr_containers.sizing.records import Planned, packed, runs_from
from emr_containers.sizing.report import FIELDS, REASONS, changed_properties, sentence
from emr_containers.store.sized_runs import read_runs
from emr_containers.store.tables import SizedRun

_BESIDE = ("spark.memory.offHeap.enabled", "spark.executor.pyspark.memory")
"""Properties of memory that Spark adds to heap and overhead, and that no plan changes."""


def plan_start(
    context: Context, values: Mapping[str, Any], *, template: Mapping[str, Any] | None, spec: JobSpec
) -> tuple[JobSpec, SizedRun | None]:
    """Returns the job as it is to run, and the row of its plan; the job as it is and None if it is not to be sized.

    Args:
        values: the request's members.
        template: `jobTemplateData` of its template.
        spec: the job that both make.

    Raises:
        ValidationException: the job asks to be sized in a way that cannot be done, or its sizes cannot be read.
    """
    release = context.settings.releases[spec["releaseLabel"]]
    if release.kind != "spark":
        return spec, None
    conf = effective_properties(spec, release)
    wish = read_dynamic_sizing(conf)
    if wish is None:
        return spec, None
    defaults = sizes_of(conf)
    fixed = _fixed(values, template=template, release=release, conf=conf, defaults=defaults)
    with context.database.read() as session:
        rows = read_runs(session, cluster=values["virtualClusterId"], signature=wish.signature)
        history = runs_from((row.planned, row.outcome) for row in rows)
    return _planned(context, values, spec=spec, wish=wish, defaults=defaults, fixed=fixed, history=history)


def sizes_of(conf: Mapping[str, str]) -> Sizes:
    """Returns the sizes that a job's effective Spark properties give.

    Raises:
        ValidationException: one cannot be read.
    """
    plain = {name: value for name, value in conf.items() if name not in _BESIDE}
    driver, executor = driver_resources(plain), executor_resources(plain)
    return Sizes(
        executor_heap=executor.heap_mib,
        executor_overhead=executor.memory_mib - executor.heap_mib,
        executor_cores=_count(conf, "spark.executor.cores", default=1),
        executor_instances=_count(conf, "spark.executor.instances", default=2),
        driver_heap=driver.heap_mib,
        driver_overhead=driver.memory_mib - driver.heap_mib,
    )


def _planned(
    context: Context,
    values: Mapping[str, Any],
    *,
    spec: JobSpec,
    wish: DynamicSizing,
    defaults: Sizes,
    fixed: dict[str, int],
    history: list[Run],
) -> tuple[JobSpec, SizedRun]:
    plan = plan_sizes(history, defaults=defaults, bounds=wish.bounds, fixed=fixed)
    applied = wish.mode == "Initial"
    why = sentence(plan, runs=min(len(history), HISTORY), applied=applied)
    changes = changed_properties(plan.sizes, defaults=defaults, fixed=fixed) if applied else {}
    planned = Planned(
        sizes=plan.sizes if applied else defaults,
        defaults=defaults,
        bounds=wish.bounds,
        fixed=fixed,
        why=why,
        applied=applied,
    )
    row = SizedRun(
        virtual_cluster_id=values["virtualClusterId"],
        signature=wish.signature,
        created_at=context.now(),
        planned=packed(planned),
    )
    return with_properties(spec, {**changes, REASONS: why}), row


def _fixed(
    values: Mapping[str, Any],
    *,
    template: Mapping[str, Any] | None,
    release: Release,
    conf: Mapping[str, str],
    defaults: Sizes,
) -> dict[str, int]:
    """Returns the sizes that are not to be planned: the request gives them over its template, or the machine does."""
    names = set(release.spark_defaults)
    if template is not None:
        names |= _given_properties(values, template)
    if conf.get("spark.dynamicAllocation.enabled", "false").strip().lower() == "true":
        names.add("spark.executor.instances")
    return {field: getattr(defaults, field) for name, field in FIELDS.items() if name in names}


def _given_properties(values: Mapping[str, Any], template: Mapping[str, Any]) -> set[str]:
    job = JobSpec(jobDriver=template["jobDriver"])
    try:
        own = _spark_defaults(template.get("configurationOverrides", {})) | driver_properties(job)
    except ValidationException as error:
        raise ValidationException(
            "The job cannot be sized by earlier runs, since a parameter of its template stands for whole options, "
            f"which may be sizes: {error} Give the template a parameter for each size, or leave dynamic.sizing out."
        ) from error
    filled = [f"${{{name}}}" for name in values.get("jobTemplateParameters", {})]
    by_parameter = {name for name, text in own.items() if any(mark in text for mark in filled)}
    return by_parameter | set(_spark_defaults(values.get("configurationOverrides", {})))


def _spark_defaults(overrides: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for configuration in overrides.get("applicationConfiguration", []):
        if configuration["classification"] == "spark-defaults":
            found |= configuration.get("properties", {})
    return found


def _count(conf: Mapping[str, str], name: str, *, default: int) -> int:
    text = conf.get(name, str(default)).strip()
    if not text.isascii() or not text.isdigit() or len(text) > 6:
        raise ValidationException(f"{name} is {text[:80]!r}: give a whole number.")
    return int(text)
