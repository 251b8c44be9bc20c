"""Writes to a table of the lake: staged files, checks, one commit of Iceberg's."""
