"""`analyze` as a user runs it: a process, its exit code, what it prints where."""

import bz2
import gzip
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.e2e.terminal import shown_on_a_terminal
from tests.packers import zstd_compress
from tests.s3_stub import Answer, Request, refusal, serving, whole

BIN = Path(sys.executable).parent
SAMPLES = Path(__file__).parents[3] / "shared" / "data" / "seed-logs"
LOG = b"".join(
    b'{"ts":"2025-09-15T12:00:%02dZ","service":"%s","level":"%s","msg":"m"}\n' % entry
    for entry in [
        (1, b"orders", b"INFO"),
        (3, b"orders", b"ERROR"),
        (5, b"billing", b"WARN"),
        (7, b"billing", b"ERROR"),
        (9, b"api", b"INFO"),
    ]
)
AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": "eu-central-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}


def _environment(more: Mapping[str, str] = AWS) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **more}


def _analyze(
    *options: str, stdin: bytes = b"", tool: tuple[str, ...] = ("analyze",), aws: Mapping[str, str] = AWS
) -> subprocess.CompletedProcess[bytes]:
    command = [str(BIN / tool[0]), *tool[1:], *options]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=60, env=_environment(aws))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "2025-09-15T12-00.jsonl"
    path.write_bytes(LOG)
    return path


@pytest.mark.parametrize("tool", [("analyze",), ("logtally", "analyze")], ids=" ".join)
def test_a_local_file_gives_one_json_object(log: Path, tool: tuple[str, ...]) -> None:
    """When nobody looks at it: stdout is for programs, stderr for people."""
    done = _analyze("--local", str(log), "--threshold", "2", tool=tool)

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
    done = _analyze("--local", str(SAMPLES / f"2025-09-15T{hour}-00.jsonl"), "--threshold", "2")

    assert json.loads(done.stdout)["total"] == total


def test_since_leaves_out_what_came_before(log: Path) -> None:
    """And with it, here, the alert."""
    done = _analyze("--local", str(log), "--threshold", "2", "--since", "2025-09-15T12:00:05Z")

    report = json.loads(done.stdout)
    assert report["byService"] == {"billing": 1}
    assert report["alert"] is False
    assert report["since"] == "2025-09-15T12:00:05Z"


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, zstd_compress])
def test_standard_input_is_a_file_too(pack: Callable[[bytes], bytes]) -> None:
    """Packed or not: there is no name to tell."""
    assert json.loads(_analyze("--local", "-", "--threshold", "2", stdin=pack(LOG)).stdout)["total"] == 2


