"""A file or a URL → `Scenario` → the plans that injectors play; nothing here opens a connection."""
