"""Building servers: the reference, those with a mistake, those of students."""
