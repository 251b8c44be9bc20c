"""Environments that may be, and that may not: what the schema, its CEL rules and the controller each say of them.

One table for the tests of the schema, which need no cluster, and for those of the rules, which need an API server.
"""

import copy
from dataclasses import dataclass, field
from typing import Any, Literal

SPEC: dict[str, Any] = {"owner": "ann", "git": {"url": "https://github.com/example/dags", "branch": "main"}}
COMMIT = "0123456789abcdef" * 2 + "01234567"
By = Literal["schema", "rule", "controller"]
REMOVED = object()
"""In `changes`: the field is not there."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One environment."""

    what: str
    changes: dict[str, Any] = field(default_factory=dict)
    """The changes to `SPEC`, by the field's path: `git.branch`."""
    name: str = "mine"
    """`metadata.name`."""
    refused_by: By | None = None
    """`schema`: the structural schema; `rule`: a CEL rule of the CRD; `controller`: `validate`, in the status."""
    says: str = ""
    """A part of the refusal: of the field's path for the schema, of the message else."""

    @property
    def spec(self) -> dict[str, Any]:
        spec = copy.deepcopy(SPEC)
        for path, value in self.changes.items():
            *parents, last = path.split(".")
            at = spec
            for parent in parents:
                at = at.setdefault(parent, {})
            if value is REMOVED:
                at.pop(last)
            else:
                at[last] = value
        return spec

    @property
    def body(self) -> dict[str, Any]:
        return {
            "apiVersion": "longshore.dev/v1alpha1",
            "kind": "AirflowEnvironment",
            "metadata": {"name": self.name},
            "spec": self.spec,
        }


