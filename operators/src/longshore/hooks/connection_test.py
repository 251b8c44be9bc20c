"""The test of a connection: its extra, its keys, the virtual cluster and the job templates."""

from typing import TYPE_CHECKING

from longshore.exceptions import LongshoreError
from longshore.hooks.job_templates import template_names

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook


def check_connection(hook: "EmrContainersHook") -> tuple[bool, str]:
    """Returns whether operators can use the hook's connection, and what it leads to or what is wrong with it.

    The API is asked what operators ask it before they start a job run; nothing is started or changed.
    """
    try:
        settings = hook.settings
        if found := hook.connection_problems():
            return False, f"The connection {hook.aws_conn_id!r}: {' '.join(found)}"
        templates = len(template_names(hook))
        said = f"{hook.endpoint} answers, with {templates} job template{'' if templates == 1 else 's'}."
        if settings.virtual_cluster_id is None:
            return True, f"{said} No virtual_cluster_id is set: each operator must name one."
        name, state = hook.describe_virtual_cluster()
    except LongshoreError as error:
        return False, str(error)
    said = f"{said} Virtual cluster {name!r} ({settings.virtual_cluster_id}) is {state}."
    return state == "RUNNING", said
