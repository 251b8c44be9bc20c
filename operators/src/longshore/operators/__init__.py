"""The operators. Importing them is cheap: nothing of boto3, the amazon provider, pyspark or kubernetes is loaded."""

from longshore.operators.container import ContainerOperator
from longshore.operators.emr_container import EmrContainerOperator
from longshore.operators.spark_container import SparkContainerOperator
from longshore.operators.transfers import (
    JdbcToSparkContainerOperator,
    SparkToJdbcContainerOperator,
    SparkToSparkContainerOperator,
)

__all__ = [
    "ContainerOperator",
    "EmrContainerOperator",
    "JdbcToSparkContainerOperator",
    "SparkContainerOperator",
    "SparkToJdbcContainerOperator",
    "SparkToSparkContainerOperator",
]
