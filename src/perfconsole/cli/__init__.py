"""The commands: one file each, and the program they make."""
