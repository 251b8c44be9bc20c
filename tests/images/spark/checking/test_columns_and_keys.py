"""The checks of a source's columns, before anything is written."""

import pytest
from longshore_spark.checking.columns_and_keys import check_names
from longshore_spark.exceptions import SourceError


@pytest.mark.parametrize("pair", [("a", "A"), ("i", "\u0131"), ("\u0130", "i"), ("gr\u00f6\u00dfe", "GR\u00d6\u00dfE")])
def test_columns_that_spark_reads_as_one_are_refused_by_name(pair: tuple[str, str]) -> None:
    with pytest.raises(SourceError, match="cannot tell apart") as refused:
        check_names(["id", *pair], "The source t")
    assert all(repr(name) in str(refused.value) for name in pair)


@pytest.mark.parametrize("pair", [("\u00df", "ss"), ("a", "\u00e4"), ("a b", "ab")])
def test_columns_that_spark_tells_apart_are_taken(pair: tuple[str, str]) -> None:
    check_names(["id", *pair], "The source t")
