"""Moves data between databases and the lake, one transfer a Spark application."""
