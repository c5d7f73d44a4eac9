"""The HTTP API: on the socket, on TCP behind a token, and its description."""
