"""The lake's table by Spark's JDBC writer, set as for speed, and the same swap: `spark_jdbc.py JDBC-URL USER TABLE`.

The password is in the variable PGPASSWORD.
"""

import os
import sys

from pyspark.sql import SparkSession  # type: ignore[import-not-found,unused-ignore]

if __name__ == "__main__":
    url, user, table = sys.argv[1:]
    spark = SparkSession.builder.getOrCreate()
    options = {"user": user, "password": os.environ["PGPASSWORD"], "driver": "org.postgresql.Driver"}
    fast = {"reWriteBatchedInserts": "true", "batchsize": "10000", "numPartitions": "2"}
    spark.table("lake.raw.source").write.jdbc(url, f"{table}_staged", properties=options | fast)
    properties = spark._jvm.java.util.Properties()  # type: ignore[union-attr]
    for name, value in options.items():
        properties.setProperty(name, value)
    session = spark._jvm.org.postgresql.Driver().connect(url, properties)  # type: ignore[union-attr]
    session.createStatement().execute(f"ALTER TABLE {table}_staged RENAME TO {table}")
    session.close()
    spark.stop()
