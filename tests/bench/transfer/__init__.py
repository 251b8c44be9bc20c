"""`make bench-transfer`: a table of a database to the lake, by both engines and by other programs."""
