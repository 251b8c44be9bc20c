"""The output of `longshore sizing`: the sizes of earlier runs, a plan, a report."""
