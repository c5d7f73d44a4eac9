"""perfconsole: drive a load test by hand from the terminal."""

__version__ = "0.1.0"
