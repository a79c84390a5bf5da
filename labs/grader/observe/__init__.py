"""The scenes of the observe exercises: one file each, named by "scene" in exercise.json.

A scene has task(one, student), the page with this student's numbers; starter(one, student), what
the answer file begins with; solve(one, student), a model answer, made by a live run where there is
one; check(one, folder, student), the verdict. It may have files(one, student): {name: bytes} that
are handed out beside them.
"""
