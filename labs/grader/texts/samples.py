"""The results of lab-bench run, samples.tsv and run.txt: are they whole, and can they be so?"""
import csv
import statistics

from ..base.errors import LabError

FILES = ('samples.tsv', 'run.txt')
COLUMNS = ('experiment', 'server', 'x', 'round', 'attempt', 'state', 'note', 'seconds', 'requests',
           'p50_us', 'p99_us', 'p999_us', 'max_us', 'user_s', 'system_s', 'pss_bytes',
           'page_table_bytes', 'before_bytes', 'page_table_before_bytes', 'kernel_bytes',
           'kernel_before_bytes')
# disturbed ones too: all of a round were disturbed alike
USABLE = ('good', 'steal', 'others', 'generator')
# all that lab-bench writes
COUNTED = (*USABLE, 'limit', 'errors', 'crashed', 'cannot')
MOST_BUSY = 1.5          # of what all processors have: clocks tick coarsely
TICKS = 0.2              # seconds of processor time that are no proof of anything

FIGURES = {
    'memory': lambda row: (row['pss_bytes'] + row['page_table_bytes'] - row['before_bytes'])
    / row['x'],
    'cost': lambda row: (row['user_s'] + row['system_s']) / row['requests'],
    'p50': lambda row: row['p50_us'],
    'p99': lambda row: row['p99_us'],
}

# the states in which a sample says something of the server alone, as lab-bench has it
# (docs/benchmarking.md): the generator may be the bottleneck where no time is measured
FIT = {'memory': USABLE, 'cost': ('good', 'generator'), 'p50': ('good',), 'p99': ('good',)}


def _number(text):
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if 0 <= value < 1e18 else None


