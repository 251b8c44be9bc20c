"""The command line of the Longshore platform."""
