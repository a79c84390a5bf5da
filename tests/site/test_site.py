#!/usr/bin/python3
"""What make site does with a tree that changes: translations, timelines, and mistakes.

It builds copies of the tracked files, so it needs what make site needs, and no browser.
"""
import json
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

SELECT = '''# 04_select：单线程，select

[English](README.md)

一个线程同时等待所有客户端，
不会留下僵尸进程。见[协议](../docs/protocol.md)和
[架构](../docs/architecture.md)。

    一人守一门，
    来客排成行。
'''
PROTOCOL = '# 协议\n\n请求与应答都是文本行。见 [04_select](../04_select/README.zh-CN.md)。\n'
FRONT = '# 六种服务器\n\n![时间线](../docs/timeline/sheet.svg)\n\n[练习](../labs/README.md)\n'
LAB = '# 7 撕裂的文件\n\n找出错误。\n'


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='site test ')
        cls.tree = pathlib.Path(cls.folder.name)
        listed = subprocess.run(
            ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'],
            cwd=ROOT,
            check=True,
            capture_output=True,
        ).stdout
        subprocess.run(
            ['xargs', '-0', 'cp', '-p', '--parents', '-t', str(cls.tree)],
            cwd=ROOT,
            input=listed,
            check=True,
        )
        for page in cls.tree.rglob('*.md'):  # this test has translations of its own
            if page.name.endswith('.zh-CN.md'):
                page.unlink()
            else:
                text = page.read_text(encoding='utf-8')
                page.write_text(
                    re.sub(r'\[([^]]*)\]\([^)]*\.zh-CN\.md\)', r'\1', text), encoding='utf-8'
                )
        cls.sheet = cls.tree / 'docs/timeline/sheet.svg'
        cls.had_sheet = cls.sheet.is_file()
        cls.first = cls.make()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def make(cls):
        return subprocess.run(
            # -o: not checked, most pages have no translation here
            ['make', '--no-print-directory', '-o', 'translations-check', 'site'],
            cwd=cls.tree,
            capture_output=True,
            text=True,
            timeout=1200,  # less than a minute on a machine that does nothing else
        )

    def page(self, name):
        return (self.tree / 'build/site' / f'{name}.html').read_text(encoding='utf-8')

    def has(self, name, text):
        self.assertTrue(text in self.page(name), f'{name} has no {text}')

    def test_0_english_only(self):
        """Without translations there is no trace of a second language."""
        self.assertEqual(self.first.returncode, 0, self.first.stderr)
        self.assertFalse(list((self.tree / 'build/site').rglob('*.zh-CN.html')))
        self.assertFalse('hreflang' in self.page('04_select/README'))
        self.has('04_select/README', '<html class="no-js" lang="en">')
        self.assertEqual('six times' in self.page('index'), self.had_sheet)

    def test_1_translations_and_timelines(self):
        """Pages that are there in Chinese, and the sheet of timelines, are taken."""
        for path, text in (
            ('04_select/README', SELECT),
            ('docs/protocol', PROTOCOL),
            ('labs/07-torn-file/README', LAB),
        ):
            (self.tree / f'{path}.zh-CN.md').write_text(text, encoding='utf-8')
        self.sheet.parent.mkdir(parents=True, exist_ok=True)
        self.sheet.write_text(
            '<svg xmlns="http://www.w3.org/2000/svg"><text>clients</text></svg>\n',
            encoding='utf-8',
        )
        (self.tree / 'site/index.zh-CN.md').write_text(FRONT, encoding='utf-8')
        done = self.make()
        self.assertEqual(done.returncode, 0, done.stderr)
        chinese = '04_select/README.zh-CN'
        self.has('04_select/README', '<a href="README.zh-CN.html" hreflang="zh-CN"')
        self.has(chinese, '<a href="README.html" hreflang="en"')
        self.assertEqual(self.page(chinese).count('>English</'), 1)
        self.has(chinese, '<html class="no-js" lang="zh-CN">')
        self.has(chinese, 'href="../docs/protocol.zh-CN.html"')  # the translation, if there is one
        self.has(chinese, 'href="../docs/architecture.html"')
        self.has(chinese, '<p>一个线程同时等待所有客户端，不会留下僵尸进程。见<a')
        self.has(chinese, '一人守一门，\n来客排成行。')
        self.has(chinese, 'class="note"')  # the annotated source is there, too
        for name in ('04_select/README', 'docs/protocol', 'labs/07-torn-file/README'):
            self.has('index.zh-CN', f'href="{name}.zh-CN.html"')
            self.assertFalse(f'"{name}.zh-CN.html"' in self.page('index'), name)
        self.has(chinese, '<span class="caption-text">六种模型</span>')
        self.has(chinese, 'placeholder="搜索"')
        self.has(chinese, 'action="../search.zh-CN.html"')
        self.has('search.zh-CN', '搜索需要 JavaScript')
        self.has('docs/architecture', 'action="../search.html"')
        self.has(chinese, 'aria-label="第 ')
        self.assertFalse('caption-text">The six' in self.page(chinese))
        picture = self.tree / 'build/site/_images/sheet.zh-CN.svg'
        self.assertIn('<text>客户端</text>', picture.read_text(encoding='utf-8'))
        self.assertFalse('hreflang' in self.page('docs/architecture'))
        self.has('index', 'six times')
        self.has('index', '_images/sheet.svg')

    def test_2_search_index(self):
        """Chinese words are in the index, alone and as a part of what stands between two signs."""
        text = (self.tree / 'build/site/searchindex.js').read_text(encoding='utf-8')
        index = json.loads(re.fullmatch(r'Search\.setIndex\((.*)\)', text, re.DOTALL)[1])
        number = index['docnames'].index('04_select/README.zh-CN')
        for word in ('僵尸', '进程', '不会留下僵尸进程'):
            found = index['terms'][word]
            self.assertIn(number, found if isinstance(found, list) else [found], word)

    def test_3_mistakes(self):
        """Each of them makes the build fail, and is named."""
        self.change(
            'docs/manual.md',
            '\n\n',
            '\n\nSee [that](no-such-page.md), [this](security.md#no-such-part).\n\n',
        )
        self.change('06_epoll/server.c', '[mutant: 06-always-out]', '[mutant: 06-no-such-one]')
        self.change('05_poll/server.c', 'MAN      poll(2)', 'MAN      plol(2)')
        done = self.make()
        self.assertNotEqual(done.returncode, 0, 'the build passes')
        for named in ('no-such-page.md', 'no-such-part', '06-no-such-one', 'plol(2)'):
            self.assertIn(named, done.stderr)

    def test_4_a_picture_without_chinese(self):
        self.change('docs/timeline/sheet.svg', 'clients', 'no such word')
        done = self.make()
        self.assertNotEqual(done.returncode, 0, 'the build passes')
        self.assertIn('"no such word"', done.stderr)

    def change(self, path, old, new):
        file = self.tree / path
        before = file.read_text(encoding='utf-8')
        self.assertIn(old, before)
        file.write_text(before.replace(old, new, 1), encoding='utf-8')


if __name__ == '__main__':
    unittest.main(verbosity=2)
