"""What differs from student to student: drawn by number, the same on every machine."""
import hashlib


class Draw:
    """All numbers of one exercise for one student. Each is drawn by a name of its own."""

    def __init__(self, one, student):
        self.key = f'{one.number}/{student}'

    def _hash(self, name):
        return int(hashlib.sha256(f'{self.key}/{name}'.encode()).hexdigest(), 16)

    def number(self, name, low, high):
        """From low to high, both included."""
        return low + self._hash(name) % (high - low + 1)

    def choice(self, name, things):
        """One of them."""
        return things[self._hash(name) % len(things)]

    def order(self, name, things):
        """All of them, shuffled."""
        return sorted(things, key=lambda thing: self._hash(f'{name}/{thing}'))
