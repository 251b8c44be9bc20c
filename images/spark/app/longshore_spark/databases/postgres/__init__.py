"""PostgreSQL's own part of a transfer: types, snapshots, sessions and errors."""
