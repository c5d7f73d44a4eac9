"""What Linux tells of itself: texts of /proc and df → counters → metrics. Pure."""
