"""After the run: what it came to, from its journal and nothing else."""
