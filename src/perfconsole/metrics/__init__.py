"""From ticks to figures: histograms, merging, totals, judging, and the one fold of events."""
