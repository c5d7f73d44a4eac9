"""Scenarios out of what one has already: a command, a recording, a log, another tool's test."""
