"""Calls the executable's commands as a person or a script does."""
import json
import subprocess

COMMANDS = [[], ["start"], ["dev"], ["format"], ["dump-log"], ["topics"], ["topics", "create"], ["topics", "list"],
            ["topics", "describe"], ["topics", "alter"], ["topics", "delete"], ["produce"], ["consume"],
            ["configs"], ["configs", "describe"], ["configs", "set"], ["configs", "unset"],
            ["cluster"], ["cluster", "describe"], ["log-dirs"], ["version"], ["completion"], ["groups"], ["groups", "list"],
            ["groups", "describe"], ["groups", "reset-offsets"], ["groups", "delete-offsets"], ["groups", "delete"],
            ["doctor"], ["plugins"], ["plugins", "list"], ["plugins", "describe"], ["plugins", "check"], ["new"],
            ["new", "broker"], ["new", "plugin"], ["explain"], ["explain", "route"]]


class CommandLine:
    def __init__(self, executable, broker=None):
        self.executable, self.broker = executable, broker

    def run(self, *arguments, input=b"", timeout=20):
        return subprocess.run([self.executable, *map(str, arguments)], input=input, capture_output=True,
                              timeout=timeout)

    def error(self, *arguments, input=b""):
        """Runs a client command that must fail with --output json; gives the error and the exit code that belongs to it."""
        done = self.run(*arguments, "--output", "json", "-b", self.broker.address, input=input)
        (line,) = done.stderr.splitlines()
        error = json.loads(line)["error"]
        assert error["exitCode"] == done.returncode > 0
        assert error["message"] and set(error) == {"code", "message", "advice", "kafkaError", "exitCode"}
        return error

    def ask(self, *arguments, input=b""):
        """Runs a client command against the broker; it must succeed. Gives its standard output."""
        done = self.run(*arguments, "-b", self.broker.address, input=input)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
        return done.stdout

    def rows(self, *arguments, input=b""):
        return [json.loads(line) for line in self.ask(*arguments, "--output", "json", input=input).splitlines()]

    def fails(self, *arguments, input=b""):
        """Runs a client command that must fail with words on standard error; gives these."""
        done = self.run(*arguments, "-b", self.broker.address, input=input)
        assert done.returncode not in (0, None) and done.returncode > 0, done
        assert done.stderr, "a failure says something"
        assert b"Fatal error" not in done.stderr
        return done.stderr.decode()
