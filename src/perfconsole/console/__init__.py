"""The console: a Textual app that is only a client of a run."""
