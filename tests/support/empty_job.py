"""A Spark job that does nothing: what it takes is what starting Spark takes."""

from pyspark.sql import SparkSession

SparkSession.builder.getOrCreate().stop()
