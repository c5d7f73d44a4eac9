"""Alarms for whoever is not looking: raised once for each cause, delivered to receivers."""
