"""Log files of a server, followed over its connection."""
