"""A real Chromium, driven over its debugging pipe with nothing but the standard library.

Used by browser-check.py and screenshots.sh. Everything a page does is recorded: console errors, exceptions, requests, dialogs.
"""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class Browser:
    """One tab of a headless Chromium."""

    def __init__(self):
        path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
        if path is None:
            raise SystemExit("no Chromium: apt-get install chromium, or name it in CHROMIUM")
        self.profile = tempfile.mkdtemp(prefix="das-chromium-")
        to_child, self.out = os.pipe()
        self.inp, from_child = os.pipe()
        flags = [
            "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={self.profile}", "--no-first-run", "--disable-gpu",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-default-apps",
            "--disable-extensions", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-default-browser-check",
        ]
        if os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium's own sandbox does not work as root.
        # The pipe is expected on descriptors 3 and 4.
        line = f'exec "$0" "$@" 3<&{to_child} 4>&{from_child}'
        self.process = subprocess.Popen(
            ["bash", "-c", line, path, *flags, "about:blank"], pass_fds=(to_child, from_child),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        os.close(to_child)
        os.close(from_child)
        self.rest, self.number, self.session = b"", 0, None
        self.errors, self.requests, self.dialogs, self.loaded = [], [], [], 0
        self.assets = os.environ.get("ASSETS")
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        if self.assets:  # The page's files from this folder: a change of them is seen without a build.
            self.call("Fetch.enable", patterns=[{"urlPattern": "*/assets/*"}])

    def close(self):
        """Ends the browser."""
        try:
            self.session = None
            self.send("Browser.close")
            self.process.wait(10)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
        shutil.rmtree(self.profile, ignore_errors=True)

    def send(self, method, **params):
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        return self.number

    def receive(self, wait):
        """The next message, or None after so many seconds."""
        while b"\0" not in self.rest:
            if not select.select([self.inp], [], [], wait)[0]:
                return None
            more = os.read(self.inp, 1 << 20)
            if not more:
                raise SystemExit("Chromium went away")
            self.rest += more
        text, _, self.rest = self.rest.partition(b"\0")
        message = json.loads(text)
        self.note(message.get("method"), message.get("params", {}))
        return message

    def note(self, method, params):
        if method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"])[:600])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self.errors.append("console: " + json.dumps(params["args"])[:400])
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append("log: " + json.dumps(params["entry"])[:400])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(params["message"])
            self.send("Page.handleJavaScriptDialog", accept=False)
        elif method == "Fetch.requestPaused":
            name = params["request"]["url"].rsplit("/", 1)[1]
            kind = "text/css" if name.endswith(".css") else "text/javascript"
            with open(os.path.join(self.assets, name), "rb") as file:
                body = base64.b64encode(file.read()).decode()
            headers = [{"name": "Content-Type", "value": kind}]
            self.send("Fetch.fulfillRequest", requestId=params["requestId"], responseCode=200, responseHeaders=headers, body=body)
        elif method == "Page.loadEventFired":
            self.loaded += 1

    def call(self, method, **params):
        """Calls and waits for the answer."""
        number = self.send(method, **params)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            message = self.receive(5)
            if message and message.get("id") == number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return message["result"]
        raise AssertionError(f"{method}: no answer")

    def js(self, text):
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=text, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise AssertionError(f"{text}: {json.dumps(answer['exceptionDetails'])[:800]}")
        return answer["result"].get("value")

    def wait(self, text, seconds=40):
        """Waits until an expression is true; its value."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            # An element has no value of its own.
            value = self.js(f"((x) => x instanceof Node ? true : x)({text})")
            if value:
                return value
            self.receive(0.05)
        shown = self.js("document.body ? document.body.innerText.slice(0, 1500) : ''")
        raise AssertionError(f"never true: {text}\non {self.js('location.href')}:\n{shown}")

    def open(self, url, until="document.querySelector('main h1, main .error')"):
        """Goes to an address and waits until something is shown."""
        before = self.loaded
        self.call("Page.navigate", url=url)
        while self.loaded == before:
            self.receive(5)
        self.wait(until)

    def size(self, width, height, dark=False):
        """Size of the window, and light or dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def key(self, key, code=None, text=None):
        """Presses a key."""
        text = key if text is None and len(key) == 1 else text
        more = {"text": text} if text else {}
        numbers = {"Tab": 9, "Enter": 13, "Escape": 27}
        more["windowsVirtualKeyCode"] = numbers.get(key, ord(key.upper()[0]))
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=code or key, **more)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=code or key)

    def type(self, text):
        """Types into what has the focus."""
        self.call("Input.insertText", text=text)

    def picture(self, path, clip=None, beyond=False):
        """A PNG of what is in sight, or of a part; `beyond`: of the page beyond the window too."""
        more = {"clip": {**clip, "scale": 1}} if clip else {}
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=beyond, **more)["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(data))

    def whole(self, path, most=6000):
        """A PNG of the whole page from its top; the bar at the bottom of the window stands at the bottom of the page."""
        self.js("window.scrollTo(0, 0); document.getElementById('foot').style.position = 'static'; document.body.style.minHeight = '0'; 0")
        width, height = self.js("[document.documentElement.clientWidth, Math.ceil(document.body.getBoundingClientRect().height)]")
        self.picture(path, {"x": 0, "y": 0, "width": width, "height": min(height, most)}, beyond=True)
