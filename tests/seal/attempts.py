"""Ways out of a sandbox, each tried once. A line is printed for each:

    NAME: blocked REASON
    NAME: OPEN WHAT

An attempt is a function that raises `OSError` where the way is shut, or
returns what it found behind it. `given` is set before this script runs; where
it has a list `only`, no other attempt is made.
"""

import ctypes
import fcntl
import mmap
import os
import platform
import resource
import signal
import socket
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
AMD64 = platform.machine() == "x86_64"
NUMBERS = {
    # name: (x86_64, aarch64); the newer calls have one number everywhere.
    "ptrace": (101, 117),
    "clone": (56, 220),
    "unshare": (272, 97),
    "keyctl": (250, 219),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "setns": (308, 268),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "seccomp": (317, 277),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "prlimit64": (302, 261),
    "init_module": (175, 105),
    "kexec_load": (246, 104),
    "syslog": (103, 116),
    "acct": (163, 89),
    "swapon": (167, 224),
    "sethostname": (170, 161),
    "settimeofday": (164, 170),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "clone3": (435, 435),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
}

NAMESPACES = {
    "user": 0x10000000,
    "mount": 0x20000,
    "cgroup": 0x02000000,
    "uts": 0x04000000,
    "ipc": 0x08000000,
    "pid": 0x20000000,
    "network": 0x40000000,
    "time": 0x80,
}
CLONE_UNTRACED = 0x00800000
TIOCSTI, TIOCLINUX = 0x5412, 0x541C

attempts = {}


def attempt(name, *arguments):
    """Registers a function under a name, to be called with the arguments."""

    def register(function):
        attempts[name] = lambda: function(*arguments)
        return function

    return register


def raw(number, *arguments):
    arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def call(name, *arguments):
    return raw(NUMBERS[name][0 if AMD64 else 1], *arguments)


