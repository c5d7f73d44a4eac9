"""What has no /proc: commands and pages whose answers are numbers."""
