"""Spark itself: its session, its names and its Java errors."""
