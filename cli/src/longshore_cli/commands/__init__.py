"""The commands as a user types them: arguments, options, and the function that each command calls."""
