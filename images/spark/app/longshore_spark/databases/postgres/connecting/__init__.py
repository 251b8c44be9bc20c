"""Connects to a PostgreSQL: addresses, TLS, and statements through the JDBC driver."""
