"""The types by which the applications, the lake and the databases know each other."""
