"""What an exercise is: the data of labs/NN-name/exercise.json."""
import functools
import json
import re
from pathlib import Path

from . import language, paths, private
from .errors import LabError

KINDS = ('build', 'find', 'observe', 'own')
CONVERSATION = 'conversation.txt'


class Exercise:
    """A build has model, holes and cases, a find has variants, an observe has a scene (a module of
    observe/) and programs, an own has cases, stages of the ladder; all have hints and points."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.name = self.folder.name
        with open(self.folder / 'exercise.json', encoding='utf-8') as file:
            data = json.load(file)
        self.number, self.title, self.kind = data['number'], data['title'], data['kind']
        self.minutes = data['minutes']
        self.model = data.get('model')
        self.holes = data.get('holes', [])
        self.cases = data.get('cases', [])
        self.of_source = data.get('source')
        self.form = data.get('form', self.kind)  # of a design: what is handed in
        self.unseen = data.get('unseen', [])     # mutants that no student sees, in groups
        self.document, self.groups = data.get('document', {}), data.get('groups', [])
        self.variants = data.get('variants', [])
        self.measure = data.get('measure', {})   # what is run, and what is predicted of it
        if self.kind == 'find':
            self.variants = private.variants(self.name) or self.variants
        self.scene = data.get('scene')
        self.programs = data.get('programs', [])  # servers that the scene runs
        self.needs_strace = data.get('strace', False)
        self.answer_file = data.get('file')
        self.continues, self.greets = data.get('continues'), data.get('greets', '')
        self.full_points = data.get('points') or sum(case['points'] for case in self.cases)

    @property
    def file(self):
        """The one file that is taken of a submission."""
        by_kind = Path(self.source).name if self.kind == 'build' else CONVERSATION
        return self.answer_file or by_kind

    @property
    def is_drawn(self):
        """Does what is handed out depend on the student number?"""
        return self.kind == 'observe' or bool(self.variants)

    @property
    def source(self):
        """Of a build: the source whose functions are emptied."""
        return self.of_source or f'{self.model}/server.c'

    def model_of(self, case):
        """The server with which a case is tried: a source of core/ is part of several."""
        return case.get('model', self.model)

    @property
    def solution(self):
        """Of a build: the whole source, as it is in the project or in the exercise's folder."""
        own = self.folder / 'solution' / self.file
        return own if own.is_file() else paths.ROOT / self.source

    def text_in(self, tongue):
        """The page that the student reads, in a language of language.py."""
        return language.page(self.folder, 'README', tongue)

    def hints_in(self, tongue):
        """The three of hints.md: what to observe, which part of the source, how."""
        text = language.page(self.folder, 'hints', tongue)
        return [hint.strip() for hint in re.split(r'^(?=\d\. )', text, flags=re.M) if hint.strip()]

    @property
    def text(self):
        """The page, in the user's language."""
        return self.text_in(language.of_user())

    @property
    def hints(self):
        """The hints, in the user's language."""
        return self.hints_in(language.of_user())

    def variant(self, student):
        """Which server with a mistake this student gets: neighbours get different ones."""
        return self.variants[(student + self.number) % len(self.variants)]


@functools.lru_cache
def all_exercises():
    """All exercises that there are, by number."""
    found = [Exercise(path.parent) for path in paths.EXERCISES.glob('[0-9][0-9]-*/exercise.json')]
    private.check_names(found)
    return {one.number: one for one in sorted(found, key=lambda one: one.number)}


def numbered(text):
    """The exercise that N= names."""
    numbers = all_exercises()
    known = ', '.join(map(str, numbers))
    if not text:
        raise LabError(f'which exercise? N= is one of {known}; `make labs` lists them')
    if not text.isdecimal() or int(text) not in numbers:
        raise LabError(f'there is no exercise {text}; N= is one of {known}')
    return numbers[int(text)]
