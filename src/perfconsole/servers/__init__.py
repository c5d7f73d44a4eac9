"""The servers under load: their own figures over SSH, and those of this machine."""
