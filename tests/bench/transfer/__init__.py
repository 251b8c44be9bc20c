"""`make bench-transfer`: a table of a database to the lake and back, by both engines and by other programs."""
