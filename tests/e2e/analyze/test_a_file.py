"""`analyze --local`: its exit code, what it prints where."""

import bz2
import gzip
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.analyze.command import LOG, analyze, environment
from tests.packers import zstd_compress

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "seed-logs"


@pytest.mark.parametrize("tool", [("analyze",), ("logtally", "analyze")], ids=" ".join)
def test_a_local_file_gives_one_json_object(log: Path, tool: tuple[str, ...]) -> None:
    """When nobody looks at it: stdout is for programs, stderr for people."""
    done = analyze("--local", str(log), "--threshold", "2", tool=tool)

    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout) == {
        "bucket": None,
        "key": str(log),
        "etag": None,
        "total": 2,
        "byService": {"billing": 1, "orders": 1},
        "alert": True,
        "threshold": 2,
        "since": None,
        "lines": 5,
        "malformed": 0,
        "undated": 0,
        "firstError": "2025-09-15T12:00:03Z",
        "lastError": "2025-09-15T12:00:07Z",
        "notes": [],
    }


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared sample logs are not on this machine")
@pytest.mark.parametrize(("hour", "total"), [(12, 2), (13, 3), (14, 5), (15, 4), (16, 112)])
def test_the_sample_logs_hold_what_users_know(hour: int, total: int) -> None:
    """Word for word as in their instructions."""
    done = analyze("--local", str(SAMPLES / f"2025-09-15T{hour}-00.jsonl"), "--threshold", "2")

    assert json.loads(done.stdout)["total"] == total


def test_since_leaves_out_what_came_before(log: Path) -> None:
    """And with it, here, the alert."""
    done = analyze("--local", str(log), "--threshold", "2", "--since", "2025-09-15T12:00:05Z")

    report = json.loads(done.stdout)
    assert report["byService"] == {"billing": 1}
    assert report["alert"] is False
    assert report["since"] == "2025-09-15T12:00:05Z"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, zstd_compress])
def test_standard_input_is_a_file_too(pack: Callable[[bytes], bytes]) -> None:
    """Packed or not: there is no name to tell."""
    assert json.loads(analyze("--local", "-", "--threshold", "2", stdin=pack(LOG)).stdout)["total"] == 2


@pytest.mark.parametrize(("threshold", "code"), [("2", 3), ("3", 0)])
def test_fail_on_alert_ends_with_3(log: Path, threshold: str, code: int) -> None:
    """For a script that wants to stop there; the report is printed all the same."""
    done = analyze("--local", str(log), "--threshold", threshold, "--fail-on-alert")

    assert done.returncode == code
    assert json.loads(done.stdout)["total"] == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--threshold"),
        (("--threshold", "1"), "--local FILE"),
        (("--threshold", "1", "--local", "a", "--bucket", "b"), "--local and --bucket exclude each other"),
        (("--threshold", "1", "--local", "a", "--prefix", "p"), "--local and --prefix exclude each other"),
        (("--threshold", "1", "--bucket", "b"), "--bucket needs --prefix"),
        (("--threshold", "1", "--prefix", "p"), "--prefix needs --bucket"),
        (("--threshold", "1", "--local", "a", "--level", ""), "--level '': must be names with commas between them"),
        (("--threshold", "1", "--local", "a", "--level", "ERROR", "--level", "A,,B"), "--level 'A,,B': must be"),
        (("--threshold", "0", "--local", "a"), "--threshold"),
        (("--threshold", "many", "--local", "a"), "--threshold"),
        (("--threshold", "1", "--local", "a", "--since", "yesterday"), "yesterday"),
        (("--threshold", "1", "--local", "a", "--since", "2025-09-15"), "RFC 3339"),
        (("--threshold", "1", "--local", "nothing-here.jsonl"), "nothing-here.jsonl"),
        (("--threshold", "1", "--local", "."), "folder"),
        (("--threshold", "1", "--bucket", "b", "--prefix", "p", "--profile", "nobody"), "nobody"),
        (("--threshold", "1", "--bucket", "not a bucket", "--prefix", "p"), "not a bucket"),
        (("--threshold", "1", "--bucket", "s3://b/p/q", "--prefix", "p"), "say --bucket b --prefix p/q"),
        (("--threshold", "1", "--local", ""), "--local FILE"),
        (("--threshold", "1", "--local", "a", "--region", "eu-west-1"), "--local reads this machine"),
        (("--threshold", "1", "--local", "a", "--time-field", "level"), "three different fields"),
        (("--threshold", "1", "--local", "a", "--service-field", ""), "must be texts of 1 to 256 characters"),
        (("--threshold", "1", "--local", "a", "--level-field", ".log"), "neither begin nor end with a dot"),
        (("--threshold", "1", "--local", "a", "--level-field", "log", "--time-field", "log.at"), "stands in another"),
        (("--threshold", "1", "--local", "a", "--level-field", "log..level"), "have no two in a row"),
        (("--threshold", "1", "--bucket", "b", "--prefix", "p", "--endpoint-url", "nonsense"), "nonsense"),
        (("--bogus",), "--bogus"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_ends_with_2_and_one_clear_line(options: tuple[str, ...], words: str) -> None:
    """It names what is wrong; nothing goes to stdout."""
    done = analyze(*options)

    assert done.returncode == 2
    assert done.stdout == b""
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (("--level-field", "log", "--time-field", "log.level"), "must be fields of which none stands in another"),
        (("--level-field", ".".join("a" * 200)), "must be texts of 1 to 256 characters"),
        (("--level-field", "\udcff.level"), "must be texts of 1 to 256 characters"),
    ],
    ids=["within", "deep", "bytes"],
)
def test_fields_that_no_line_can_have_are_refused_of_a_long_file(
    fields: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    """Of such a file it is asked how its lines are spelt."""
    path = tmp_path / "long"
    path.write_bytes(LOG * 2000)

    done = analyze(str(path), "--threshold", "1", *fields)

    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"error: --time-field, --service-field and --level-field {words}\n"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(LOG)[:-5], "truncated gzip"),
        (gzip.compress(LOG) + LOG, "damaged gzip"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not text"),
        (b"PK\x03\x04" + LOG, "a zip archive"),
    ],
    ids=["truncated", "damaged", "picture", "archive"],
)
def test_what_could_not_be_read_to_its_end_ends_with_1(content: bytes, words: str, tmp_path: Path) -> None:
    """Half a count would look like a whole one."""
    path = tmp_path / "log"
    path.write_bytes(content)

    done = analyze("--local", str(path), "--threshold", "1")

    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.decode() == f"error: {path}: {words}{done.stderr.decode().partition(words)[2]}"
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no Linux")
def test_a_read_that_fails_is_told_as_one() -> None:
    """It is not the answer that could not be written."""
    done = analyze("--local", "/proc/self/mem", "--threshold", "1")

    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr == b"error: /proc/self/mem: can't be read: Input/output error\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read_ends_with_1(log: Path) -> None:
    """It is there, and nobody guesses what is in it."""
    log.chmod(0)

    done = analyze("--local", str(log), "--threshold", "1")

    assert (done.returncode, done.stdout) == (1, b"")
    assert b"may not be read" in done.stderr


