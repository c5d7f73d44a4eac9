"""What runs on a server at one moment, kept: its processes and the commands of the scenario."""
