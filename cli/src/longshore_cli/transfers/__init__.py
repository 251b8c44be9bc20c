"""Transfers: removes what killed transfers left behind."""