def test_malformed_lines_are_noted_for_people() -> None:
    """A log of which nothing could be read has no errors either."""
    done = analyze("--local", "-", "--threshold", "1", stdin=LOG + b"Traceback\n")

    assert done.returncode == 0
    assert json.loads(done.stdout)["malformed"] == 1
    assert done.stderr == b"note: 1 line of 6 can't be read: not JSON objects of the expected kind\n"


def test_a_log_whose_levels_stand_elsewhere_is_no_log_without_errors() -> None:
    """Its nought comes with a note, also for a program; with the right names it is counted."""
    theirs = LOG.replace(b'"level"', b'"severity"').replace(b"ERROR", b"error").replace(b"service", b"app")
    options = ("--local", "-", "--threshold", "1", "--level-field", "severity", "--service-field", "app")

    plain = analyze(*options[:4], stdin=theirs)
    named = analyze(*options, "--level", "error", "--level", "fatal", stdin=theirs)

    assert json.loads(plain.stdout)["notes"] == ["no line has the field level, so none can be an error"]
    assert plain.stderr == b"note: no line has the field level, so none can be an error\n"
    assert json.loads(named.stdout)["byService"] == {"billing": 1, "orders": 1}
    assert named.stderr == b""


@pytest.mark.parametrize("levels", [("ERROR,WARN",), ("ERROR, WARN", "FATAL"), ("WARN", "ERROR")], ids=" ".join)
def test_levels_can_have_commas_between_them(log: Path, levels: tuple[str, ...]) -> None:
    """As in LOGTALLY_LEVELS; or each has an option of its own."""
    options = [word for level in levels for word in ("--level", level)]

    assert json.loads(analyze("--local", str(log), "--threshold", "1", *options).stdout)["total"] == 3


def test_another_separator_than_a_comma_is_refused(log: Path) -> None:
    """It would be one level that no line has."""
    done = analyze("--local", str(log), "--threshold", "1", "--level", "ERROR;FATAL")

    line = b"error: --level 'ERROR;FATAL': must be names with commas between them, such as ERROR,FATAL\n"
    assert (done.returncode, done.stderr) == (2, line)


def test_a_preset_reads_the_lines_of_a_logger() -> None:
    """And what is said besides wins."""
    pino = b'{"level":50,"time":1757937600123,"name":"api","msg":"m"}\n{"level":40,"time":1,"name":"b","msg":"m"}\n'

    preset = analyze("-", "--threshold", "1", "--preset", "pino", stdin=pino)
    warnings = analyze("-", "--threshold", "1", "--preset", "pino", "--level", "40,50", stdin=pino)

    assert json.loads(preset.stdout)["byService"] == {"api": 1}
    assert json.loads(warnings.stdout)["byService"] == {"api": 1, "b": 1}


def test_a_local_file_needs_no_boto3(log: Path) -> None:
    """It takes longer to import than most files to read."""
    script = (
        "import sys, cli.analyze\n"
        "try: cli.analyze.run()\n"
        "finally: print(sorted(m for m in sys.modules if m.startswith('boto')), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script, "--local", str(log), "--threshold", "1"]

    assert subprocess.run(command, capture_output=True, check=True, env=environment()).stderr == b"[]\n"
