"""Is the grader in order: what it prints, what it stands, what cheats it?"""
