"""Something to load: a built-in target with a real capacity limit, and a scenario for it."""
