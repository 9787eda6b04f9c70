"""The host, as far as a sandbox may meet it: started inside a network namespace
without a way out, it checks that there is none, sets out the lures that a
sandboxed program must not reach, runs a command and says what was reached.

The one argument is a JSON object; the answer is a JSON object in the file that
it names.
"""

import ctypes
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys

given = json.loads(sys.argv[1])

if given["become"]:
    os.setgroups([])
    os.setresgid(*[given["become"]] * 3)
    os.setresuid(*[given["become"]] * 3)


GET_FLAGS, SET_FLAGS, IS_UP = 0x8913, 0x8914, 1


def is_up(interface):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        answer = fcntl.ioctl(made, GET_FLAGS, struct.pack("16sh14x", interface.encode(), 0))
    return struct.unpack("16sh14x", answer)[1] & IS_UP


def is_closed():
    # Some kernels put idle tunnels into every namespace: they are not up.
    if any(name != "lo" and is_up(name) for _, name in socket.if_nameindex()):
        return False
    with open("/proc/self/net/route") as routes:
        if len(routes.readlines()) > 1:
            return False
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as canary:
            canary.connect(("192.0.2.1", 9))
    except OSError:
        return True
    return False


assert is_closed(), "the outer network namespace has a way out: nothing is run"

if given["loopback"]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        fcntl.ioctl(made, SET_FLAGS, struct.pack("16sh14x", b"lo", IS_UP))
    assert is_closed(), "loopback is no way out"


if given["inherited"]:
    secret = os.open(given["inherited"], os.O_RDWR)
    os.dup2(secret, 7, inheritable=True)


def listener(address, kind):
    made = socket.socket(socket.AF_UNIX, kind)
    made.bind(address)
    if not address.startswith("\0"):
        os.chmod(address, 0o777)
    if kind == socket.SOCK_STREAM:
        made.listen()
    made.setblocking(False)
    return made


def was_reached(made):
    try:
        return bool(made.accept() if made.type == socket.SOCK_STREAM else made.recv(1))
    except BlockingIOError:
        return False


listeners = {}

libc = ctypes.CDLL(None, use_errno=True)
IPC_CREATE, IPC_REMOVE = 0o1000, 0
shared = libc.shmget(given["shared_memory"], 4096, IPC_CREATE | 0o666)
assert shared >= 0, "no shared memory can be made"


def lay_out():
    for address in given["stream_sockets"]:
        listeners[address] = listener(address, socket.SOCK_STREAM)
    for address in given["datagram_sockets"]:
        listeners[address] = listener(address, socket.SOCK_DGRAM)
    for path in given["relative_sockets"]:
        # The kernel's table of sockets has the name as it was bound: it does
        # not tell where this one lies.
        os.chdir(os.path.dirname(path))
        listeners[path] = listener(os.path.basename(path), socket.SOCK_STREAM)


def answer():
    os.chdir(given["directory"])
    ran = subprocess.run(
        given["command"],
        close_fds=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=given["deadline"],
        errors="replace",
    )
    reached = sorted(name for name, made in listeners.items() if was_reached(made))
    answer = {
        "status": ran.returncode,
        "stdout": ran.stdout,
        "stderr": ran.stderr,
        "reached": reached,
    }
    with open(given["answer"], "w") as file:
        json.dump(answer, file)


try:
    lay_out()
    answer()
finally:
    libc.shmctl(shared, IPC_REMOVE, None)
    for path in listeners:
        if not path.startswith("\0"):
            os.unlink(path)
