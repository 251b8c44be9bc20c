"""The databases that transfers read and write: a package for each kind, and the list of their dialects."""
