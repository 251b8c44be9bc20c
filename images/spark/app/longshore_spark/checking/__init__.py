"""Checks of columns, keys and rows, and how a target's columns follow its source's."""
