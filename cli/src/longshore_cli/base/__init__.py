"""Helpers that every part of the command line may use. They use no other part themselves."""
