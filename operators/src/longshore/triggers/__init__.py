"""The trigger, which waits in the triggerer."""