class Results:
    """What was measured: rows by point, a point being (server, x); `figure` is what counts, and a
    point is to be compared if it has `enough` rounds with an undisturbed sample."""

    def __init__(self, experiment, figure, enough, table, facts):
        self.experiment, self.figure, self.enough = experiment, figure, enough
        self.facts, self.servers = {}, []
        for line in facts.splitlines():
            name, _, value = line.partition('=')
            if name == 'server':
                self.servers.append(value.split('\t')[0])
            self.facts[name] = value
        rows = self._read(table)
        missing = [name for name in COLUMNS if not rows or name not in rows[0]]
        if missing:
            raise LabError(f'samples.tsv has no rows, or no column {missing[0]}')
        self.all = [self._row(number, row) for number, row in enumerate(rows, 2)]
        self.points = {}
        for row in self.all:
            self.points.setdefault((row['server'], row['x']), []).append(row)

    @staticmethod
    def _read(table):
        try:
            return list(csv.DictReader(table.splitlines(), delimiter='\t', quoting=csv.QUOTE_NONE))
        except csv.Error as error:
            raise LabError(f'samples.tsv can not be read: {error}') from error

    def _row(self, number, row):
        short = [name for name in COLUMNS if row[name] is None]
        if short:
            raise LabError(f'samples.tsv, line {number}: it ends before the column {short[0]}')
        words = {name: row[name] for name in ('experiment', 'server', 'state', 'note')}
        values = {name: _number(row[name]) for name in COLUMNS if name not in words}
        if words['experiment'] != self.experiment or values['x'] is None:
            raise LabError(f'samples.tsv, line {number}: not of `lab-bench run {self.experiment}`')
        return {**values, **words, 'line': number}

    def usable(self, point):
        """The rows of a point that were measured."""
        return [row for row in self.points.get(point, []) if row['state'] in USABLE]

    def fit(self, point, figure=None):
        """{round: figure}, this one or what counts; of repetitions the first that is fit for it."""
        figure, found = figure or self.figure, {}
        for row in self.points.get(point, []):
            if row['state'] in FIT[figure]:
                found.setdefault(row['round'], FIGURES[figure](row))
        return found

    def fit_rounds(self, points, figure=None):
        """In how many rounds each of the points has a sample that is fit."""
        return len(set.intersection(*(set(self.fit(point, figure)) for point in points)))

    def by_round(self, point, figure=None):
        """{round: figure}, of what is fit; if that is not enough, of what was measured at all: of
        repetitions the last."""
        fit = self.fit(point, figure)
        of = FIGURES[figure or self.figure]
        return fit if len(fit) >= self.enough else \
            {row['round']: of(row) for row in self.usable(point)}

    def values(self, point, figure=None):
        """The figure in each round."""
        found = list(self.by_round(point, figure).values())
        if not found:
            raise LabError(f'{point[0]} was not measured at {point[1]}')
        return found

    def median(self, point, figure=None):
        """Of the rounds."""
        return statistics.median(self.values(point, figure))

    def ratio(self, above, below, figure=None):
        """The median of the ratios within a round."""
        first, second = self.by_round(above, figure), self.by_round(below, figure)
        both = [first[one] / second[one] for one in first if second.get(one, 0) > 0]
        if both:
            return statistics.median(both)
        return self.median(above, figure) / self.median(below, figure)

    def stands_still(self, point):
        """Did no client get an answer there?"""
        return any(row['state'] == 'cannot' and 'still' in row['note']
                   for row in self.points.get(point, []))

    # ---- is it whole, and plausible? ----

    def want(self, servers, xs, rounds, others=()):
        """LabError: rounds are missing, or it can't have been measured so.

        others: (figure, point), of what is compared besides the figure that counts
        """
        self._facts_wrong()
        absent = [name for name in servers if name not in self.servers]
        if absent:
            raise LabError(f'run.txt names no server {absent[0]}')
        self._rows_wrong()
        for point in ((server, x) for server in servers for x in xs):
            if self.stands_still(point):
                continue
            found = len(self.by_round(point))
            if found < rounds:
                raise LabError(f'{point[0]} at {point[1]} has {found} rounds; {rounds} are wanted. '
                               'Measure again, on a busy machine with `measure --steal 100`; '
                               'the script puts these results aside')
            if min(self.values(point)) <= 0:
                raise LabError(f'{point[0]} at {point[1]} costs nothing: measure longer, -t 1')
        for figure, point in others:
            if self.median(point, figure) <= 0:
                raise LabError(f'{figure} of {point[0]} at {point[1]} is not above 0. On a busy '
                               'machine other programs give memory back meanwhile: measure again')

    def _facts_wrong(self):
        facts = self.facts
        if not facts.get('command', '').startswith(f'lab-bench run {self.experiment}'):
            raise LabError(f'run.txt is not of `lab-bench run {self.experiment}`')
        if not facts.get('ended') or facts.get('interrupted') != 'no':
            raise LabError('the run was interrupted: measure again; the script puts these results '
                           'aside')
        counts = {state: _number(facts.get(f'samples_{state}')) for state in COUNTED}
        rows = {state: sum(row['state'] == state for row in self.all) for state in COUNTED}
        if counts != rows or sum(rows.values()) != len(self.all):
            raise LabError('run.txt counts other samples than samples.tsv has')
        total = sum(row['seconds'] or 0 for row in self.all)
        if total > (_number(facts.get('duration_s')) or 0):
            raise LabError('the samples took longer than the whole run')

    def _rows_wrong(self):
        keys, figures = set(), set()
        for row in self.all:
            key = (row['server'], row['x'], row['round'], row['attempt'])
            if key in keys:
                raise LabError(f'samples.tsv, line {row["line"]}: this sample is there already')
            keys.add(key)
            if row['state'] not in USABLE:
                continue
            if wrong := self._row_wrong(row):
                raise LabError(f'samples.tsv, line {row["line"]}: {wrong}')
            figure = tuple(row[name] for name in ('seconds', 'requests', 'p50_us', 'p99_us',
                                                  'max_us', 'user_s', 'system_s', 'pss_bytes'))
            if figure in figures:
                raise LabError(f'samples.tsv, line {row["line"]}: no two samples are the same')
            figures.add(figure)

    def _row_wrong(self, row):
        missing = [name for name in COLUMNS if row[name] is None and name != 'p999_us']
        if missing:
            return f'no {missing[0]}'
        if row['p999_us'] is None:  # of fewer than 1000 requests there is none
            row['p999_us'] = row['max_us']
        if row['seconds'] <= 0 or row['requests'] <= 0:
            return 'nothing was measured'
        if not row['p50_us'] <= row['p99_us'] <= row['p999_us'] <= row['max_us']:
            return 'the latencies do not rise'
        processors = _number(self.facts.get('processors')) or 1
        if row['user_s'] + row['system_s'] > MOST_BUSY * processors * row['seconds'] + TICKS:
            return 'more processor time than there is'
        return ''