def in_child(function, *arguments):
    """Calls a function in a child, for what would change this process."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            told = "=" + str(function(*arguments))
        except OSError as error:
            told = "!%d" % error.errno
        os.write(writer, told.encode())
        os._exit(0)
    os.close(writer)
    with open(reader) as answer:
        told = answer.read()
    os.waitpid(child, 0)
    if told.startswith("="):
        return told[1:]
    # A child that is killed at once has not come through, either.
    number = int(told[1:] or 0)
    raise OSError(number, os.strerror(number) if number else "killed")


# Network ------------------------------------------------------------------


def tcp(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as made:
        made.settimeout(2)
        try:
            made.connect((address, 443))
        except TimeoutError:
            return "it left for %s" % address
        return "connected to %s" % address


def udp(family, address, connect):
    with socket.socket(family, socket.SOCK_DGRAM) as made:
        if connect:
            made.connect((address, 9))
            made.send(b"x")
        else:
            made.sendto(b"x", (address, 9))
        return "sent to %s" % address


def udp_by_message(family, address):
    with socket.socket(family, socket.SOCK_DGRAM) as made:
        made.sendmsg([b"x"], [], 0, (address, 9))
        return "sent to %s" % address


def fast_open(family, address):
    with socket.socket(family, socket.SOCK_STREAM) as made:
        made.settimeout(2)
        MSG_FASTOPEN = 0x20000000
        made.sendto(b"x", MSG_FASTOPEN, (address, 443))
        return "it left for %s" % address


for family, version, address in [
    (socket.AF_INET, "IPv4", "192.0.2.1"),
    (socket.AF_INET, "IPv4 too", "198.51.100.1"),
    (socket.AF_INET6, "IPv6", "2001:db8::1"),
]:
    attempt("TCP over %s" % version, family, address)(tcp)
    attempt("TCP Fast Open over %s" % version, family, address)(fast_open)
    attempt("UDP over %s" % version, family, address, False)(udp)
    attempt("connected UDP over %s" % version, family, address, True)(udp)
    attempt("UDP by sendmsg over %s" % version, family, address)(udp_by_message)


def made_socket(family, kind, protocol):
    made = socket.socket(family, kind, protocol)
    try:
        return "family %d, type %d" % (made.family, made.type)
    finally:
        made.close()


def ping(family, address, protocol, request):
    with socket.socket(family, socket.SOCK_DGRAM, protocol) as made:
        made.sendto(request, (address, 0))
        return "sent to %s" % address


attempt("ICMP echo", socket.AF_INET, "192.0.2.1", 1, b"\x08\0\0\0\0\0\0\0")(ping)
attempt("ICMPv6 echo", socket.AF_INET6, "2001:db8::1", 58, b"\x80\0\0\0\0\0\0\0")(ping)
for name, family, kind, protocol in [
    ("raw ICMP socket", socket.AF_INET, socket.SOCK_RAW, 1),
    ("raw IP socket", socket.AF_INET, socket.SOCK_RAW, 255),
    ("raw IPv6 socket", socket.AF_INET6, socket.SOCK_RAW, 58),
    ("raw socket that closes on exec", socket.AF_INET, socket.SOCK_RAW | 0o2000000, 1),
    ("packet socket", 17, socket.SOCK_RAW, 0x0300),
    ("cooked packet socket", 17, socket.SOCK_DGRAM, 0x0300),
    ("old packet socket", socket.AF_INET, 10, 0x0300),
    ("AF_VSOCK", 40, socket.SOCK_STREAM, 0),
    ("AF_VSOCK datagrams", 40, socket.SOCK_DGRAM, 0),
    ("AF_ALG", 38, socket.SOCK_SEQPACKET, 0),
    ("AF_KEY", 15, socket.SOCK_DGRAM, 2),
    ("AF_RDS", 21, socket.SOCK_SEQPACKET, 0),
    ("AF_TIPC", 30, socket.SOCK_DGRAM, 0),
    ("AF_BLUETOOTH", 31, socket.SOCK_DGRAM, 0),
    ("AF_XDP", 44, socket.SOCK_DGRAM, 0),
    ("AF_CAN", 29, socket.SOCK_DGRAM, 0),
]:
    attempt(name, family, kind, protocol)(made_socket)


def netlink(kind, body):
    """One request to rtnetlink(7), which answers with an errno."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, 0) as made:
        made.settimeout(2)
        REQUEST_ACK_CREATE = 0x0001 | 0x0004 | 0x0400
        made.send(struct.pack("=IHHII", 16 + len(body), kind, REQUEST_ACK_CREATE, 1, 0) + body)
        (status,) = struct.unpack("=i", made.recv(4096)[16:20])
        if status:
            raise OSError(-status, os.strerror(-status))
        return "acknowledged"


attempt("a default route", 24, struct.pack("=8BIHHI", 2, 0, 0, 0, 254, 4, 253, 1, 0, 8, 4, 1))(
    netlink
)
attempt("another interface", 16, struct.pack("=BBHiII", 0, 0, 0, 0, 0, 0))(netlink)
attempt("an address more", 20, struct.pack("=BBBBI", 2, 32, 0, 0, 1) + struct.pack("=HH", 8, 2) + bytes([192, 0, 2, 9]))(
    netlink
)


@attempt("interfaces")
def interfaces():
    # Some kernels put idle tunnels into every namespace: they are not up.
    GET_FLAGS, IS_UP = 0x8913, 1
    with open("/proc/self/net/dev") as table:
        names = [line.split(":")[0].strip() for line in table if ":" in line]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        requests = {n: fcntl.ioctl(made, GET_FLAGS, struct.pack("16sh14x", n.encode(), 0)) for n in names}
    flags = {name: struct.unpack("16sh14x", answer)[1] for name, answer in requests.items()}
    assert flags["lo"] & IS_UP
    return nothing_but([name for name in names if flags[name] & IS_UP], ["lo"])


def nothing_but(found, allowed):
    others = sorted(set(found) - set(allowed))
    if others:
        return ", ".join(others)
    raise OSError(0, "nothing else")


# Sockets of the host ------------------------------------------------------


def unix_stream(address):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as made:
        made.connect(address)
        return "connected"


def unix_datagram(address):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as made:
        made.sendto(b"x", address)
        return "sent"


def unix_pair(address, connect):
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with ours, theirs:
        if connect:
            ours.connect(address)
            ours.send(b"x")
        else:
            ours.sendto(b"x", address)
        return "sent"


