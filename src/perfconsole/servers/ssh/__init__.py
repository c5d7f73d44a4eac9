"""Reaching a server by SSH with paramiko: configuration, host keys, login, channels."""
