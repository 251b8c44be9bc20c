"""The grammar of what users write: table names, SQL and checks. The provider holds the same files."""