def shown(address):
    return address.replace("\0", "@")


for address in given["stream_sockets"] + given["relative_sockets"] + given["elsewhere"]:
    attempt("the host's socket %s" % shown(address), address)(unix_stream)
for address in given["datagram_sockets"]:
    name = shown(address)
    attempt("the host's socket %s" % name, address)(unix_datagram)
    attempt("the host's socket %s from a pair" % name, address, False)(unix_pair)
    attempt("the host's socket %s from a connected pair" % name, address, True)(unix_pair)


@attempt("the table of the host's sockets")
def unix_table():
    with open("/proc/self/net/unix") as table:
        fields = [line.split() for line in table.readlines()[1:]]
    return nothing_but([field[7] for field in fields if len(field) > 7], [])


# Descriptors --------------------------------------------------------------


@attempt("inherited descriptors")
def inherited():
    found = []
    for number in os.listdir("/proc/self/fd"):
        try:
            found.append("%s is %s" % (number, os.readlink("/proc/self/fd/" + number)))
        except FileNotFoundError:
            # The one that the directory was read by.
            pass
    return nothing_but([one for one in found if int(one.split()[0]) > 2], [])


@attempt("descriptor 7")
def seven():
    return os.pread(7, 64, 0).decode()


@attempt("standard descriptors")
def standard():
    targets = [os.readlink("/proc/self/fd/%d" % n) for n in range(3)]
    return nothing_but([t for t in targets if not t.startswith("pipe:")], ["/dev/null"])


for number in range(3):

    @attempt("standard descriptor %d as a socket" % number, number)
    def is_socket(number):
        copy = socket.socket(fileno=os.dup(number))
        copy.close()
        return "it is one"


# Terminals ----------------------------------------------------------------


def terminal(request, number):
    # The kernel reads the low word of the request only.
    character = ctypes.c_char(b"x")
    descriptor = ctypes.c_int(number)
    if libc.ioctl(descriptor, ctypes.c_ulong(request), ctypes.byref(character)) == 0:
        return "typed"
    number = ctypes.get_errno()
    if number == 1:
        raise OSError(number, os.strerror(number))
    # Refused for want of a terminal, not because the call is.
    return "refused only with %s" % os.strerror(number)


for number in range(3):
    attempt("TIOCSTI on descriptor %d" % number, TIOCSTI, number)(terminal)
    attempt("TIOCSTI with a high word on descriptor %d" % number, 1 << 32 | TIOCSTI, number)(terminal)
    attempt("TIOCLINUX on descriptor %d" % number, TIOCLINUX, number)(terminal)


def opened(path, flags):
    os.close(os.open(path, flags))
    return "opened"


for device in ["tty", "console", "tty0", "ptmx", "pts/0", "mem", "kmsg", "fuse", "kvm", "net/tun", "userfaultfd", "vsock", "vhost-vsock"]:
    attempt("/dev/" + device, "/dev/" + device, os.O_RDWR)(opened)

# Other ways into the kernel -----------------------------------------------


@attempt("the kernel's log")
def kernel_log():
    SIZE_OF_BUFFER = 10
    return call("syslog", SIZE_OF_BUFFER, 0, 0)


@attempt("io_uring_setup")
def io_uring():
    return call("io_uring_setup", 8, ctypes.create_string_buffer(120))


@attempt("io_uring_enter")
def io_uring_enter():
    return call("io_uring_enter", 0, 0, 0, 0, 0, 0)


@attempt("io_uring_register")
def io_uring_register():
    return call("io_uring_register", -1, 22, 0, 0)


