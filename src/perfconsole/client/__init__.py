"""The only way to a run: start or attach to its controller, and a typed client of its API."""
