"""A headless Chromium, driven through chromedriver: WebDriver, and the calls of DevTools."""
import base64
import json
import pathlib
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

OPTIONS = [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--hide-scrollbars',
    '--disable-background-networking',
    '--no-first-run',
]  # no sandbox: root has none, and all pages are ours


def missing():
    """Which of the programs are not installed."""
    return [name for name in ('chromium', 'chromedriver') if shutil.which(name) is None]


class Browser:
    def __enter__(self):
        self.home = tempfile.TemporaryDirectory(prefix='site-check-')
        self.driver = subprocess.Popen(
            ['chromedriver', '--port=0'],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for line in self.driver.stdout:
            if 'started successfully on port' in line:
                self.base = f'http://127.0.0.1:{line.split()[-1].rstrip(".")}'
                break
        else:
            raise RuntimeError('chromedriver does not start')
        options = {
            'binary': shutil.which('chromium'),
            'args': OPTIONS + [f'--user-data-dir={self.home.name}'],
        }
        wanted = {'goog:chromeOptions': options, 'goog:loggingPrefs': {'browser': 'ALL'}}
        made = self.call('POST', '/session', {'capabilities': {'alwaysMatch': wanted}})
        self.base += f'/session/{made["sessionId"]}'
        return self

    def __exit__(self, *_):
        try:
            self.call('DELETE', '')
        finally:
            self.driver.terminate()
            self.driver.wait(20)
            self.driver.stdout.close()
            self.home.cleanup()

    def call(self, method, path, body=None):
        data = None if method != 'POST' else json.dumps(body or {}).encode()
        request = urllib.request.Request(
            self.base + path, data, {'Content-Type': 'application/json'}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=120) as reply:
                return json.load(reply)['value']
        except urllib.error.HTTPError as error:
            raise RuntimeError(error.read().decode()[:400]) from None

    def devtools(self, command, **parameters):
        return self.call('POST', '/goog/cdp/execute', {'cmd': command, 'params': parameters})

    def look(self, width, height=900, dark=False, media='screen'):
        """How wide the window is, in CSS pixels, and what the reader prefers."""
        self.devtools(
            'Emulation.setDeviceMetricsOverride',
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        scheme = {'name': 'prefers-color-scheme', 'value': 'dark' if dark else 'light'}
        self.devtools('Emulation.setEmulatedMedia', media=media, features=[scheme])

    def scripts(self, allowed):
        self.devtools('Emulation.setScriptExecutionDisabled', value=not allowed)

    def open(self, path, query=''):
        self.call('POST', '/url', {'url': pathlib.Path(path).resolve().as_uri() + query})

    def wait_for(self, part, seconds=20):
        """Until the page with this part in its address has been loaded."""
        end = time.monotonic() + seconds
        ready = f"location.href.includes('{part}') && document.readyState === 'complete'"
        while not self.evaluate(ready):
            if time.monotonic() > end:
                raise RuntimeError(f'no page {part} within {seconds} s')
            time.sleep(0.02)

    def evaluate(self, expression):
        """The value of an expression of JavaScript, also in pages that may run no scripts."""
        got = self.devtools(
            'Runtime.evaluate', expression=expression, returnByValue=True, awaitPromise=True
        )
        if 'exceptionDetails' in got:
            raise RuntimeError(str(got['exceptionDetails'])[:400])
        return got['result'].get('value')

    def errors(self):
        """What stands in the console since the last call, but notes of the browser itself."""
        return [
            e['message']
            for e in self.call('POST', '/se/log', {'type': 'browser'})
            if e['level'] == 'SEVERE'
        ]

    def key(self, name, code, text=''):
        self.devtools(
            'Input.dispatchKeyEvent',
            type='keyDown' if text else 'rawKeyDown',
            key=name,
            code=name,
            windowsVirtualKeyCode=code,
            text=text,
        )
        self.devtools(
            'Input.dispatchKeyEvent', type='keyUp', key=name, code=name, windowsVirtualKeyCode=code
        )

    def picture(self, path, whole=False):
        got = self.devtools('Page.captureScreenshot', format='png', captureBeyondViewport=whole)
        pathlib.Path(path).write_bytes(base64.b64decode(got['data']))

    def pdf(self, path):
        got = self.devtools(
            'Page.printToPDF', printBackground=True, paperWidth=8.27, paperHeight=11.69
        )
        pathlib.Path(path).write_bytes(base64.b64decode(got['data']))
