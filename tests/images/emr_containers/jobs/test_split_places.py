"""Which places take any text, and which one element only."""

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.jobs.parameter_text import split_text
from emr_containers.jobs.split_places import check_value


@pytest.mark.parametrize(
    "key",
    ["spark.app.name", "--name", "spark.acme.query", "spark.executorEnv.TZ", "spark.kubernetes.driverEnv.GREETING"],
)
def test_a_text_takes_white_space_and_commas(key: str) -> None:
    check_value("place", key, split_text("${v}", {"v": "a, b; c\n"}))


@pytest.mark.parametrize(
    "key",
    [
        *("spark.jars.packages", "spark.Plugins", "spark.hadoop.x", "spark.redaction.regex", "--packages", "--class"),
        *("spark.executorEnv.PYTHONPATH", "spark-env.PYSPARK_PYTHON", "core-site.x"),
    ],
)
def test_what_is_spark_s_own_takes_one_element(key: str) -> None:
    check_value("place", key, split_text("x${v}", {"v": "a"}))
    for value in ("a b", "a,b", "a\nb"):
        with pytest.raises(ValidationException, match="parameter 'v'"):
            check_value("place", key, split_text("x${v}", {"v": value}))
