"""Trees of queues, good and bad: values of the chart, and the verdict that everyone has to come to.

Everyone: the chart, our checker (`queue_rules`), and YuniKorn itself where it runs (`/ws/v1/validate-conf`, given what
`unchecked.queues_yaml` renders). YuniKorn's may differ where it takes what it then silently ignores.
"""

from dataclasses import dataclass, field
from typing import Any

Values = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Tree:
    """One tree, and whether it may be applied."""

    name: str
    """A short description of the tree or of its fault, used as the test's ID."""
    values: Values
    """Values of helm/yunikorn, beside those of its values.yaml."""
    word: str = ""
    """A word of the reason (in upper or lower case) for which it is refused; empty where it is good."""
    by_yunikorn: bool = field(default=True)
    """True if YuniKorn refuses a bad one as well."""

    @property
    def good(self) -> bool:
        return not self.word


def q(name: str, *children: Values, **more: Any) -> Values:
    """A queue."""
    return {"name": name, **more, **({"children": list(children)} if children else {})}


def good(name: str, *queues: Values, **more: Any) -> Tree:
    return Tree(name=name, values={"queues": list(queues), **more})


def bad(name: str, word: str, *queues: Values, by_yunikorn: bool = True, **more: Any) -> Tree:
    return Tree(name=name, values={"queues": list(queues), **more}, word=word, by_yunikorn=by_yunikorn)


def ignored(name: str, word: str, *queues: Values, **more: Any) -> Tree:
    """A bad one that YuniKorn takes, and then does not heed."""
    return bad(name, word, *queues, by_yunikorn=False, **more)


def users(*names: str, **more: Any) -> Values:
    return {"users": list(names), **more}


def groups(*names: str, **more: Any) -> Values:
    return {"groups": list(names), **more}


CLOSED = {"submit": {"users": [], "groups": []}}
"""Nobody may submit anywhere but where a queue says so."""

