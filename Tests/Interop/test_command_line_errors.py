"""What the commands promise when something is wrong: exit codes, words that help, JSON, and clean ends."""
import json
import os
import pty
import signal
import subprocess
import time

import pytest

from broker import free_port, until
from clients import Confluent, Message
from command_line import CommandLine


def test_every_failure_has_its_exit_code_and_its_word(cli, topic):
    name = topic()
    expected = [
        (("topics", "describe", "cli-never-was"), 2, "not_found"), (("topics", "create", name), 3, "already_exists"),
        (("topics", "create", "no/slashes"), 1, "failed"), (("configs", "set", "--topic", name, "retention.ms=x"), 1, "failed"),
        (("consume", name, "--partition", 7), 2, "not_found"), (("consume", name, "--from", "nowhere"), 64, "usage"),
        (("consume", name, "--exit", "--from", 77), 2, "not_found"),
        (("configs", "describe", "--topic", "cli-never-was"), 2, "not_found"),
        (("configs", "set", "--topic", "cli-never-was", "retention.ms=1"), 2, "not_found"),
        (("configs", "describe", "--broker", 99), 2, "not_found"), (("log-dirs", "--broker", 99), 2, "not_found"),
        (("configs", "describe", "--topic", name, "retension.ms"), 2, "not_found"),
        (("topics", "delete", "cli-never-was"), 2, "not_found"), (("topics", "alter", "cli-never-was", "--reset", "a"), 2, "not_found"),
    ]
    for arguments, code, word in expected:
        error = cli.error(*arguments)
        assert (error["exitCode"], error["code"]) == (code, word), (arguments, error)
        assert cli.run(*arguments, "-b", cli.broker.address).returncode == code, arguments


def test_wrong_input_is_told_by_line(cli, topic):
    error = cli.error("produce", topic(), "--input", "json", input=b'{"value":"a"}\n{"value":}\n')
    assert (error["code"], error["exitCode"]) == ("bad_input", 65) and "Line 2" in error["message"]


@pytest.mark.parametrize("arguments", [["topcs", "list"], ["topics", "--nope"], ["consume"], ["configs", "describe"]])
def test_wrong_use_is_exit_code_64_as_words_and_as_json(executable, arguments):
    cli = CommandLine(executable)
    done = cli.run(*arguments)
    assert done.returncode == 64 and b"Usage: broker" in done.stderr and not done.stdout
    (line,) = cli.run(*arguments, "--output", "json").stderr.splitlines()
    assert json.loads(line)["error"]["code"] == "usage"


@pytest.mark.parametrize(("arguments", "code"), [
    (["start", "/no/such.properties"], 74), (["format", "/no/such.properties"], 74), (["dump-log", "/no/such.log"], 74),
    (["start", "--override", "novalue"], 64)], ids=lambda value: " ".join(value) if isinstance(value, list) else "")
def test_commands_about_files_have_the_same_exit_codes(executable, arguments, code):
    done = CommandLine(executable).run(*arguments)
    assert done.returncode == code and done.stderr.startswith(b"Error: ") and not done.stdout


def test_what_was_probably_meant_is_said(cli, topic, executable):
    name = topic("cli-oranges")
    assert f"'{name}'" in cli.fails("topics", "describe", "cli-ornages")
    assert f"'{name}'" in cli.fails("consume", "cli-oranegs", "--exit")
    assert "'retention.ms'" in cli.fails("configs", "set", "--topic", name, "retension.ms=1")
    assert "'retention.ms'" in cli.fails("configs", "describe", "--topic", name, "retension.ms")
    assert b"'broker topics'" in CommandLine(executable).run("topisc").stderr


def test_what_other_tools_would_take_is_translated(executable, cli, topic):
    name = topic()
    tool = CommandLine(executable)
    for arguments, words in [
            (("groups", "--describe", "--group", "G"), "'broker groups describe G'"),
            (("topics", "--create", "--topic", "t", "--partitions", 3), "'broker topics create t --partitions 3'"),
            (("consume", name, "--from-beginning"), "begins at the beginning"),
            (("consume", "--topic", name), f"'broker consume {name}'"),
            (("configs", "set", "--topic", name, "retention.ms", "12h"), "'retention.ms=12h'")]:
        done = tool.run(*arguments)
        assert done.returncode == 64 and words in done.stderr.decode(), (arguments, done.stderr)
    assert "'retention.ms=12h'" in cli.fails("configs", "set", "--topic", name, "retention.ms=12hours")
    assert "'retention.ms'" in cli.fails("configs", "set", "--topic", name, "log.retention.ms=1")
    assert "'retention.ms'" in cli.fails("topics", "create", "cli-never-made", "-c", "log.retention.ms=1")


