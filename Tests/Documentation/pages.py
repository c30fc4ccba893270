"""Reads the pages of the documentation, and does what they say.

    pages.py write PAGE FOLDER    writes the files that the page shows, whole, into the folder
    pages.py run BROKER PAGE…     runs the page's commands against the executable; all pages if none is named
"""
import json
import os
import pathlib
import re
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CATALOGUE = ROOT / "Sources/BrokerFramework/Umbrella/BrokerFramework.docc"
BLOCK = re.compile(r"^<!-- (?P<marker>[^\n]+) -->\n```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S)


def blocks(page):
    return [match.groupdict() for match in BLOCK.finditer((CATALOGUE / f"{page}.md").read_text())]


def write(page, folder):
    """Whoever types the page's files gets these."""
    for block in blocks(page):
        source = re.fullmatch(r"snippet: Tests/Documentation/\w+/(\S+)", block["marker"])
        if source:
            file = pathlib.Path(folder) / source[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(block["code"])


class Sitting:
    """A reader who goes through a page with two terminals."""

    def __init__(self, executable):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="documentation-"))
        programs = self.folder / "bin"
        programs.mkdir()
        for name in ("broker", "shop-broker"):
            (programs / name).symlink_to(pathlib.Path(executable).resolve())
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        self.log = open(self.folder / "log", "w+")
        self.process = None

    def start(self, code):
        """The broker as the page starts it, on free ports and quick to begin."""
        self.stop()
        command = code.strip() + " --port 0 --http 127.0.0.1:0 --override group.initial.rebalance.delay.ms=0"
        self.process = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=self.folder, env=self.environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log)
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(30):
                raise AssertionError(f"no ready line from: {command}")
        line = self.process.stdout.readline()
        assert line, f"{command} ended:\n{(self.folder / 'log').read_text()}"
        ready = json.loads(line)
        self.address, self.http = ready["bootstrapServers"], f"127.0.0.1:{ready['http']['port']}"
        self.environment["BROKER_BOOTSTRAP"] = self.address

    def run(self, code):
        """Gives what the commands print, and the exit code of the first that fails."""
        code = code.replace("localhost:9092", self.address).replace("localhost:9644", self.http)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", code], cwd=self.folder, env=self.environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        return done.stdout.decode(), done.returncode

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)

    def end(self):
        self.stop()
        self.log.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def run(executable, page):
    """Goes through a page; gives how many blocks were run. Raises an AssertionError that quotes the page."""
    code = [block for block in blocks(page) if block["language"] in ("sh", "text")]
    if not any(block["marker"] in ("run", "fails", "start") for block in code):
        return 0
    sitting, printed, count = Sitting(executable), "", 0
    try:
        for block in code:
            marker, text = block["marker"], block["code"]
            if marker == "by hand":
                continue
            if marker == "start":
                sitting.start(text)
                count += 1
                continue
            if not sitting.process:
                sitting.start("shop-broker start --data ./data")
            if marker == "prints":
                for line in text.splitlines():
                    assert line in printed, f"{page}: it does not print '{line}', but:\n{printed}"
            elif marker in ("run", "fails"):
                printed, status = sitting.run(text)
                assert (status != 0) == (marker == "fails"), f"{page}: exit code {status} of\n{text}\n{printed}"
                count += 1
        assert sitting.process.poll() is None, f"{page}: the broker ended"
    finally:
        sitting.end()
    return count


def main(arguments):
    match arguments:
        case ["write", page, folder]:
            write(page, folder)
        case ["run", executable, *pages]:
            failed = False
            for page in pages or sorted(path.stem for path in CATALOGUE.glob("*.md")):
                begun = time.monotonic()
                try:
                    count = run(executable, page)
                except AssertionError as error:
                    print(f"FAILED {error}", file=sys.stderr)
                    failed = True
                    continue
                if count:
                    print(f"{page}: {count} blocks of commands, {time.monotonic() - begun:.1f} s", file=sys.stderr)
            sys.exit(failed)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
