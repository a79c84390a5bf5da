"""Are the exercises in order: data, starters, solutions, pages, handouts?"""
