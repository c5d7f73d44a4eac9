"""The ways to a server: each gives an `Open` on one connection, and leaves nothing behind."""
