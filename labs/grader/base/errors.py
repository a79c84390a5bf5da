"""What a student or a teacher is told in one sentence."""


class LabError(Exception):
    """The command can't be carried out; the text says why."""


class MachineError(LabError):
    """The same, and not because of what was handed in: this machine or the project is in the way.
    Nothing is judged."""
