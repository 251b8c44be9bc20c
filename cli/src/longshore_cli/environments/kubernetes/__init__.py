"""The cluster's API, as far as environments need it."""
