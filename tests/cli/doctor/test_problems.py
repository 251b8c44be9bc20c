"""The outcome of a table of checks, and its printed form."""

from longshore_cli.doctor.problems import NotChecked, Outcome, Problem, as_object, outcome_lines, run_checks

PROBLEM = Problem(thing="the disk", reason="it is full.", way_out="remove files.")


def test_each_check_has_an_outcome_in_the_tables_order() -> None:
    table = {"good": lambda _: (), "bad": lambda facts: [facts], "later": lambda _: NotChecked("nothing runs")}
    found = list(run_checks(table, PROBLEM))
    assert found == [
        Outcome(check="good"),
        Outcome(check="bad", problems=(PROBLEM,)),
        Outcome(check="later", not_checked="nothing runs"),
    ]
    assert [each.status for each in found] == ["ok", "wrong", "not checked"]


def test_a_problem_is_printed_with_its_reason_and_the_way_out() -> None:
    lines = list(
        outcome_lines([Outcome(check="disk", problems=(PROBLEM,)), Outcome(check="lock", not_checked="later")])
    )
    assert lines == [
        "wrong       disk",
        "            - the disk",
        "              why: it is full.",
        "              way out: remove files.",
        "not checked lock  (later)",
    ]


def test_programs_get_the_same_as_an_object() -> None:
    assert as_object(Outcome(check="disk", problems=(PROBLEM,)), part="embedded") == {
        "part": "embedded",
        "check": "disk",
        "status": "wrong",
        "notChecked": None,
        "problems": [{"thing": "the disk", "reason": "it is full.", "wayOut": "remove files."}],
    }
