"""A supervised command: metered whole, and none the wiser."""

import os
import pty
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import supervising
from supervising import account, journals, last_record, supervise
from tracking import environment
from treadlight.core.errors import InputError
from treadlight.ledger.journal import read_journal
from treadlight.measure.command import find_command

PY = sys.executable
READY = "print('ready', flush=True)\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def _wait_for(what: Callable[[], object], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.01)


def _lines_so_far(home: Path) -> str:
    return "".join(p.read_text() for p in journals(home))


# -- how it ends -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 7, 255])
def test_the_exit_code_passes_through(home: Path, code: int) -> None:
    assert supervise(home, "sh", "-c", f"exit {code}").returncode == code
    end = last_record(home)
    assert (end["exit_code"], end["status"]) == (code, "finished" if code == 0 else "failed")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGSEGV, signal.SIGINT, signal.SIGPIPE])
def test_death_by_signal_passes_through(home: Path, number: signal.Signals) -> None:
    done = supervise(home, "sh", "-c", f"kill -{int(number)} $$")
    assert done.returncode == -number
    assert last_record(home)["exit_code"] == 128 + number


def test_the_shell_sees_128_plus_the_signal(home: Path) -> None:
    script = f"{PY} -c \"$CODE\" sh -c 'kill -9 $$'; echo $?"
    done = subprocess.run(
        ["sh", "-c", script],
        env=environment(TREADLIGHT_HOME=str(home), CODE=supervising.CODE),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "137"


def test_a_command_that_does_not_exist_leaves_nothing_behind(home: Path) -> None:
    done = supervise(home, "no-such-command-here", "--secret")
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "treadlight: command: no such command, got 'no-such-command-here'; check its spelling, or give its path"
    ]
    assert not home.exists()


