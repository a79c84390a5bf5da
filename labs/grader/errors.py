"""What a student or a teacher is told in one sentence."""


class LabError(Exception):
    """The command can't be carried out; the text says why."""
