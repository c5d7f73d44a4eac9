"""From a RunView to what the widgets show: pure functions, tested without a screen."""
