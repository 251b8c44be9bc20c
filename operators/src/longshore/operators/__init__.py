"""The operators. Importing them is cheap: nothing of boto3, the amazon provider, pyspark or kubernetes is loaded."""

from longshore.operators.container import ContainerOperator
from longshore.operators.emr_container import EmrContainerOperator
from longshore.operators.jdbc_to_spark_container import JdbcToSparkContainerOperator
from longshore.operators.spark_container import SparkContainerOperator
from longshore.operators.spark_to_jdbc_container import SparkToJdbcContainerOperator
from longshore.operators.spark_to_spark_container import SparkToSparkContainerOperator

__all__ = [
    "ContainerOperator",
    "EmrContainerOperator",
    "JdbcToSparkContainerOperator",
    "SparkContainerOperator",
    "SparkToJdbcContainerOperator",
    "SparkToSparkContainerOperator",
]