if AMD64:

    def machine_code(code):
        page = mmap.mmap(-1, mmap.PAGESIZE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
        page.write(code)
        address = ctypes.addressof(ctypes.c_char.from_buffer(page))
        return ctypes.CFUNCTYPE(ctypes.c_int)(address)()

    @attempt("int 0x80")
    def interrupt():
        # mov eax, 20 (getpid); int 0x80; ret
        result = machine_code(b"\xb8\x14\0\0\0\xcd\x80\xc3")
        if result < 0:
            raise OSError(-result, os.strerror(-result))
        return "getpid gave %d" % result

    @attempt("an x32 call")
    def x32():
        return raw(0x40000000 | 39)


@attempt("seccomp with a listener of its own")
def listener():
    # A listener may let a call go on, and then the tracer does not see it.
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    def install():
        allow = struct.pack("=HBBI", 0x06, 0, 0, 0x7FFF0000)
        libc.prctl(38, 1, 0, 0, 0)
        SET_MODE_FILTER, NEW_LISTENER = 1, 8
        return call("seccomp", SET_MODE_FILTER, NEW_LISTENER, ctypes.byref(Program(1, allow)))

    return in_child(install)


for name, arguments in {
    "keyctl": (0, -3, 0),
    "add_key": (b"user", b"beaconlab-test", b"x", 1, -3),
    "request_key": (b"user", b"beaconlab-test", 0, 0),
    "bpf": (0, 0, 0),
    "userfaultfd": (1,),
    "perf_event_open": (ctypes.create_string_buffer(struct.pack("=IIQ", 1, 128, 0).ljust(128, b"\0")), 0, -1, -1, 0),
    "open_by_handle_at": (-1, 0, 0),
    "init_module": (0, 0, b""),
    "kexec_load": (0, 0, 0, 0),
    "acct": (0,),
    "sethostname": (b"elsewhere", 9),
    "fsopen": (b"tmpfs", 0),
    "swapon": (b"/tmp", 0),
    "settimeofday": (0, ctypes.create_string_buffer(8)),
}.items():
    attempt(name, name, *arguments)(call)

# Namespaces ---------------------------------------------------------------


def cloned(flags):
    child = call("clone", flags | signal.SIGCHLD, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return "child %d" % child


def cloned3(flags):
    arguments = struct.pack("=11Q", flags, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0)
    child = call("clone3", ctypes.create_string_buffer(arguments), 88)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return "child %d" % child


for kind, flag in NAMESPACES.items():
    attempt("unshare of the %s namespace" % kind, lambda flag=flag: call("unshare", flag))(in_child)
    if kind != "time":
        attempt("clone with the %s namespace" % kind, flag)(cloned)
    attempt("clone3 with the %s namespace" % kind, flag)(cloned3)
attempt("unshare of a user and a network namespace", lambda: call("unshare", 0x50000000))(in_child)
attempt("clone without a tracer", CLONE_UNTRACED)(cloned)
attempt("clone3 without a tracer", CLONE_UNTRACED)(cloned3)


def joined(path):
    descriptor = os.open(path, os.O_RDONLY)
    try:
        call("setns", descriptor, 0)
        return "joined"
    finally:
        os.close(descriptor)


for kind in ["net", "mnt", "user", "pid", "ipc", "uts"]:
    for process in ["1", "self"]:
        path = "/proc/%s/ns/%s" % (process, kind)
        attempt("setns to " + path, joined, path)(in_child)


@attempt("setns to the first process")
def setns_process():
    return in_child(lambda: call("setns", call("pidfd_open", 1, 0), NAMESPACES["mount"]))


# Other processes ----------------------------------------------------------

attempt("PTRACE_TRACEME", lambda: call("ptrace", 0, 0, 0, 0))(in_child)
attempt("PTRACE_ATTACH to the first process", "ptrace", 16, 1, 0, 0)(call)
attempt("PTRACE_SEIZE of the first process", "ptrace", 0x4206, 1, 0, 0)(call)


@attempt("PTRACE_SEIZE of a child")
def seize():
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)
        os._exit(0)
    try:
        return call("ptrace", 0x4206, child, 0, 0)
    finally:
        os.close(reader)
        os.close(writer)
        os.waitpid(child, 0)


def memory(name, process):
    there = ctypes.create_string_buffer(b"before")
    here = ctypes.create_string_buffer(b"after.")
    vector = lambda of: struct.pack("=QQ", ctypes.addressof(of), 6)
    return call(name, process, vector(here), 1, vector(there), 1, 0)


attempt("process_vm_readv of itself", "process_vm_readv", os.getpid())(memory)
attempt("process_vm_writev to itself", "process_vm_writev", os.getpid())(memory)
attempt("process_vm_readv of the first process", "process_vm_readv", 1)(memory)
attempt("process_vm_writev to the first process", "process_vm_writev", 1)(memory)


def taken(process, number):
    return call("pidfd_getfd", call("pidfd_open", process, 0), number, 0)


attempt("pidfd_getfd of itself", os.getpid(), 0)(taken)
for number in range(8):
    attempt("pidfd_getfd %d of the first process" % number, 1, number)(taken)


@attempt("limits of the first process")
def limits():
    return call("prlimit64", 1, resource.RLIMIT_NOFILE, struct.pack("=QQ", 64, 4096), 0)


def of_process(process, file):
    """A text of /proc; empty once the process has ended."""
    try:
        with open("/proc/%d/%s" % (process, file), errors="replace") as text:
            return text.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def all_processes():
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


for process in all_processes():
    # Its own ancestors below the first process are programs like itself.
    if process == 1 or of_process(process, "comm").strip() not in ["python.exe", "cmd.exe"]:
        which = "the first process" if process == 1 else "the lab's other process"
        for file, flags in [("mem", os.O_RDWR), ("mem", os.O_RDONLY), ("environ", os.O_RDONLY), ("maps", os.O_RDONLY), ("fd", os.O_RDONLY), ("root/etc", os.O_RDONLY), ("cwd", os.O_RDONLY)]:
            mode = "to write" if flags else "to read"
            attempt("%s of %s %s" % (file, which, mode), "/proc/%d/%s" % (process, file), flags)(
                lambda path, flags: os.listdir(path) if os.path.isdir(path) else opened(path, flags)
            )


@attempt("the end of the first process")
def end():
    for number in [signal.SIGSTOP, signal.SIGTERM, signal.SIGKILL]:
        try:
            os.kill(1, number)
        except PermissionError:
            pass
    state = [line for line in of_process(1, "status").splitlines() if line.startswith("State:")][0]
    if "T" in state or "Z" in state:
        return state
    raise OSError(0, "it goes on")


@attempt("processes of the host")
def processes():
    others = set(all_processes()) - {os.getpid()}
    return nothing_but([str(p) for p in others if given["marker"] in of_process(p, "cmdline")], [])


# Files --------------------------------------------------------------------


def written(path):
    descriptor = os.open(path, os.O_WRONLY)
    try:
        if "/proc/" in path and path.endswith("_map"):
            # Anyone may open a map, and only once it can be written.
            os.write(descriptor, b"0 0 1")
        return "opened"
    finally:
        os.close(descriptor)


for path in [
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/modprobe",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sys/kernel/hostname",
    "/proc/sys/kernel/yama/ptrace_scope",
    "/proc/sys/net/ipv4/ip_forward",
    "/proc/sys/net/ipv4/ping_group_range",
    "/proc/sys/net/ipv4/ip_unprivileged_port_start",
    "/proc/sys/user/max_user_namespaces",
    "/proc/sys/vm/overcommit_memory",
    "/proc/sys/fs/binfmt_misc/register",
    "/proc/sysrq-trigger",
    "/proc/1/oom_score_adj",
    "/proc/1/uid_map",
    "/proc/self/uid_map",
    "/proc/self/setgroups",
    "/usr/bin/env",
    "/etc/passwd",
    "/etc/resolv.conf",
    "/etc/ssl/certs/ca-certificates.crt",
    "/c/Program Files/Python3/python.exe",
    "/c/Windows/System32/cmd.exe",
]:
    attempt("writing to " + path, path)(written)


def created(directory):
    path = os.path.join(directory, ".beaconlab-test-made")
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    os.unlink(path)
    return "made"


for directory in [
    "/", "/usr", "/usr/lib", "/usr/local/lib", "/bin", "/lib", "/etc", "/etc/ssl", "/root", "/home",
    "/var", "/var/lib", "/run", "/dev", "/proc", "/sys", "/mnt", "/opt", "/boot", "/c/Windows", "/c/Windows/System32",
] + given["directories"]:
    attempt("a file in " + directory, directory)(created)


def mounted(target):
    os.makedirs("/tmp/mounted", exist_ok=True)
    return call("mount", b"tmpfs", target, b"tmpfs", 0, 0)


attempt("mount", mounted, b"/tmp/mounted")(in_child)
attempt("a remount of /usr", lambda: call("mount", 0, b"/usr", 0, 0x20 | 0x1000, 0))(in_child)
attempt("a remount of /proc/sys", lambda: call("mount", 0, b"/proc/sys", 0, 0x20 | 0x1000, 0))(in_child)
attempt("umount2 of /proc/sys", lambda: call("umount2", b"/proc/sys", 2))(in_child)
attempt("mount_setattr on /usr", lambda: call("mount_setattr", -100, b"/usr", 0, struct.pack("=QQQQ", 0, 1, 0, 0), 32))(in_child)
attempt("open_tree that clones", lambda: call("open_tree", -100, b"/usr", 1))(in_child)
attempt("pivot_root", lambda: call("pivot_root", b"/tmp", b"/tmp"))(in_child)
attempt("chroot", lambda: call("chroot", b"/tmp"))(in_child)
attempt("a device of its own", lambda: os.mknod("/tmp/device", 0o020666, os.makedev(1, 1)))(in_child)
attempt("a link to a program of the host", lambda: os.link("/usr/bin/env", "/usr/local/env"))(in_child)


def read(path):
    if os.path.isdir(path):
        # What the lab lays over sockets is its own.
        return nothing_but(os.listdir(path), [".nothing"])
    with open(path) as file:
        return repr(file.read(64))


for path in [
    "/etc/shadow", "/etc/machine-id", "/etc/ssh", "/etc/hostname", "/root", "/home", "/run", "/mnt", "/dev/shm",
    "/sys", "/boot", "/opt", "/srv", "/var/lib", "/var/log", "/proc/kcore", "/proc/1/root",
] + given["files"]:
    attempt("reading " + path, path)(read)


@attempt("accounts of the host")
def accounts():
    with open("/etc/passwd") as file:
        return nothing_but([line.split(":")[0] for line in file], ["analyst"])


@attempt("shared memory of the host")
def shared_memory():
    number = libc.shmget(given["shared_memory"], 0, 0)
    if number < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return number


@attempt("the host's name")
def host_name():
    return nothing_but([socket.gethostname(), os.uname().nodename], ["WKS-0421"])


@attempt("the host's variables")
def variables():
    return nothing_but(list(os.environ), given["variables"])


# Privileges ---------------------------------------------------------------


@attempt("privileges")
def privileges():
    with open("/proc/self/status") as file:
        status = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    found = []
    for key in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]:
        if int(status[key], 16):
            found.append("%s %s" % (key, status[key]))
    if status["NoNewPrivs"] != "1":
        found.append("new privileges")
    if status["Seccomp"] != "2":
        found.append("no filter")
    if 0 in os.getresuid() + os.getresgid() or os.getgroups() not in ([], [os.getgid()]):
        found.append("uid %s, gid %s, groups %s" % (os.getresuid(), os.getresgid(), os.getgroups()))
    return nothing_but(found, [])


@attempt("uid 0")
def root():
    return in_child(lambda: os.setresuid(0, 0, 0))


@attempt("core dumps")
def core():
    # A pattern that is a program gets no core of this size.
    return nothing_but([str(limit) for limit in resource.getrlimit(resource.RLIMIT_CORE)], ["0", "1"])


for name, function in attempts.items():
    if given["only"] and name not in given["only"]:
        continue
    try:
        outcome = "OPEN %s" % (function(),)
    except OSError as error:
        outcome = "blocked %s" % error.strerror
    except Exception as error:
        outcome = "BROKEN %s %s" % (type(error).__name__, error)
    print("%s: %s" % (name, outcome), flush=True)
print("all %d attempts were made" % len(given["only"] or attempts), flush=True)

if given["beacon"]:
    # The lab works: what it is for can be reached.
    import urllib.request

    urllib.request.urlopen(given["beacon"], timeout=10).read()
    print("the beacon was answered", flush=True)
