"""The page "Job runs"."""