def test_options_may_be_glued_to_their_values_as_in_kcat(cli, topic):
    name = topic()
    cli.ask("produce", name, "-K:", "-D;", input=b"a:1;b:2;c:3")
    assert cli.ask("consume", name, "-o-2", "-c2", "-e", "-K=", "-D,") == b"b=2,c=3,"


def test_a_topic_that_is_made_by_the_way_is_told(cli, topic):
    topic("cli-invoices")
    done = cli.run("produce", "cli-invoicse", "-b", cli.broker.address, input=b"x\n")
    assert done.returncode == 0
    assert "Created topic 'cli-invoicse' (1 partition). Did you mean 'cli-invoices'?" in done.stderr.decode()
    again = cli.run("produce", "cli-invoicse", "-b", cli.broker.address, input=b"x\n")
    assert b"Created" not in again.stderr
    cli.ask("topics", "delete", "cli-invoicse")


def test_too_few_replicas_are_the_reason_that_is_told(cli):
    cli.ask("topics", "create", "cli-too-few", "-c", "min.insync.replicas=5")
    said = cli.fails("produce", "cli-too-few", "--timeout", 2, input=b"x\n")
    assert "NOT_ENOUGH_REPLICAS" in said and "min.insync.replicas" in said and "overloaded" not in said
    cli.ask("topics", "delete", "cli-too-few")


def test_a_port_of_another_kind_and_one_that_is_taken_are_told_in_words(executable, start_broker, tmp_path):
    broker = start_broker()
    door = broker.ready["http"]
    done = CommandLine(executable).run("topics", "list", "-b", f"{door['host']}:{door['port']}", "--timeout", 3)
    assert b"answers in HTTP" in done.stderr, done.stderr
    port = broker.address.rsplit(":", 1)[1]
    done = CommandLine(executable).run("start", "--ephemeral", "--port", port)
    assert done.returncode > 0
    said = done.stderr.decode()
    assert "Address already in use. Choose another port" in said and "errno" not in said, said


def test_nobody_listening_is_said_at_once_with_what_to_do(executable):
    address = f"127.0.0.1:{free_port()}"
    begin = time.monotonic()
    done = CommandLine(executable).run("topics", "list", "-b", address)
    assert time.monotonic() - begin < 5, "the timeout of 30 s is for brokers that are there"
    assert done.returncode == 69 and address.encode() in done.stderr and b"broker start" in done.stderr
    begin = time.monotonic()
    assert CommandLine(executable).run("topics", "list", "-b", address, "--wait", "--timeout", 1.5).returncode == 69
    assert time.monotonic() - begin > 0.3


