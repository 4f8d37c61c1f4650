"""How long to wait for PostgreSQL, wherever a connection is made."""

CONNECT_TIMEOUT_S = 5.0
