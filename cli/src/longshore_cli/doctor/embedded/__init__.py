"""Checks of the embedded platform."""