@pytest.mark.parametrize(("threshold", "code"), [("2", 3), ("3", 0)])
def test_fail_on_alert_ends_with_3(log: Path, threshold: str, code: int) -> None:
    """For a script that wants to stop there; the report is printed all the same."""
    done = _analyze("--local", str(log), "--threshold", threshold, "--fail-on-alert")

    assert done.returncode == code
    assert json.loads(done.stdout)["total"] == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "--threshold"),
        (("--threshold", "1"), "--local FILE"),
        (("--threshold", "1", "--local", "a", "--bucket", "b"), "--local FILE"),
        (("--threshold", "1", "--bucket", "b"), "--prefix"),
        (("--threshold", "1", "--prefix", "p"), "--bucket"),
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
        (("--threshold", "1", "--local", "a", "--service-field", ""), "three different fields"),
        (("--threshold", "1", "--bucket", "b", "--prefix", "p", "--endpoint-url", "nonsense"), "nonsense"),
        (("--bogus",), "--bogus"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_wrong_usage_ends_with_2_and_one_clear_line(options: tuple[str, ...], words: str) -> None:
    """It names what is wrong; nothing goes to stdout."""
    done = _analyze(*options)

    assert done.returncode == 2
    assert done.stdout == b""
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


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

    done = _analyze("--local", str(path), "--threshold", "1")

    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.decode() == f"error: {path}: {words}{done.stderr.decode().partition(words)[2]}"
    assert done.stderr.count(b"\n") == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_a_file_that_may_not_be_read_ends_with_1(log: Path) -> None:
    """It is there, and nobody guesses what is in it."""
    log.chmod(0)

    done = _analyze("--local", str(log), "--threshold", "1")

    assert (done.returncode, done.stdout) == (1, b"")
    assert b"may not be read" in done.stderr


def test_malformed_lines_are_noted_for_people() -> None:
    """A log of which nothing could be read has no errors either."""
    done = _analyze("--local", "-", "--threshold", "1", stdin=LOG + b"Traceback\n")

    assert done.returncode == 0
    assert json.loads(done.stdout)["malformed"] == 1
    assert done.stderr == b"note: 1 line of 6 can't be read: not JSON objects of the expected kind\n"


def test_a_log_whose_levels_stand_elsewhere_is_no_log_without_errors() -> None:
    """Its nought comes with a note, also for a program; with the right names it is counted."""
    theirs = LOG.replace(b'"level"', b'"severity"').replace(b"ERROR", b"error").replace(b"service", b"app")
    options = ("--local", "-", "--threshold", "1", "--level-field", "severity", "--service-field", "app")

    plain = _analyze(*options[:4], stdin=theirs)
    named = _analyze(*options, "--level", "error", "--level", "fatal", stdin=theirs)

    assert json.loads(plain.stdout)["notes"] == ["no line has the field level, so none can be an error"]
    assert plain.stderr == b"note: no line has the field level, so none can be an error\n"
    assert json.loads(named.stdout)["byService"] == {"billing": 1, "orders": 1}
    assert named.stderr == b""


def _on_a_terminal(*options: str, environment: Mapping[str, str]) -> str:
    code, shown = shown_on_a_terminal([str(BIN / "analyze"), *options], environment=_environment(environment))
    assert code == 0
    return shown


TERMINAL = {"TERM": "xterm-256color", "COLUMNS": "100"}


def test_a_terminal_shows_a_table(log: Path) -> None:
    """With a bar for each service, in colour."""
    shown = _on_a_terminal("--local", str(log), "--threshold", "2", environment=TERMINAL)

    assert "\x1b[" in shown
    assert "ALERT" in shown
    assert "2 errors in 5 lines" in shown


def test_no_color_means_no_colour(log: Path) -> None:
    """https://no-color.org"""
    shown = _on_a_terminal("--local", str(log), "--threshold", "2", environment=TERMINAL | {"NO_COLOR": "1"})

    assert "\x1b[3" not in shown
    assert "ALERT" in shown


def test_json_on_a_terminal_when_asked(log: Path) -> None:
    """For somebody who wants to see what a program would."""
    shown = _on_a_terminal("--local", str(log), "--threshold", "2", "--json", environment=TERMINAL)

    assert json.loads(shown)["total"] == 2


def test_a_name_in_a_log_does_not_steer_the_terminal(tmp_path: Path) -> None:
    """Logs hold what strangers sent."""
    path = tmp_path / "log"
    path.write_bytes(json.dumps({"level": "ERROR", "service": "a\x1b]0;owned\x07[red]b"}).encode())

    shown = _on_a_terminal("--local", str(path), "--threshold", "2", environment=TERMINAL)

    assert "\x1b]0;" not in shown
    assert "[red]b" in shown


def test_a_closed_pipe_is_no_stack_trace(log: Path) -> None:
    """`analyze … | head` ends as other tools do."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [str(BIN / "analyze"), "--local", str(log), "--threshold", "1"]
    with os.fdopen(writer, "wb") as closed:
        done = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, check=False, env=_environment())

    assert done.returncode == 141
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("redirection", "code", "line"),
    [
        (">/dev/full", 1, "error: the answer can't be written: No space left on device\n"),
        (">&-", 1, "error: stdout is closed: there is nowhere to answer to\n"),
        ("<&- --local -", 2, "error: -: standard input is closed\n"),
    ],
)
def test_what_can_not_be_written_or_read_is_one_clear_line(log: Path, redirection: str, code: int, line: str) -> None:
    """A full disk is no bug of ours."""
    command = f'"$1" --local "$2" --threshold 1 {redirection}'
    shell = ["sh", "-c", command, "sh", str(BIN / "analyze"), str(log)]

    done = subprocess.run(shell, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False, env=_environment())

    assert (done.returncode, done.stderr.decode()) == (code, line)


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"AWS_REGION": "us east"}, "error: AWS settings: Provided region_name 'us east' doesn't match"),
        (
            {"AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": "nonsense"},
            "error: AWS settings: Invalid endpoint: nonsense",
        ),
    ],
)
def test_wrong_aws_settings_are_one_clear_line(variables: dict[str, str], line: str) -> None:
    """Wherever they come from."""
    command = [str(BIN / "analyze"), "--bucket", "b", "--prefix", "p", "--threshold", "1"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment(variables))

    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert len(done.stderr.splitlines()) == 1


def test_ctrl_c_ends_with_130_and_no_stack_trace() -> None:
    """Whoever waits for a pipe may stop waiting."""
    command = [str(BIN / "analyze"), "--local", "-", "--threshold", "1"]
    # What a shell starts in the background ignores Ctrl-C, and so do these tests, and all that they start.
    heeding = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.argv[1], sys.argv[1:])"
    )
    with subprocess.Popen(
        [sys.executable, "-c", heeding, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=_environment(),
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write(LOG * 10_000)  # far more than a pipe holds: once it is through, it is being read
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        code = process.wait(timeout=30)
        words = process.stderr.read()

    assert code == 130
    assert words == b""


def test_a_local_file_needs_no_boto3(log: Path) -> None:
    """It takes longer to import than most files to read."""
    script = (
        "import sys, cli.analyze\n"
        "try: cli.analyze.run()\n"
        "finally: print(sorted(m for m in sys.modules if m.startswith('boto')), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script, "--local", str(log), "--threshold", "1"]

    assert subprocess.run(command, capture_output=True, check=True, env=_environment()).stderr == b"[]\n"


def _bucket(*, content: bytes = LOG) -> Callable[[Request], Answer]:
    def answer(request: Request) -> Answer:
        if "list-type=2" in request.path:
            entries = "".join(
                f"<Contents><Key>prod/{name}</Key><LastModified>2025-09-15T13:00:00Z</LastModified>"
                f"<ETag>&quot;abc&quot;</ETag><Size>{len(content)}</Size></Contents>"
                for name in ("2025-09-15T11-00.jsonl", "2025-09-15T12-00.jsonl")
            )
            listing = f"<ListBucketResult>{entries if 'prod' in request.path else ''}</ListBucketResult>".encode()
            return Answer(200, [listing], len(listing), {"Content-Type": "application/xml"})
        if "12-00" in request.path:
            return whole(content, etag="abc")
        return refusal(404, "NoSuchKey")

    return answer


def test_a_prefix_means_its_newest_file() -> None:
    """And the report says which one that was."""
    with serving(_bucket()) as (endpoint, _):
        done = _analyze("--bucket", "logs", "--prefix", "prod/", "--threshold", "3", "--endpoint-url", endpoint)

    assert (done.returncode, done.stderr) == (0, b"")
    report = json.loads(done.stdout)
    assert (report["bucket"], report["key"], report["etag"]) == ("logs", "prod/2025-09-15T12-00.jsonl", "abc")
    assert (report["total"], report["alert"]) == (2, False)


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (_bucket(), 2, "nothing under s3://logs/x/"),
        (lambda _: refusal(404, "NoSuchBucket"), 2, "s3://logs"),
        (lambda _: refusal(403, "AccessDenied"), 1, "not permitted"),
        (lambda _: refusal(403, "InvalidAccessKeyId"), 1, "not permitted"),
    ],
    ids=["nothing there", "no bucket", "no permission", "no such key"],
)
def test_what_s3_refuses_is_one_clear_line(answer: Callable[[Request], Answer], code: int, words: str) -> None:
    """With the exit code of its kind."""
    with serving(answer) as (endpoint, _):
        done = _analyze("--bucket", "logs", "--prefix", "x/", "--threshold", "3", "--endpoint-url", endpoint)

    assert (done.returncode, done.stdout) == (code, b"")
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_a_truncated_gzip_in_s3_ends_with_1() -> None:
    """S3 sent all it has; it was uploaded by half."""
    with serving(_bucket(content=gzip.compress(LOG)[:-5])) as (endpoint, _):
        done = _analyze("--bucket", "logs", "--prefix", "prod/", "--threshold", "3", "--endpoint-url", endpoint)

    assert done.returncode == 1
    assert done.stderr.startswith(b"error: s3://logs/prod/2025-09-15T12-00.jsonl: truncated gzip")


@pytest.mark.parametrize(
    ("aws", "code", "words"),
    [
        ({name: value for name, value in AWS.items() if "KEY" not in name}, 1, "credentials"),
        ({name: value for name, value in AWS.items() if name != "AWS_REGION"}, 2, "AWS_REGION"),
    ],
    ids=["credentials", "region"],
)
def test_a_missing_setting_is_named(aws: Mapping[str, str], code: int, words: str) -> None:
    """Before anything is asked of AWS."""
    done = _analyze("--bucket", "logs", "--prefix", "x/", "--threshold", "3", aws=aws)

    assert done.returncode == code
    assert words in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
