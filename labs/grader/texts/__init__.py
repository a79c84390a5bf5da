"""What students hand in that is no program: names, numbers, predictions, results."""
