"""The grammar of what users write: table names, SQL and checks. The Spark application holds the same files."""
