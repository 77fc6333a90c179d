"""Each system call that PID 1 makes fails, and a shell comes all the same.

tests/tools/inject.c boots /init in namespaces of the machine, once for each
call, error (ENOSYS, EPERM) and mode (the first call, all calls).
"""

import re

from machine import PROMPT, plain, power_off

# As long as a busy machine may take for some 130 boots.
MINUTES = 20
# What any boot calls, whatever libc makes of it on the architecture.
CALLS = {"mount", "ppoll", "wait4", "pipe2", "read", "write", "close",
         "reboot", "kill", "rt_sigaction", "uname", "sethostname", "getpid",
         "fcntl"}
OF_ARCH = {"arm64": {"openat", "clone", "mkdirat", "dup3"},
           "x86_64": {"open", "fork", "mkdir", "dup2"}}


def test_p9_p10_every_call_of_pid_1_fails(machine):
    machine.add_file("inject",
                     (machine.build / "tests" / "inject").read_bytes())
    child = machine.talk("--timeout", f"{MINUTES}m",
                         # Else the inner ones end the machine by it.
                         append="phase.exit-port=0")
    # Thousands of messages of /init, in the kernel's log as well
    child.sendline("dmesg -n 1; /inject")
    child.expect(r"inject: \d+ failed", timeout=MINUTES * 60)
    report = plain(child.before)
    child.expect(PROMPT)
    power_off(child)

    calls = set(re.search("^calls: (.*)$", report, re.M)[1].split())
    assert CALLS | OF_ARCH[machine.arch] <= calls
    never = set(re.findall(r"^never (\w+): ", report, re.M))
    not_always = set(re.findall(r"^not always (\w+): ", report, re.M))
    assert not re.findall("^FAIL .*", report, re.M)
    done = set(re.findall(r"^ok (\w+) (\w+) (\w+) ", report, re.M))
    assert done == {
        (call, error, mode)
        for call in calls - never for error in ("ENOSYS", "EPERM")
        for mode in ("once", "always")
        if mode == "once" or call not in not_always}
