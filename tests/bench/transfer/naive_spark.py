"""Spark as its documentation shows it, without options: `spark-submit naive_spark.py JDBC-URL USER FOLDER`.

The password is in the variable PGPASSWORD.
"""

import os
import sys

from pyspark.sql import SparkSession  # type: ignore[import-not-found,unused-ignore]

if __name__ == "__main__":
    url, user, folder = sys.argv[1:]
    catalog = "spark.sql.catalog.plain"
    builder = SparkSession.builder.config(catalog, "org.apache.iceberg.spark.SparkCatalog")
    spark = builder.config(f"{catalog}.type", "hadoop").config(f"{catalog}.warehouse", folder).getOrCreate()
    options = {"user": user, "password": os.environ["PGPASSWORD"], "driver": "org.postgresql.Driver"}
    spark.read.jdbc(url, "orders", properties=options).writeTo("plain.raw.orders").createOrReplace()
    spark.stop()
