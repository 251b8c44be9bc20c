"""Names as Spark compares them."""

import pytest
from longshore_spark.spark.names import folded


@pytest.mark.parametrize("pair", [("a", "A"), ("i", "\u0131"), ("\u0130", "i"), ("gr\u00f6\u00dfe", "GR\u00d6\u00dfE")])
def test_names_that_spark_reads_as_one_fold_to_one(pair: tuple[str, str]) -> None:
    assert folded(pair[0]) == folded(pair[1])


@pytest.mark.parametrize("pair", [("\u00df", "ss"), ("a", "\u00e4"), ("a b", "ab")])
def test_names_that_spark_tells_apart_fold_to_two(pair: tuple[str, str]) -> None:
    assert folded(pair[0]) != folded(pair[1])
