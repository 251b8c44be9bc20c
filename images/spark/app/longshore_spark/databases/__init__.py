"""The databases that transfers read and write: a module or package for each kind, and the list of their dialects."""