NAMES = [
    good("one queue", q("a")),
    good("all characters", q("aA0_:#/@-", q("x_dot_y"))),
    good("a name of 64 characters", q("a" * 64)),
    bad("a name of 65 characters", "name", q("a" * 65)),
    bad("a name with a dot", "name", q("a.b")),
    bad("a name with a space", "name", q("a", q("b c"))),
    bad("a name twice", "twice", q("a"), q("a")),
    bad("a name twice but for its case", "twice", q("a", q("Team"), q("team"))),
    good("a name in two places", q("a", q("x")), q("b", q("x"))),
    ignored("deeper than any rule goes", "nothing is ever put", q("a", q("b", q("c")))),
    bad("a default with queues below it", "queues below it", q("default", q("x"))),
    bad("a default in upper case", "root.default", q("Default")),
    good("a parent of queues that are made", q("a", parent=True)),
    good("a parent of others, too", q("a", q("b"), parent=True, template={"max": {"cpu": 1}})),
    bad("a default that is a parent", "queues below it", q("default", parent=True)),
    ignored("a parent deeper than any rule goes", "nothing is ever put", q("a", q("b", parent=True))),
]
RESOURCES = [
    good("guaranteed within max", q("a", guaranteed={"cpu": 4, "memory": "4Gi"}, max={"cpu": "4", "memory": "4096Mi"})),
    good("guaranteed of what has no max", q("a", guaranteed={"memory": "4Gi"}, max={"cpu": 1})),
    bad("guaranteed above max", "guaranteed", q("a", guaranteed={"cpu": 10}, max={"cpu": 4})),
    bad("guaranteed above max in another unit", "guaranteed", q("a", guaranteed={"cpu": "4001m"}, max={"cpu": 4})),
    bad("guaranteed above max by one byte", "guaranteed", q("a", guaranteed={"memory": 1025}, max={"memory": "1Ki"})),
    bad("guaranteed above a max of 0", "guaranteed", q("a", guaranteed={"cpu": 1}, max={"cpu": 0})),
    good("fractions", q("a", guaranteed={"cpu": 1.5, "memory": "0.5Gi"}, max={"cpu": "1500m", "memory": "512Mi"})),
    bad("a fraction above max", "guaranteed", q("a", guaranteed={"memory": "1.5Gi"}, max={"memory": "1535Mi"})),
    good("large numbers", q("a", guaranteed={"memory": 10000000}, max={"memory": "4Pi", "cpu": 1000000})),
    good("other resources", q("a", guaranteed={"nvidia.com/gpu": 1}, max={"nvidia.com/gpu": 4, "pods": 100})),
    bad("a number that is none", "ten", q("a", max={"cpu": "ten"})),
    bad("a negative number", "-1", q("a", max={"cpu": -1})),
    bad("a unit that there is not", "4Q", q("a", max={"memory": "4Q"})),
    bad("thousandths of a byte", "500m", q("a", max={"memory": "500m"})),
    bad("more than can be counted", "99999", q("a", max={"memory": "99999Pi"})),
    good("max within the one above", q("a", q("b", max={"cpu": 4}), q("c", max={"cpu": 4}), max={"cpu": 4})),
    bad("max above the one above", "max", q("a", q("b", max={"cpu": 5}), max={"cpu": 4})),
    good("no max below one", q("a", q("b"), max={"cpu": 4})),
    good("sum of guaranteed within the one above",
         q("a", q("b", guaranteed={"cpu": 2}), q("c", guaranteed={"cpu": 2}), guaranteed={"cpu": 4})),
    bad("sum of guaranteed above the one above", "sum",
        q("a", q("b", guaranteed={"cpu": 2}), q("c", guaranteed={"cpu": "2100m"}), guaranteed={"cpu": 4})),
    bad("sum of guaranteed above the max above", "sum",
        q("a", q("b", guaranteed={"memory": "3Gi"}), q("c", guaranteed={"memory": "3Gi"}), max={"memory": "5Gi"})),
    bad("guaranteed above the max above", "sum", q("a", q("b", guaranteed={"cpu": 5}), max={"cpu": 4})),
    bad("guaranteed below one that says 0", "sum", q("a", q("b", guaranteed={"cpu": 1}), guaranteed={"cpu": 0})),
    good("guaranteed below one that says nothing of it",
         q("a", q("b", guaranteed={"cpu": 1}), guaranteed={"memory": 9})),
    good("a template within max",
         q("a", max={"cpu": 4}, parent=True, template={"max": {"cpu": "4000m", "memory": "9Gi"}})),
    ignored("a template above max", "template", q("a", max={"cpu": 4}, parent=True, template={"max": {"cpu": 5}})),
    ignored("a template with a number that is none", "ten", q("a", parent=True, template={"max": {"cpu": "ten"}})),
]  # fmt: skip
APPLICATIONS = [
    good("as many below", q("a", q("b", maxApplications=3), q("c", maxApplications=3), maxApplications=3)),
    bad("more below", "maxapplications", q("a", q("b", maxApplications=4), maxApplications=3)),
    bad("any number below", "maxapplications", q("a", q("b"), maxApplications=3)),
    good("a number below any", q("a", q("b", maxApplications=4))),
    bad("a negative number of applications", "maxapplications", q("a", maxApplications=-1)),
]
LIMITS = [
    good("a limit for one and for others",
         q("a", limits=[users("ann", maxApplications=1), users("*", max={"cpu": 1})])),
    good("a limit of groups", q("a", limits=[groups("ops", maxApplications=3), groups("*", maxApplications=1)])),
    good("names of both kinds", q("a", limits=[users("_a:#/b.c@d-$", maxApplications=1) | groups("o:p.s-", "_x")])),
    bad("nobody", "no user", q("a", limits=[{"maxApplications": 1}])),
    bad("a user that is no name", "name", q("a", limits=[users("1st", maxApplications=1)])),
    bad("a group that is no name", "name", q("a", limits=[groups("a@b", maxApplications=1)])),
    bad("a user twice", "twice", q("a", limits=[users("ann", maxApplications=1), users("ann", max={"cpu": 1})])),
    bad("a user twice in one", "twice", q("a", limits=[users("ann", "ann", maxApplications=1)])),
    bad("a group twice", "twice", q("a", limits=[groups("ops", maxApplications=1), groups("ops", max={"cpu": 1})])),
    bad("all others twice", "twice", q("a", limits=[users("*", maxApplications=1), users("*", max={"cpu": 1})])),
    bad("a user after all others", "after",
        q("a", limits=[users("*", maxApplications=1), users("ann", max={"cpu": 1})])),
    bad("a user after all others in one", "after", q("a", limits=[users("*", "ann", maxApplications=1)])),
    bad("a group after all others", "after", q("a", limits=[groups("b", "*", "ops", maxApplications=1)])),
    bad("all groups alone", "only group", q("a", limits=[groups("*", maxApplications=1)])),
    bad("nothing limited", "limits nothing", q("a", limits=[users("ann")])),
    bad("a max of 0", "nothing at all", q("a", limits=[users("ann", max={"cpu": 0, "memory": 0})])),
    good("a max of 0 of one resource", q("a", limits=[users("ann", max={"cpu": 0, "memory": 1})])),
    bad("a max that is no quantity", "4Q", q("a", limits=[users("ann", max={"memory": "4Q"})])),
    good("as much as the queue",
         q("a", limits=[users("ann", max={"cpu": 4}, maxApplications=2)], max={"cpu": 4}, maxApplications=2)),
    bad("more than the queue", "max", q("a", limits=[users("ann", max={"cpu": 5})], max={"cpu": 4})),
    good("more than the queue above it", q("a", q("b", limits=[users("ann", max={"cpu": 5})]), max={"cpu": 4})),
    bad("more applications than the queue", "maxapplications",
        q("a", limits=[users("ann", maxApplications=3)], maxApplications=2)),
    good("less than above",
         q("a", q("b", limits=[users("ann", max={"cpu": 1}, maxApplications=1)]),
           limits=[users("ann", max={"cpu": 2}, maxApplications=1)])),
    bad("more than above", "above it",
        q("a", q("b", limits=[users("ann", max={"cpu": 3})]), limits=[users("ann", max={"cpu": 2})])),
    bad("more than all others above", "above it",
        q("a", q("b", limits=[users("ann", max={"cpu": 3})]), limits=[users("*", max={"cpu": 2})])),
    good("more than all others above, by name",
         q("a", q("b", limits=[users("ann", max={"cpu": 3})]),
           limits=[users("ann", max={"cpu": 3}), users("*", max={"cpu": 2})])),
    bad("all others more than above", "above it",
        q("a", q("b", limits=[users("*", max={"cpu": 3})]), limits=[users("*", max={"cpu": 2})])),
    bad("a group's more than above", "above it",
        q("a", q("b", limits=[groups("ops", max={"cpu": 3})]), limits=[groups("ops", max={"cpu": 2})])),
    bad("more applications than above", "above it",
        q("a", q("b", limits=[users("ann", maxApplications=3)]), limits=[users("ann", maxApplications=2)])),
    bad("any number of applications, unlike above", "above it",
        q("a", q("b", limits=[users("ann", max={"cpu": 1})]), limits=[users("ann", maxApplications=2)])),
    bad("more than two levels above", "above it", q("a", q("b", limits=[users("ann", max={"cpu": 3})])),
        root={"limits": [users("ann", max={"cpu": 2})]}),
    good("a limit for everything", q("a"), root={"limits": [users("*", max={"cpu": 2}, maxApplications=9)]}),
]  # fmt: skip
ACCESS = [
    good("who may submit", q("a", submit={"users": ["ann", "b.c@d"], "groups": ["ops"]}), root=CLOSED),
    good("who may administer", q("a", admin={"groups": ["ops"]})),
    good("everyone below", q("a", submit={"users": ["*"]}), root=CLOSED),
    ignored("a user that YuniKorn leaves out", "1st", q("a", submit={"users": ["1st"]}), root=CLOSED),
    ignored("a user with a colon", "a:b", q("a", submit={"users": ["a:b"]}), root=CLOSED),
    ignored("a group with a dot", "o.ps", q("a", admin={"groups": ["o.ps"]})),
    ignored("some where everyone may", "changes nothing", q("a", submit={"users": ["ann"]})),
    ignored("some below where everyone may", "changes nothing",
            q("a", q("b", submit={"users": ["ann"]}), submit={"users": ["*"]}), root=CLOSED),
    ignored("everyone and some", "*", q("a", submit={"users": ["*", "ann"]}), root=CLOSED),
]  # fmt: skip
PROPERTIES = [
    good("everything said",
         q("a", sort="fifo", preemption={"policy": "fence", "delaySeconds": 10},
           priority={"policy": "fence", "offset": -5}, gang={"style": "Hard", "timeoutSeconds": 60})),
    good("everything said for queues that are made",
         q("a", parent=True, sort="fifo", preemption={"policy": "disabled", "delaySeconds": 10},
           priority={"offset": 1}, gang={"style": "Hard", "timeoutSeconds": 60})),
    ignored("a fair parent with gangs", "fair", q("a", parent=True, sort="fair", gang={"style": "Soft"})),
    good("fair without gangs", q("a", sort="fair")),
    ignored("fair with gangs", "fair", q("a", sort="fair", gang={"style": "Soft"})),
    ignored("fair below gangs", "fair", q("a", q("b", sort="fair"), gang={"timeoutSeconds": 60})),
    ignored("gangs below fair", "fair", q("a", q("b", gang={"timeoutSeconds": 60}), sort="fair")),
    good("fifo below fair", q("a", q("b", sort="fifo", gang={"timeoutSeconds": 60}), sort="fair")),
    ignored("a sorting that there is not", "sort", q("a", sort="lifo")),
    ignored("a style that there is not", "style", q("a", gang={"style": "hard"})),
    ignored("a preemption policy that there is not", "policy", q("a", preemption={"policy": "fenced"})),
    ignored("a delay of the past", "delay", q("a", preemption={"delaySeconds": -1})),
    ignored("an offset that is too large", "offset", q("a", priority={"offset": 2**31})),
    good("nodes by weight", q("a"), nodeSort={"policy": "fair", "weights": {"cpu": 2, "memory": 0.5}}),
    bad("an order of nodes that there is not", "binpacking", q("a"), nodeSort={"policy": "random"}),
    bad("a negative weight", "weight", q("a"), nodeSort={"weights": {"cpu": -1}}),
]  # fmt: skip
TREES = [*NAMES, *RESOURCES, *APPLICATIONS, *LIMITS, *ACCESS, *PROPERTIES]