def test_a_file_that_is_no_program_leaves_nothing_behind(home: Path, tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("text")
    with pytest.raises(InputError, match="cannot be executed"):
        find_command(str(plain))
    with pytest.raises(InputError, match="is a folder"):
        find_command(str(tmp_path))
    bad = tmp_path / "bad"
    bad.write_text("#!/no/such/interpreter\n")
    bad.chmod(0o755)
    done = supervise(home, str(bad))
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be run" in done.stderr
    assert journals(home) == []


def test_a_script_without_an_interpreter_line_runs_as_in_a_shell(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("echo $1; exit 4\n")
    script.chmod(0o755)
    done = supervise(home, str(script), "hello")
    assert (done.stdout, done.returncode) == ("hello\n", 4)


# -- what passes through -----------------------------------------------------------------------------------------------


def test_stdin_and_both_outputs_pass_through_unchanged(home: Path) -> None:
    done = supervise(home, "sh", "-c", "cat; printf err >&2", input="a\nb\0c")
    assert (done.stdout, done.stderr) == ("a\nb\0c", "err")


def test_inherited_files_pass_through(home: Path) -> None:
    read, write = os.pipe()
    supervise(home, PY, "-c", f"import os; os.write({write}, b'through')", pass_fds=(write,))
    os.close(write)
    with os.fdopen(read) as pipe:
        assert pipe.read() == "through"


def test_signals_have_their_usual_meaning_in_the_command(home: Path) -> None:
    code = "import signal; print(signal.pthread_sigmask(signal.SIG_BLOCK, []))"
    done = supervise(home, PY, "-c", code)
    assert done.stdout.strip() == "set()"
    status = supervise(home, "sh", "-c", "grep -E 'Sig(Blk|Ign)' /proc/self/status").stdout.split()
    # the C library reserves signals 32 and 33 for itself
    assert [int(value, 16) & 0x7FFFFFFF for value in status[1::2]] == [0, 0]


def test_arguments_are_never_recorded(home: Path) -> None:
    supervise(home, "sh", "-c", "exit 0", "--password=hunter2")
    assert "hunter2" not in _lines_so_far(home)
    assert account(home).run.name == "sh"


def test_a_project_that_is_no_unicode_does_not_cost_the_run(home: Path) -> None:
    done = supervise(home, "true", env={"TREADLIGHT_PROJECT": b"caf\xe9".decode("utf-8", "surrogateescape")})
    assert (done.returncode, done.stderr) == (0, "")
    assert account(home).run.subject.project == "caf?"


def test_a_run_is_called_after_its_script_but_never_after_its_code(home: Path, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text("")
    supervise(home / "a", PY, str(script), "--token=hunter2")
    assert account(home / "a").run.name == "train.py"
    supervise(home / "b", PY, "-c", "x = 'hunter2.py'")
    assert account(home / "b").run.name == Path(PY).name


# -- signals -----------------------------------------------------------------------------------------------------------

_TELLER = (
    "import os, signal, sys, time\n"
    "for n in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT, signal.SIGWINCH):\n"
    "    signal.signal(n, lambda n, _: os.write(1, b'%d\\n' % n))\n"
    "signal.signal(signal.SIGUSR2, lambda *_: sys.exit(0))\n"
    f"{READY}while True: time.sleep(0.05)\n"
)
"""Says which signals it gets, and ends at SIGUSR2."""


def test_signals_sent_to_the_supervisor_reach_the_command_once(home: Path) -> None:
    with supervising.start(home, PY, "-c", _TELLER, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT):
            process.send_signal(number)
            assert int(process.stdout.readline()) == number
        process.send_signal(signal.SIGUSR2)
        assert process.stdout.read() == ""
        assert process.wait(20) == 0


def test_what_a_terminal_sends_to_the_group_is_not_sent_twice(home: Path) -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        env = environment(TREADLIGHT_HOME=str(home))
        os.execve(PY, [PY, "-c", supervising.CODE, PY, "-c", _TELLER], env)
    seen = b""
    while b"ready" not in seen:
        seen += os.read(terminal, 1024)
    os.write(terminal, b"\x03")
    seen = b""
    while b"2\r\n" not in seen:
        seen += os.read(terminal, 1024)
    time.sleep(0.3)  # for a second one, were it sent
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(int(child), signal.SIGUSR2)
    try:
        while chunk := os.read(terminal, 1024):
            seen += chunk
    except OSError:
        pass  # the terminal is gone with its last process
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert seen.replace(b"^C", b"").split() == [b"2"]


def test_a_terminal_stop_without_a_terminal_stops_nobody(home: Path) -> None:
    with supervising.start(home, PY, "-c", _TELLER, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTSTP)
        # the kernel ignores terminal stops in a group that no shell could continue
        time.sleep(0.1)
        process.send_signal(signal.SIGUSR2)
        assert process.wait(20) == 0


def test_a_stopped_command_stops_its_supervisor_and_both_go_on(home: Path) -> None:
    # the group must not be an orphaned one, so it gets a session leader above it, as a shell is
    code = (
        "import signal\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCONT])\n"
        f"{READY}signal.sigwait([signal.SIGCONT])\n"
        "print('end', flush=True)"
    )
    with supervising.start(home, PY, "-c", code, stdout=subprocess.PIPE, process_group=0) as process:
        assert process.stdout is not None
        process.stdout.readline()
        os.killpg(process.pid, signal.SIGTSTP)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        stopped = os.WIFSTOPPED(status)
        os.killpg(process.pid, signal.SIGCONT)
        if stopped:
            assert process.wait(20) == 0
        else:
            process.returncode = os.waitstatus_to_exitcode(status)
        assert process.stdout.read() == "end\n"
        assert stopped


# -- the whole tree ----------------------------------------------------------------------------------------------------

_DAEMON = (
    "import os, sys, time\n"
    "if os.fork() == 0:\n"
    "    os.setsid()\n"
    "    if os.fork() == 0:\n"
    "        os.close(0); os.close(1); os.close(2)\n"
    "        end = time.process_time() + float(sys.argv[1])\n"
    "        while time.process_time() < end: pass\n"
    "    os._exit(0)\n"
    "os.wait()\n"
    "os._exit(5)\n"
)


def test_a_daemon_that_outlives_the_command_is_metered_to_its_end(home: Path) -> None:
    done = supervise(home, PY, "-c", _DAEMON, "0.6", stdin=subprocess.DEVNULL)
    assert done.returncode == 5
    assert "still running" in done.stderr
    assert account(home).run.duration_s >= 0.6


def test_one_can_choose_not_to_wait_for_what_outlives_the_command(home: Path) -> None:
    done = supervise(home, PY, "-c", _DAEMON, "1.5", stdin=subprocess.DEVNULL, env={"TEST_WAIT": "0"})
    assert (done.returncode, done.stderr) == (5, "")
    assert account(home).run.status == "failed"


def test_a_signal_ends_the_wait_for_what_outlives_the_command(home: Path) -> None:
    with supervising.start(home, "sh", "-c", "sleep 6 >/dev/null 2>&1 & exit 3", stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert "still running" in process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 3
    assert last_record(home)["kind"] == "end"


def test_grandchildren_get_their_share(home: Path) -> None:
    burn = "import time\nend = time.process_time() + 0.5\nwhile time.process_time() < end: pass"
    supervise(home, "sh", "-c", f'{PY} -c "{burn}"; true')
    cpu = [c for c in account(home).run.channels if c.component == "cpu" and c.flow == "electricity.it"]
    shares = [c.amount / c.whole for c in cpu if c.amount is not None and c.whole]
    assert shares
    assert min(shares) > 0.1


def test_a_short_command_on_a_busy_machine_gets_a_small_share(home: Path, tmp_path: Path) -> None:
    burner = subprocess.Popen([PY, "-c", f"{READY}while True: pass"], stdout=subprocess.PIPE, text=True)
    try:
        assert burner.stdout is not None
        burner.stdout.readline()
        env = {"TREADLIGHT_SYSFS_ROOT": str(tmp_path / "none"), "TEST_INTERVAL": "1.0"}
        assert supervise(home, "sleep", "0.3", env=env).returncode == 0
    finally:
        burner.kill()
        burner.communicate()
    (path,) = journals(home)
    start, *_, last = (r for r in read_journal(path) if r["kind"] in ("start", "sample"))
    energies = {channel["key"]: value for channel, value in zip(start["channels"], last["v"], strict=True)}
    for key in ("model:cpu", "model:rest", "model:memory"):
        whole, run, _ = energies[key]
        assert 0.0 < run <= 0.1 * whole, (key, whole, run)


def test_the_command_is_told_from_its_supervisor(home: Path) -> None:
    supervise(home, "sleep", "0.5")
    channels = [c for c in account(home).run.channels if c.component == "memory"]  # alone, it bears all the processor
    shares = [c.amount / c.whole for c in channels if c.amount is not None and c.whole]
    assert len(shares) == 2
    assert max(shares) < 0.5


# -- when nothing can be kept ------------------------------------------------------------------------------------------


def test_without_a_home_the_command_still_runs(home: Path, tmp_path: Path) -> None:
    done = supervise(home, "sh", "-c", "exit 6", env={"TREADLIGHT_HOME": None, "HOME": None, "XDG_DATA_HOME": None})
    assert done.returncode == 6
    assert len(done.stderr.splitlines()) == 1
    assert "no home folder" in done.stderr


@pytest.mark.parametrize(("options", "reason"), [("ro", "Read-only file system"), ("size=4k", "No space left")])
def test_on_a_disk_that_takes_nothing_the_command_still_runs(home: Path, options: str, reason: str) -> None:
    home.mkdir()
    mount = f"mount -t tmpfs -o {options} none {home}"
    if subprocess.run(["unshare", "-m", "sh", "-c", mount], capture_output=True, check=False).returncode:
        pytest.skip("needs root to mount a small disk")
    fill = f"{{ head -c 9999 /dev/zero >{home}/fill; }} 2>/dev/null"
    script = f"{mount}; {fill}; exec {PY} -c \"$CODE\" sh -c 'echo out; exit 6'"
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script],
        env=environment(TREADLIGHT_HOME=str(home), CODE=supervising.CODE),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (6, "out\n")
    assert len(done.stderr.splitlines()) == 1
    assert reason in done.stderr


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_with_a_read_only_home_the_command_still_runs(home: Path) -> None:
    home.mkdir(mode=0o555)
    done = supervise(home, "sh", "-c", "echo out; exit 6")
    assert (done.returncode, done.stdout) == (6, "out\n")
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr


def test_on_a_full_disk_the_command_still_runs(home: Path) -> None:
    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    done = supervise(home, "sh", "-c", "echo out; exit 6", preexec_fn=small)
    assert (done.returncode, done.stdout) == (6, "out\n")
    assert len(done.stderr.splitlines()) == 1
    assert "cannot be written" in done.stderr
    (path,) = journals(home)
    assert path.read_text() == ""
