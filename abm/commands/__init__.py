"""What the commands of ``omland`` do; loaded only when a command is run."""
