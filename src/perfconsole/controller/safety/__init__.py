"""What is looked at before a hand's command is done, and what takes it back."""
