"""What exercises, submissions and verdicts are, and where things are. Knows no other room."""
