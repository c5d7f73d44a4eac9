"""What hands ask, done: one file for each kind of command."""