def test_a_command_can_wait_for_a_broker_that_is_about_to_start(executable, tmp_path):
    port = free_port()
    waiting = subprocess.Popen([executable, "topics", "create", "early", "--wait", "-b", f"127.0.0.1:{port}"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    broker = subprocess.Popen([executable, "start", "--ephemeral", "--port", str(port)], cwd=tmp_path,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert waiting.wait(15) == 0, waiting.stderr.read()
    finally:
        broker.terminate()
        broker.wait(5)
        for process in (waiting, broker):
            process.communicate()


def test_the_bootstrap_server_may_stand_in_the_environment(executable, broker):
    done = subprocess.run([executable, "cluster", "describe"], capture_output=True, timeout=20,
                          env={**os.environ, "BROKER_BOOTSTRAP": broker.address})
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("options", [["--count", "9"], ["--count", "9", "--group", "g"], ["--until", "+1h"]], ids=" ".join)
def test_a_reader_that_is_to_end_does_not_wait_for_a_broker_for_ever(executable, tmp_path, options):
    port = free_port()
    broker = subprocess.Popen([executable, "start", "--ephemeral", "--port", str(port)], cwd=tmp_path,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    address = f"127.0.0.1:{port}"
    try:
        CommandLine(executable).run("produce", "t", "-b", address, "--wait", input=b"one\n")
        reader = subprocess.Popen([executable, "consume", "t", "-b", address, "--timeout", "2", *options],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert reader.stdout.readline() == b"one\n"
        broker.kill()
        out, err = reader.communicate(timeout=30)
        assert reader.returncode == 69 and address.encode() in err, (reader.returncode, err)
    finally:
        broker.kill()
        broker.communicate()


def test_a_full_disk_is_an_error_and_not_a_shorter_copy(executable, cli, topic):
    name = topic()
    cli.ask("produce", name, input=b"x\n" * 100)
    with open("/dev/full", "wb") as full:
        done = subprocess.run([executable, "consume", name, "--exit", "-b", cli.broker.address], stdout=full,
                              stderr=subprocess.PIPE, timeout=20)
    assert done.returncode == 74 and b"standard output" in done.stderr


def test_control_c_ends_a_reader_after_a_whole_record(executable, cli, topic):
    name = topic()
    cli.ask("produce", name, input=b"record\n" * 1000)
    process = subprocess.Popen([executable, "consume", name, "-b", cli.broker.address], stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, bufsize=0)
    assert process.stdout.readline() == b"record\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=5)
    assert process.returncode == 130 and not err and set(out.splitlines(keepends=True)) <= {b"record\n"}


def test_control_c_delivers_what_a_writer_has_read(executable, cli, topic):
    name = topic()
    process = subprocess.Popen([executable, "produce", name, "-b", cli.broker.address], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdin.write(b"one\ntwo\n")
    process.stdin.flush()
    until(lambda: len(cli.ask("consume", name, "--exit").splitlines()) == 2, what="the records")
    process.stdin.write(b"three\n")
    process.stdin.flush()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 130
    assert b"3 records delivered" in process.stderr.read()
    process.stdin.close(), process.stdout.close(), process.stderr.close()
    assert cli.ask("consume", name, "--exit") == b"one\ntwo\nthree\n"


def on_terminal(arguments, **environment):
    """Runs a command with a terminal for its output; gives what it shows."""
    main, side = pty.openpty()
    process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=side, stderr=side,
                               env={**os.environ, "TERM": "xterm", "NO_COLOR": "", **environment})
    os.close(side)
    shown = b""
    while True:
        try:
            piece = os.read(main, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    os.close(main)
    process.wait(20)
    return shown


def test_colours_are_for_terminals_and_can_be_refused(executable, cli, topic):
    topic()
    arguments = [executable, "topics", "list", "-b", cli.broker.address]
    assert b"\x1b[" in on_terminal(arguments)
    assert b"\x1b[" not in on_terminal(arguments, NO_COLOR="1")
    assert b"\x1b[" not in on_terminal(arguments, TERM="dumb")
    assert b"\x1b[" not in cli.ask("topics", "list")


def test_long_waits_are_told_on_terminals_alone(executable):
    address = f"127.0.0.1:{free_port()}"
    arguments = [executable, "topics", "list", "-b", address, "--wait", "--timeout", "2"]
    assert b"Waiting for " + address.encode() in on_terminal(arguments)
    assert b"Waiting" not in subprocess.run(arguments, capture_output=True, timeout=20).stderr
    assert b"Waiting" not in on_terminal(arguments + ["--output", "json"])


def test_notes_by_the_way_are_not_in_the_way_of_json(cli, topic):
    done = cli.run("produce", topic(), "--output", "json", "-b", cli.broker.address, input=b"a\nb\n")
    assert [json.loads(line)["offset"] for line in done.stdout.splitlines()] == [0, 1] and not done.stderr


def test_several_topics_answer_one_by_one_though_some_fail(cli, topic):
    name = topic()
    done = cli.run("topics", "create", name, "cli-fresh", "--output", "json", "-b", cli.broker.address)
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 3 and first["error"]["code"] == "already_exists" and second["created"] is True
    done = cli.run("topics", "delete", "cli-never-was", "cli-fresh", "--output", "json", "-b", cli.broker.address)
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert done.returncode == 2 and first["deleted"] is False and second["deleted"] is True
