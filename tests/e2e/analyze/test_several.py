"""`analyze` with more than one file."""

import gzip
import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.e2e.analyze.command import BIN, LOG, analyze, environment
from tests.e2e.terminal import shown_on_a_terminal


def _names(stdout: bytes) -> list[str]:
    return [json.loads(line)["key"] for line in stdout.splitlines()]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.jsonl", "b.jsonl", "deep/er/c.jsonl"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(LOG)
    (tmp_path / "d.jsonl.gz").write_bytes(gzip.compress(LOG))
    return tmp_path


def test_several_files_give_a_line_of_json_each(folder: Path) -> None:
    """In the order in which they are named, those of --local last."""
    names = [str(folder / name) for name in ("b.jsonl", "d.jsonl.gz", "a.jsonl")]

    done = analyze(*names[:2], "--local", names[2], "--threshold", "2")

    assert (done.returncode, done.stderr) == (0, b"")
    assert _names(done.stdout) == names
    assert [json.loads(line)["total"] for line in done.stdout.splitlines()] == [2, 2, 2]


def test_a_file_without_an_option_is_as_one_with_it(log: Path) -> None:
    """One file is one report, as it ever was."""
    named = analyze(str(log), "--threshold", "2")

    assert named.returncode == 0
    assert named.stdout == analyze("--local", str(log), "--threshold", "2").stdout


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.jsonl", ["a.jsonl", "b.jsonl"]),
        ("?.jsonl*", ["a.jsonl", "b.jsonl", "d.jsonl.gz"]),
        ("**/*.jsonl", ["a.jsonl", "b.jsonl", "deep/er/c.jsonl"]),
        ("**", ["a.jsonl", "b.jsonl", "d.jsonl.gz", "deep/er/c.jsonl"]),
    ],
)
def test_a_pattern_names_the_files_that_match_it(folder: Path, pattern: str, found: Sequence[str]) -> None:
    """Without a shell's help; folders are none, and two stars go into them."""
    done = analyze(str(folder / pattern), "--threshold", "2")

    assert _names(done.stdout) == [str(folder / name) for name in found]


def test_a_file_whose_name_is_a_pattern_is_that_file(folder: Path) -> None:
    """Whoever made it knows its name."""
    odd = folder / "[ab].jsonl"
    odd.write_bytes(LOG)

    assert _names(analyze(str(odd), "--threshold", "2").stdout) == [str(odd)]


@pytest.mark.parametrize("more", [(), ("nothing-here.jsonl",)])
def test_a_pattern_without_a_match_is_nothing_found(folder: Path, more: Sequence[str]) -> None:
    """As a name without a file is: with others of its kind it ends with 2."""
    done = analyze(str(folder / "*.log"), *more, "--threshold", "2")

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith(f"error: {folder / '*.log'}: no file matches\n".encode())
    assert done.stderr.count(b"\n") == 1 + len(more)


@pytest.mark.parametrize(
    ("bad", "code", "words"),
    [
        ("nothing-here.jsonl", 2, b"error: nothing-here.jsonl: there is no such file\n"),
        ("half.gz", 1, b"half.gz: truncated gzip"),
    ],
)
def test_one_that_fails_does_not_stop_the_others(folder: Path, bad: str, code: int, words: bytes) -> None:
    """The code tells that it failed, even where a file rings."""
    (folder / "half.gz").write_bytes(gzip.compress(LOG)[:-5])
    names = [str(folder / "a.jsonl"), str(folder / bad) if bad == "half.gz" else bad, str(folder / "b.jsonl")]

    done = analyze(*names, "--threshold", "2", "--fail-on-alert")

    assert done.returncode == code
    assert _names(done.stdout) == [names[0], names[2]]
    assert words in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(("threshold", "code"), [("2", 3), ("3", 0)])
def test_the_threshold_is_each_files_own(folder: Path, threshold: str, code: int) -> None:
    """Two files with two errors each are not one with four."""
    names = [str(folder / name) for name in ("a.jsonl", "b.jsonl")]

    assert analyze(*names, "--threshold", threshold, "--fail-on-alert").returncode == code


def test_standard_input_is_read_in_its_turn(folder: Path) -> None:
    """Among files of this machine."""
    names = [str(folder / "a.jsonl"), "-", str(folder / "b.jsonl")]

    done = analyze(*names, "--threshold", "2", stdin=LOG * 2)

    assert _names(done.stdout) == names
    assert [json.loads(line)["total"] for line in done.stdout.splitlines()] == [2, 4, 2]


def test_standard_input_can_be_named_once() -> None:
    """The second would find nothing, and look like a log without errors."""
    done = analyze("-", "-", "--threshold", "2")

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr == b"error: -: standard input can be read once; name it once\n"


def test_a_named_pipe_is_read_as_it_comes(tmp_path: Path, log: Path) -> None:
    """Nobody could cut it, and no other process could read it again."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [str(BIN / "analyze"), str(pipe), str(log), "--threshold", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment()) as process:
        pipe.write_bytes(LOG)
        stdout, _ = process.communicate(timeout=30)

    assert _names(stdout) == [str(pipe), str(log)]


def test_notes_name_their_file(folder: Path) -> None:
    """Of several, nobody would know whose they are."""
    (folder / "e.jsonl").write_bytes(b"Traceback\n")

    done = analyze(str(folder / "a.jsonl"), str(folder / "e.jsonl"), "--threshold", "2")

    words = f"note: {folder / 'e.jsonl'}: 1 line of 1 can't be read: not JSON objects of the expected kind\n"
    assert done.stderr.decode() == words


def test_a_terminal_shows_a_row_for_each_file_and_their_sum(folder: Path) -> None:
    """With the service that has the most errors."""
    variables = {"TERM": "xterm-256color", "COLUMNS": "200", "NO_COLOR": "1"}
    command = [str(BIN / "analyze"), str(folder / "*.jsonl"), "--threshold", "2"]

    code, shown = shown_on_a_terminal(command, environment=environment(variables))

    assert code == 0
    rows = [row.split() for row in re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()]
    assert rows == [
        ["file", "errors", "lines", "alert", "worst", "service"],
        [str(folder / "a.jsonl"), "2", "5", "ALERT", "billing"],
        [str(folder / "b.jsonl"), "2", "5", "ALERT", "billing"],
        ["sum", "4", "10", "2"],
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("a.jsonl", "--bucket", "b", "--prefix", "p"), b"FILES and --bucket exclude each other"),
        (("a.jsonl", "--all"), b"--all is for --bucket and s3://BUCKET/PREFIX"),
        (("a.jsonl", "b.jsonl", "--region", "eu-west-1"), b"--local reads this machine"),
        (("s3://", "--region", "eu-west-1"), b"s3://: name a bucket and a prefix"),
        (("a.jsonl", ""), b"say which file"),
        (("a.jsonl", "--jobs", "0"), b"--jobs"),
    ],
)
def test_words_that_do_not_go_together_are_one_clear_line(options: Sequence[str], words: bytes) -> None:
    """Before anything is read."""
    done = analyze(*options, "--threshold", "2")

    assert (done.returncode, done.stdout) == (2, b"")
    assert words in done.stderr
    assert done.stderr.count(b"\n") == 1
