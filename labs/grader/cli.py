"""The commands of a student and of a teacher."""
import argparse
import os
import shlex
import sys

from . import checks, formats, given, grade, handout, progress
from .base import exercise, paths, submission, verdict
from .base.errors import LabError
from .safety import sandbox, supervisor
from .servers import build, machine, variants


def shown(path):
    """A path as the student would type it."""
    return os.path.relpath(path, os.getcwd())


def student_of(arguments):
    """The student's number, see progress.py."""
    drawn = [one for one in exercise.all_exercises().values() if one.is_drawn]
    return progress.student(arguments.student, drawn)


def folder_of(one):
    """Where the student works."""
    return paths.WORK / one.name


def command_list(_):
    """make labs"""
    done, total, full, left = progress.load(), 0, 0, 0
    for one in exercise.all_exercises().values():
        mine = {**{'points': 0, 'hints': 0, 'gave_up': False}, **done.get(one.name, {})}
        total, full = total + mine['points'], full + one.full_points
        state = 'begun' if folder_of(one).is_dir() else ''
        state = 'done' if mine['points'] == one.full_points else state
        state = 'given up' if mine['gave_up'] else state
        of_teacher = checks.document.rubric_points(one)
        left += of_teacher
        more = f' + {of_teacher:g}' if of_teacher else ''
        print(f'  {one.number:2}  {one.title:<30} {one.kind:<6} {one.minutes:3} min '
              f'{mine["points"]:2g}/{one.full_points:<2g}{more:4} points  {state}'.rstrip())
    print(f'\n{total:g} of {full:g} points, and {left:g} more that the teacher gives: those behind '
          'the +. `make lab N=9` hands out exercise 9.')
    print('labs/README.md explains.')


def command_lab(arguments):
    """make lab N="""
    one = exercise.numbered(arguments.number)
    folder = folder_of(one)
    student = student_of(arguments)
    target = folder / one.file
    folder.mkdir(parents=True, exist_ok=True)
    text = one.text.replace('](../', '](../../')  # one folder deeper than where it stands
    (folder / 'README.md').write_text(text, encoding='utf-8')
    for more in sorted((one.folder / 'starter').glob('*')):
        if more.name != one.file and not (folder / more.name).exists():
            (folder / more.name).write_bytes(more.read_bytes())
    kept = target.exists()
    if one.kind == 'own' and not kept:
        checks.own.hand_out(one, folder)
    elif not kept:
        begin = given.STARTER_OF_FIND if one.kind == 'find' else None
        if one.kind == 'observe':
            begin = checks.observe.starter(one, student)
        begin = given.starter(one, student) if begin is None else begin
        target.write_text(begin, encoding='utf-8')
    if one.variants:
        variants.hand_out(one, one.variant(student), folder / 'server')
    print(text)
    if one.kind == 'observe':
        print(checks.observe.hand_out(one, student, folder))
    if one.kind == 'measure':
        checks.measure.hand_out(one, folder)
        print(f'Then measure: {shown(folder / "measure")}')
    where = shown(folder if one.kind == 'own' else target)
    print(f'{where} is there already, and stays as it is.' if kept else
          f'Write your answer in {where}.')
    if one.variants:
        print(f'The server with the mistake: {shown(folder / "server")} (student {student}).')
    if one.kind in ('build', 'repair') or one.form == 'server':
        print(f'To run it: make try N={one.number}')
    print(f'Then: make check N={one.number}')
    if progress.remembered() is None:
        print('No STUDENT= was given: you are student 1. If you have another number, '
              f'{f"move {shown(folder)} away, and " if one.is_drawn else ""}give it: '
              f'make lab N={one.number} STUDENT=17')
    elif one.is_drawn:
        print(f'You are student {student}.')


def command_try(arguments):
    """make try N="""
    one = exercise.numbered(arguments.number)
    if one.kind not in ('build', 'repair') and one.form != 'server':
        raise LabError(f'exercise {one.number} has no source to build; `make try` is for those of '
                       'the kinds build and repair, and for a model of your own')
    if one.kind == 'repair':
        variant = one.variant(student_of(arguments))
        one.model, one.of_source = variant['model'], variant['source']
    source = folder_of(one) / one.file
    if not source.is_file():
        raise LabError(f'{shown(source)} is missing; `make lab N={one.number}` hands it out')
    if one.form == 'server':
        one = checks.server.as_shared(one, submission.text(source.parent, source.name))
    target = source.with_name('mine')
    sys.stdout.write(build.to_try(one, source, target))
    print(f'{shown(target)} is your server; it serves the folder files, under strace or gdb, too:\n'
          f'    mkdir -p files; {shlex.quote("./" + shown(target))} -p 9000 -d files')


