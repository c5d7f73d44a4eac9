"""The console's own widgets: pure Python on the Line API, painted whole, repainted line by line."""