GOOD = (
    Case(what="no more than is needed"),
    Case(what="a commit", changes={"git.branch": REMOVED, "git.commit": COMMIT}),
    Case(what="a branch of another script", changes={"git.branch": "функция/変更"}),
    Case(what="a branch with what a shell would heed", changes={"git.branch": "a;rm|-rf&(b)"}),
    Case(what="the longest branch", changes={"git.branch": "b" * 200}),
    Case(what="the longest name", name="a" * 40),
    Case(what="a git server of the cluster", changes={"git.url": "git://git.longshore:9418/dags.git"}),
    Case(what="all of a repository", changes={"git.subdir": ""}),
    Case(what="a folder below", changes={"git.subdir": "teams/a..b/dags"}),
    Case(what="an end and a sleep", changes={"ttl": "72h", "idle": "1d12h30m"}),
    Case(what="a size", changes={"size": "large"}),
    Case(what="resources", changes={"resources": {"cpu": 3, "memory": "6.5Gi"}}),
    Case(what="an image", changes={"image": "registry.example:5000/team/airflow:1.0"}),
    Case(what="a queue", changes={"queue": {"max": {"cpu": "4", "memory": "8Gi"}, "guaranteed": {"cpu": "500m"}}}),
    Case(what="a connection and a variable", changes={"connections": ["flights_db"], "variables": ["region"]}),
    Case(what="settings", changes={"config": {"core": {"default_timezone": "Asia/Seoul"}}}),
    Case(what="asleep, its tables kept", changes={"asleep": True, "keepSchema": True}),
)
BAD = (
    Case(what="no owner", changes={"owner": REMOVED}, refused_by="schema", says="spec"),
    Case(what="an owner that is no label", changes={"owner": "ann@example.com"}, refused_by="schema", says="owner"),
    Case(what="an owner of 300 characters", changes={"owner": "a" * 300}, refused_by="schema", says="owner"),
    Case(what="no repository", changes={"git": {"branch": "main"}}, refused_by="schema", says="git"),
    Case(what="a password in the address", changes={"git.url": "https://u:p@h/dags"}, refused_by="schema", says="url"),
    Case(what="a program as address", changes={"git.url": "ext::sh -c id"}, refused_by="schema", says="url"),
    Case(what="an option as address", changes={"git.url": "--upload-pack=id"}, refused_by="schema", says="url"),
    Case(what="a file as address", changes={"git.url": "file:///etc"}, refused_by="schema", says="url"),
    Case(what="a variable in the address", changes={"git.url": "https://h/$HOME"}, refused_by="schema", says="url"),
    Case(what="a branch with a space", changes={"git.branch": "a; rm -rf /"}, refused_by="rule", says="has no blank"),
    Case(
        what="an option as branch",
        changes={"git.branch": "--upload-pack=x"},
        refused_by="rule",
        says="no - at its beginning",
    ),
    Case(what="a variable as branch", changes={"git.branch": "$HOME"}, refused_by="rule", says="has no blank"),
    Case(what="a line break in a branch", changes={"git.branch": "a\nb"}, refused_by="rule", says="has no blank"),
    Case(what="a branch of 300 characters", changes={"git.branch": "b" * 300}, refused_by="schema", says="branch"),
    Case(what="no branch", changes={"git.branch": ""}, refused_by="schema", says="branch"),
    Case(
        what="a short commit",
        changes={"git.branch": REMOVED, "git.commit": "abc123"},
        refused_by="schema",
        says="commit",
    ),
    Case(what="a folder of the machine's", changes={"git.subdir": "/etc"}, refused_by="schema", says="subdir"),
    Case(what="a Secret's path", changes={"git.credentialsSecret": "../x"}, refused_by="schema", says="credentials"),
    Case(what="a time in words", changes={"ttl": "three days"}, refused_by="rule", says="This is no time:"),
    Case(what="a time backwards", changes={"idle": "-1h"}, refused_by="rule", says="This is no time:"),
    Case(what="another size", changes={"size": "huge"}, refused_by="schema", says="size"),
    Case(what="half of the resources", changes={"resources": {"cpu": "1"}}, refused_by="schema", says="resources"),
    Case(
        what="no quantity",
        changes={"resources": {"cpu": "much", "memory": "1Gi"}},
        refused_by="schema",
        says="cpu",
    ),
    Case(what="an image with a space", changes={"image": "a b"}, refused_by="rule", says="This is no image"),
    Case(what="a connection with a path", changes={"connections": ["../x"]}, refused_by="schema", says="connections"),
    Case(what="a setting as number", changes={"config": {"core": {"a": 1}}}, refused_by="schema", says="config"),
    Case(what="asleep in words", changes={"asleep": "yes"}, refused_by="schema", says="asleep"),
    Case(what="a name of 41 characters", name="a" * 41, refused_by="rule", says="at most 40 characters"),
    Case(what="a name with a point", name="a.b", refused_by="rule", says="where it has a point"),
    Case(what="a name of the platform's", name="shared", refused_by="rule", says="kept for the platform"),
    Case(
        what="a branch and a commit",
        changes={"git.commit": COMMIT},
        refused_by="rule",
        says="either a branch or a commit",
    ),
    Case(
        what="neither branch nor commit",
        changes={"git.branch": REMOVED},
        refused_by="rule",
        says="either a branch or a commit",
    ),
    Case(what="a branch that climbs", changes={"git.branch": "../main"}, refused_by="rule", says="'..'"),
    Case(what="a branch with @{", changes={"git.branch": "a@{1}"}, refused_by="rule", says="'@{'"),
    Case(what="a branch that is a lock", changes={"git.branch": "a.lock"}, refused_by="rule", says="'.lock'"),
    Case(what="a branch with a slash behind", changes={"git.branch": "a/"}, refused_by="rule", says="ends with"),
    Case(what="a hidden branch", changes={"git.branch": "a/.b"}, refused_by="rule", says="begins with '.'"),
    Case(what="a folder that climbs", changes={"git.subdir": "dags/../../x"}, refused_by="rule", says="subdir"),
    Case(
        what="a size and resources",
        changes={"size": "small", "resources": {"cpu": "1", "memory": "2Gi"}},
        refused_by="rule",
        says="spec.size cannot be used with spec.resources",
    ),
    Case(what="no time at all", changes={"ttl": "0h"}, refused_by="rule", says="no time at all"),
    Case(
        what="a connection that is not allowed",
        changes={"connections": ["production_db"]},
        refused_by="controller",
        says="spec.connections: 'production_db'",
    ),
    Case(
        what="a variable that is not allowed",
        changes={"variables": ["secret"]},
        refused_by="controller",
        says="spec.variables: 'secret'",
    ),
    Case(
        what="a setting of the chart's",
        changes={"config": {"core": {"executor": "LocalExecutor"}}},
        refused_by="controller",
        says="spec.config.core.executor",
    ),
    Case(
        what="another's database",
        changes={"config": {"database": {"sql_alchemy_conn_cmd": "cat /x"}}},
        refused_by="controller",
        says="spec.config.database.sql_alchemy_conn_cmd",
    ),
    Case(
        what="a door for everybody",
        changes={"config": {"core": {"simple_auth_manager_all_admins": "True"}}},
        refused_by="controller",
        says="simple_auth_manager_all_admins",
    ),
    Case(
        what="a section with a line break",
        changes={"config": {"core\nX": {"a": "b"}}},
        refused_by="controller",
        says="spec.config",
    ),
    Case(what="an image in capitals", changes={"image": "A/B"}, refused_by="controller", says="spec.image"),
)
