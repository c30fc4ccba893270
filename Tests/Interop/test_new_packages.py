"""`broker new` writes packages, and `broker plugins check` examines plug-ins."""
import json
import pathlib

import pytest

from command_line import CommandLine


def error(done):
    (line,) = done.stderr.splitlines()
    return json.loads(line)["error"]


@pytest.fixture
def new(executable, tmp_path):
    """Runs `broker new` with JSON as its answer."""
    def run(*arguments):
        return CommandLine(executable).run("new", *arguments, "--output", "json")
    return run


def test_a_plug_in_is_written_with_all_that_it_needs(new, tmp_path):
    done = new("plugin", "partitioner", "vip-by-region", "--path", tmp_path / "there")
    answer = json.loads(done.stdout)
    assert done.returncode == 0 and not done.stderr
    assert (answer["kind"], answer["name"], answer["type"]) == ("partitioner", "vip-by-region", "VipByRegionPartitioner")
    written = {str(path.relative_to(tmp_path / "there")) for path in (tmp_path / "there").rglob("*") if path.is_file()}
    assert written == set(answer["files"]) >= {"Package.swift", "README.md", ".gitignore"}
    assert answer["next"][:2] == [f"cd {tmp_path / 'there'}", "swift test"]
    package = (tmp_path / "there/Package.swift").read_text()
    framework = pathlib.Path(__file__).resolve().parents[2]
    assert f'"{framework}"' in package, "the checkout that the executable lies in"
    assert not list(tmp_path.glob(".*")), "no draft is left"


def test_nothing_is_written_over(new, tmp_path):
    (tmp_path / "shop").mkdir()
    refused = new("broker", "shop", "--path", tmp_path / "shop")
    assert refused.returncode == 3 and error(refused)["code"] == "already_exists"
    assert not list((tmp_path / "shop").iterdir())


@pytest.mark.parametrize("arguments, code, words", [
    (["plugin", "partitoner", "x"], 64, "partitioner"), (["plugin", "partitioner", "X y"], 64, "vip-by-region"),
    (["plugin", "partitioner", "vip"], 64, "Replace(VIPRouter.self"), (["broker", "default"], 64, "my-default"),
    (["plugin", "cleanup-policy", "record-cleanup"], 64, "my-record-cleanup"), (["plugin", "codec", "swift-nio"], 64, "another name"), (["broker", "Shop!"], 64, "lower-case"),
    (["broker", "shop", "--framework", "/nowhere"], 2, "--framework")])
def test_what_cannot_be_is_refused_with_what_would_be_right(new, tmp_path, arguments, code, words):
    refused = new(*arguments, "--path", tmp_path / "made")
    assert refused.returncode == code and words in error(refused)["advice"]
    assert not list(tmp_path.iterdir())


def test_plug_ins_are_examined(executable):
    cli = CommandLine(executable)
    done = cli.run("plugins", "check", "--kind", "partitioner", "--output", "json", timeout=60)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and {row["name"] for row in rows} >= {"key-hash", "vip"}
    assert all(row["result"] == "passed" and row["kept"] and not row["violations"] for row in rows)


def test_a_broken_promise_is_named_and_makes_the_exit_code_1(executable):
    done = CommandLine(executable).run("plugins", "check", "round-robin", "--claim", "keys-stay", timeout=60)
    assert done.returncode == 1 and b"FAILED" in done.stdout and b"broken: a key keeps its partition" in done.stdout


@pytest.mark.parametrize("claim, code", [("detects-truncation", 0), ("detects-corruption", 1), ("nothing", 0)])
def test_a_codec_is_held_to_what_is_claimed_for_it(executable, claim, code):
    done = CommandLine(executable).run("plugins", "check", "zstd", "--claim", claim, timeout=60)
    assert done.returncode == code, done.stdout


@pytest.mark.parametrize("arguments, code, words", [
    (["vipp"], 2, b"'vip'"), (["vip", "-c", "partitioner.vip.kesy=a"], 64, b"partitioner.vip.keys"),
    (["vip", "-c", "partitioner.vip.partitions=0"], 64, b"from 1 to"), (["--kind", "codecs"], 2, b"'codec'")])
def test_a_check_that_cannot_be_is_refused(executable, arguments, code, words):
    done = CommandLine(executable).run("plugins", "check", *arguments)
    assert done.returncode == code and words in done.stderr and not done.stdout
