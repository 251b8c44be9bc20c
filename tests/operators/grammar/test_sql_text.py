"""The application reads names, SQL and checks as the operators do."""

import pytest
from longshore.grammar import check_grammar, many_tables, sql_text, table_names
from support.longshore_commands import ROOT


@pytest.mark.parametrize("module", [check_grammar, many_tables, sql_text, table_names])
def test_the_application_has_the_same_file(module: object) -> None:
    name = str(module.__name__).rpartition(".")[2]  # type: ignore[attr-defined]
    rooms = [ROOT / "operators/src/longshore/grammar", ROOT / "images/spark/app/longshore_spark/grammar"]
    assert len({(room / f"{name}.py").read_text() for room in rooms}) == 1
