"""What labs-check runs: are the exercises in order, and is the grader itself?"""
