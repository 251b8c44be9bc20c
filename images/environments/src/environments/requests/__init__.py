"""Requests to the outside world as data: API paths, arguments of Helm, SQL statements. Pure; `clients` sends them."""
