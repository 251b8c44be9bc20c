"""The command line: what a transfer or a cleaning is asked to do."""
