"""What is Chinese on a page in Chinese besides its text: captions, the theme, timelines."""
import html
import re

CAPTIONS = {
    'Start': '开始',
    'The six models': '六种模型',
    'Notes': '课程笔记',
    'Exercises': '练习',
    'Documents of the course': '课程文档',
    'Measuring': '测量',
    'Using': '使用',
    'What can go wrong': '可能出什么错',
    'Teaching': '教学',
    'Testing': '测试',
    'More': '其他',
}
SHORT = {'First steps': '第一步'}

TITLE = '六种服务器'
AUTHORS = '《六种服务器》的作者'
THEME = {
    'Search': '搜索',
    'Next': '下一页',
    'Previous': '上一页',
    'Home': '首页',
    'Back to top': '回到顶部',
    'On this page': '本页内容',
    'Copyright &#169; %(copyright)s': '版权所有 &#169; %(copyright)s',
    'Made with ': '制作工具：',
    'Error': '出错了',
    'Please activate JavaScript to enable the search functionality.': (
        '搜索需要 JavaScript，请在浏览器里启用它。'
    ),
}
# what the theme has in English only, for readers of screens
HIDDEN = {
    'Toggle child pages in navigation': '展开或收起下级页面',
    'Hide navigation sidebar': '隐藏目录',
    'Hide table of contents sidebar': '隐藏本页内容',
    'Toggle site navigation sidebar': '显示或隐藏目录',
    'Toggle table of contents sidebar': '显示或隐藏本页内容',
    'Toggle Light / Dark / Auto color theme': '切换浅色、深色或自动配色',
    'Contents': '本页内容',
    'Menu': '目录',
    'Expand': '展开',
    'Light mode': '浅色',
    'Dark mode': '深色',
    'Auto light/dark mode': '自动配色',
}
HIDDEN_TEXT = re.compile(f'(?<=>)(?:{"|".join(HIDDEN)})(?=<)')
NOTE = re.compile(r'(?<=aria-label=")note on lines (\d+) to (\d+)(?=")')

# of the pairs
PAIR = {
    'same': '{code} 两边相同：{lines} 行',
    'only': '只在 {model} 里有',
    'differ': '有 {lines} 行不同',
    'declarations': '声明',
}

# of the timelines
PICTURE = {
    'A asks, thinks, asks': 'A 请求，思考，再请求',
    'B asks once': 'B 只请求一次',
    'C wants a checksum': 'C 要一个校验和',
    'D downloads slowly': 'D 慢慢下载',
    'one client at a time: all others wait': '一次一个客户端：其他的都等着',
    'a process for each client': '每个客户端一个进程',
    'a thread for each client, in one process': '一个进程，每个客户端一个线程',
    'one thread for all: select, with bit sets': '一个线程等待所有客户端：select，用位集合',
    'one thread for all: poll, with an array': '一个线程等待所有客户端：poll，用数组',
    'one thread for all: epoll, a list in the kernel': '一个线程等待所有客户端：epoll，关注列表在内核里',
    'waited': '共等待',
    'clients': '客户端',
    'server': '服务器',
    'waits': '等待',
    'waits for the greeting': '等待问候',
    'waits for a reply': '等待答复',
    'receives': '接收',
    'thinks': '思考',
    'works': '运行',
    'asleep in a call': '睡眠在系统调用里',
    'the process': '进程',
    'the parent': '父进程',
    'the thread': '线程',
    'main thread': '主线程',
    'Real traces (strace). What is shorter than': '真实的跟踪结果（strace）。短于',
}
# between lines of a paragraph like these, a browser would show a blank
BROKEN = (
    ('[\u3000-\u9fff\uff00-\uffef]', '[\u3000-\u9fff\uff00-\uffef]'),
    ('[\u3001\u3002\uff01\uff08\uff09\uff0c\uff1a\uff1b\uff1f]', r'[A-Za-z`[]|\d+(?!\. )|\*\*'),
)
TIME = re.compile(r', ([\d.]+ (?:s|ms|µs))$')
PLAIN = re.compile(r'[\d.]+( s| ms| µs)?|0\d_\w+|[a-z]\w*')  # numbers, models, system calls


def page(text):
    """The HTML of a page in Chinese."""
    text = HIDDEN_TEXT.sub(lambda match: HIDDEN[match[0]], text)
    return NOTE.sub(r'第 \1 到 \2 行的注释', text)


def joined(text):
    """Paragraphs without the ends of lines in them; blocks of code stay as they are."""
    lines = ['']
    for line in text.split('\n'):
        bare, last = line.lstrip(' '), lines[-1]
        code = last.startswith('    ') or len(line) - len(bare) >= 4
        if not code and any(re.match(b, bare) and re.match(a, last[-1:]) for a, b in BROKEN):
            lines[-1] += bare
        else:
            lines.append(line)
    return '\n'.join(lines[1:])


def words(text):
    """One text of a picture; a ValueError if it is not known."""
    bare, time = TIME.sub('', text), TIME.search(text)
    behind = f'，{time[1]}' if time else ''
    if bare in PICTURE:
        return PICTURE[bare] + behind
    if PLAIN.fullmatch(bare):
        return text
    if match := re.fullmatch(r'asleep in (\w+)', bare):
        return f'睡眠在 {match[1]} 里{behind}'
    if match := re.fullmatch(r'(child|thread) for ([A-Z])', bare):
        return f'{match[2]} 的{"子进程" if match[1] == "child" else "线程"}'
    if match := re.fullmatch(r'(Real traces.*) ([\d.]+ m?s) is drawn so wide\.', bare):
        return f'{PICTURE[match[1]]} {match[2]} 的也画成这样宽。'
    raise ValueError(f'site/chinese.py has no Chinese for "{text}"')


def picture(svg):
    """A timeline with its words in Chinese."""

    def change(match):
        text = html.unescape(match[0])
        if not text.strip() or text.startswith('<style>'):
            return match[0]
        lead = text[: len(text) - len(text.lstrip())]
        return lead + html.escape(words(text.strip()), quote=False)

    return re.sub(r'<style>.*?</style>|(?<=>)[^<>]+(?=<)', change, svg, flags=re.DOTALL)
