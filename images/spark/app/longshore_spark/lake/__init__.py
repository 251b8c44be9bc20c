"""The lake: tables of Iceberg's, by Spark's catalog `lake`."""
