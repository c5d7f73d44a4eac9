"""The run's only record: its folder, and the SQLite journal in it."""
