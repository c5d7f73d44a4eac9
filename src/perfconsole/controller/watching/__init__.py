"""What is watched while the run goes: limits, objectives, plateaus, knees, load generators."""
