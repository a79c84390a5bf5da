#!/usr/bin/python3
"""What make site does with a tree that changes: translations, timelines, and mistakes, which must fail it.

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

一个线程同时等待所有客户端，不会留下僵尸进程。见[协议](../docs/protocol.md)和
[架构](../docs/architecture.md)。
'''
PROTOCOL = '# 协议\n\n请求与应答都是文本行。见 [04_select](../04_select/README.zh-CN.md)。\n'
LAB = '# 7 撕裂的文件\n\n找出错误。\n'


class Site(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='site test ')
        cls.tree = pathlib.Path(cls.folder.name)
        listed = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], cwd=ROOT,
                                check=True, capture_output=True).stdout
        subprocess.run(['xargs', '-0', 'cp', '-p', '--parents', '-t', str(cls.tree)], cwd=ROOT, input=listed,
                       check=True)
        for old in cls.tree.rglob('*.zh-CN.md'):  # this test has its own
            old.unlink()
        cls.first = cls.make()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def make(cls):
        return subprocess.run(['make', '--no-print-directory', 'site'], cwd=cls.tree, capture_output=True, text=True,
                              timeout=400)

    def page(self, name):
        return (self.tree / 'build/site' / f'{name}.html').read_text(encoding='utf-8')

    def has(self, name, text):
        self.assertTrue(text in self.page(name), f'{name} has no {text}')

    def fails_with(self, path, old, new, expected):
        """A change of one file makes the build fail, and the message names the reason."""
        file = self.tree / path
        before = file.read_text(encoding='utf-8')
        self.assertIn(old, before)
        file.write_text(before.replace(old, new, 1), encoding='utf-8')
        try:
            done = self.make()
        finally:
            file.write_text(before, encoding='utf-8')
        self.assertNotEqual(done.returncode, 0, 'the build passes')
        self.assertIn(expected, done.stderr)

    def test_0_english_only(self):
        """Without translations there is no trace of a second language."""
        self.assertEqual(self.first.returncode, 0, self.first.stderr)
        self.assertFalse(list((self.tree / 'build/site').rglob('*.zh-CN.html')))
        self.assertFalse('hreflang' in self.page('04_select/README'))
        self.has('04_select/README', '<html class="no-js" lang="en">')

    def test_1_some_translations(self):
        for path, text in (('04_select/README', SELECT), ('docs/protocol', PROTOCOL), ('labs/07-torn-file/README', LAB)):
            (self.tree / f'{path}.zh-CN.md').write_text(text, encoding='utf-8')
        done = self.make()
        self.assertEqual(done.returncode, 0, done.stderr)
        chinese = '04_select/README.zh-CN'
        self.has('04_select/README', '<a href="README.zh-CN.html" hreflang="zh-CN"')
        self.has(chinese, '<a href="README.html" hreflang="en"')
        self.has(chinese, '<html class="no-js" lang="zh-CN">')
        self.has(chinese, 'href="../docs/protocol.zh-CN.html"')  # the translation, if there is one
        self.has(chinese, 'href="../docs/architecture.html"')
        self.has(chinese, 'class="note"')  # the annotated source is there, too
        for name in ('04_select/README', 'docs/protocol', 'labs/07-torn-file/README'):
            self.has('index.zh-CN', f'href="{name}.zh-CN.html"')
        self.assertFalse('hreflang' in self.page('docs/architecture'))

    def test_2_search_index(self):
        """Chinese words are in the index, alone and as a part of what stands between two signs."""
        text = (self.tree / 'build/site/searchindex.js').read_text(encoding='utf-8')
        index = json.loads(re.fullmatch(r'Search\.setIndex\((.*)\)', text, re.DOTALL)[1])
        number = index['docnames'].index('04_select/README.zh-CN')
        for word in ('僵尸', '进程', '不会留下僵尸进程'):
            found = index['terms'][word]
            self.assertIn(number, found if isinstance(found, list) else [found], word)

    def test_3_timelines(self):
        self.assertFalse('six times' in self.page('index'))
        sheet = self.tree / 'docs/timeline/sheet.svg'
        sheet.parent.mkdir(parents=True, exist_ok=True)
        sheet.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>\n', encoding='utf-8')
        self.assertEqual(self.make().returncode, 0)
        self.has('index', 'six times')
        self.has('index', 'sheet.svg" />')

    def test_4_broken_link(self):
        self.fails_with('docs/manual.md', '\n\n', '\n\nSee [that](no-such-page.md).\n\n', 'no-such-page.md')

    def test_5_no_such_mutant(self):
        self.fails_with('06_epoll/server.c', '[mutant: 06-always-out]', '[mutant: 06-no-such-one]', '06-no-such-one')

    def test_6_no_such_manual_page(self):
        self.fails_with('06_epoll/server.c', 'MAN      epoll(7)', 'MAN      eplol(7)', 'eplol(7)')


if __name__ == '__main__':
    unittest.main(verbosity=2)
