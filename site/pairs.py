"""Two models side by side, function by function, as HTML."""
import html
import sys

from sources import ROOT, coloured

sys.path.insert(0, str(ROOT / 'tests/tools'))
import pairing  # noqa: E402  # make diff pairs functions the same way
from pairing import changes, code, headings, parts  # noqa: E402

WORDS = {
    'same': '{code} is the same in both: {lines} lines',
    'only': 'only in {model}',
    'differ': '{lines} lines differ',
}


def rows(lines, side):
    inner = ''.join(f'<span class="line">{line}\n</span>' for line in lines)
    return f'<pre class="{side}">{inner}</pre>' if lines else f'<div class="{side} nothing"></div>'


def hunks(old, new):
    """Equal lines stand on both sides; the right ones are left out on a narrow screen."""
    left, right = coloured('\n'.join(old)), coloured('\n'.join(new))
    for tag, i, k, j, m in changes(old, new):
        if tag == 'equal':
            again = rows(right[j:m], 'right').replace('<pre', '<pre aria-hidden="true"', 1)
            yield f'<div class="hunk same">{rows(left[i:k], "left")}{again}</div>'
        else:
            a, b = left[i:k], right[j:m]
            yield f'<div class="hunk changed">{rows(a, "left")}{rows(b, "right")}</div>'


def part(heading, old, new, models, file, words):
    name = words.get(heading) or html.escape(heading)
    anchor = f'{file}-{heading.strip("#()")}'
    code = f'<code>{name}</code>'
    if old == new:
        body = ''.join(f'<span class="line">{line}\n</span>' for line in coloured('\n'.join(old)))
        return (
            f'<details class="equal" id="{anchor}">'
            f'<summary>{words["same"].format(code=code, lines=len(old))}</summary>'
            f'<div class="highlight part"><pre>{body}</pre></div></details>'
        )
    count = sum(tag == 'equal' and k - i for tag, i, k, _, _ in changes(old, new))
    how = words['differ'].format(lines=len(old) + len(new) - 2 * count)
    if not old or not new:
        how = words['only'].format(model=models[0] if old else models[1])
    return (
        f'<section class="pair" id="{anchor}">'
        f'<h3>{code}<small>{how}</small></h3>'
        f'<div class="highlight part">{"".join(hunks(old, new))}</div></section>'
    )


def pair(first, second, file, words=WORDS):
    """The page's part about one file, server or minimal."""
    models = (first, second)
    old, new = (parts(code(ROOT / model / f'{file}.c')) for model in models)
    head = f'<div class="hunk names"><b>{first}/{file}.c</b><b>{second}/{file}.c</b></div>'
    body = [
        part(h, old.get(h, []), new.get(h, []), models, file, words)
        for h in headings(old, new)
        if old.get(h) or new.get(h)
    ]
    return head + '\n'.join(body)


def differing(first, second, file):
    """How many lines differ, as make diff counts them."""
    old, new = (parts(code(ROOT / model / f'{file}.c')) for model in (first, second))
    total = 0
    for heading in headings(old, new):
        a, b = old.get(heading, []), new.get(heading, [])
        total += sum((k - i) + (m - j) for tag, i, k, j, m in changes(a, b) if tag != 'equal')
    return total