def command_check(arguments):
    """make check N="""
    one = exercise.numbered(arguments.number)
    folder = folder_of(one)
    if not (folder / one.file).exists():
        raise LabError(f'{shown(folder / one.file)} is missing; '
                       f'`make lab N={one.number}` hands it out')
    result = checks.check(one, folder, student_of(arguments))
    print(formats.lines(result))
    if not sandbox.is_private():
        print('\n(This machine gives no name spaces: the server ran in its network.)')
    mine = progress.of(one)
    if result.judged and not mine['gave_up'] and result.points > mine['points']:
        progress.remember(one, points=result.points)
    print(f'\n{result.points:g} of {result.of:g} points.', end=' ')
    full = 'Full marks.' if paths.is_handout() else 'Full marks: `make solution` shows ours.'
    print(full if result.complete else f'A hint: make hint N={one.number}')
    return 0 if result.complete else 1


def command_hint(arguments):
    """make hint N="""
    one = exercise.numbered(arguments.number)
    if not one.hints:
        raise LabError('this handout has no hints: ask your teacher')
    number = min(progress.of(one)['hints'], len(one.hints) - 1) + 1
    progress.remember(one, hints=number)
    print('\n\n'.join(one.hints[:number]))
    last = ' There are no more.' if number == len(one.hints) else ''
    print(f'\nHint {number} of {len(one.hints)}; hints cost no points.{last}')


def command_solution(arguments):
    """make solution N="""
    one = exercise.numbered(arguments.number)
    if paths.is_handout():
        raise LabError('this handout has no solutions: ask your teacher')
    mine = progress.of(one)
    if mine['points'] < one.full_points and not mine['gave_up']:
        if not arguments.give_up:
            raise LabError(f'you have {mine["points"]:g} of {one.full_points:g} points. To see a '
                           f'solution now is to give up: make solution N={one.number} GIVE_UP=1')
        progress.remember(one, gave_up=True)
    print(given.solution(one, student_of(arguments)))


def command_grade(arguments):
    """make grade SUBMISSION="""
    return grade.grade(arguments)


def command_handout(arguments):
    """make handout INTO="""
    handout.write(arguments.into, arguments.only, arguments.hints)


def command_machine(_):
    """make, in a handout, before it compiles"""
    machine.check()


def command_self_check(arguments):
    """make labs-check"""
    # it is above: it runs commands. pylint: disable-next=import-outside-toplevel
    from .selfcheck import run as selfcheck
    return selfcheck.run(arguments.quick, arguments.only)


def parse():
    """The command line; N and STUDENT come in the environment."""
    parser = argparse.ArgumentParser(prog='labs/lab', description=__doc__)
    commands = parser.add_subparsers(required=True)
    for name, function in [('list', command_list), ('lab', command_lab), ('check', command_check),
                           ('try', command_try),
                           ('hint', command_hint), ('machine', command_machine)]:
        commands.add_parser(name).set_defaults(function=function)
    one = commands.add_parser('solution')
    one.add_argument('--give-up', action='store_true')
    one.set_defaults(function=command_solution)
    one = commands.add_parser('grade')
    one.add_argument('--format', default='text')
    one.add_argument('--tsv', default='', metavar='FILE', help='write these rows to a file, too')
    one.add_argument('--no-sandbox', action='store_true', help='also where there can be none')
    one.add_argument('submission', nargs='?', default='')
    one.set_defaults(function=command_grade)
    one = commands.add_parser('handout')
    one.add_argument('--into', default='')
    one.add_argument('--only', default='')
    one.add_argument('--hints', default='')
    one.set_defaults(function=command_handout)
    one = commands.add_parser('self-check')
    one.add_argument('--quick', action='store_true')
    one.add_argument('--only', default='')
    one.set_defaults(function=command_self_check)
    arguments = parser.parse_args()
    arguments.number = os.environ.get('N', '').strip()
    arguments.student = os.environ.get('STUDENT', '').strip()
    return arguments


def main():
    """Runs the command of the command line: its exit status."""
    return supervisor.run(run)


def run():
    """Runs a command; what went wrong is said in one sentence."""
    arguments = parse()
    sys.stdout.reconfigure(errors='backslashreplace')  # not every name of a file is UTF-8
    try:
        build.compiler()
        if arguments.function in (command_lab, command_try, command_check):
            machine.check()
        return arguments.function(arguments) or 0
    except LabError as error:
        print(f'labs: {error}', file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # pylint: disable=broad-except  (a file that can't be written ...)
        print(f'labs: {verdict.reason(error)}', file=sys.stderr)
        return 2
