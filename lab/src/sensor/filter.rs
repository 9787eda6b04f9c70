//! The seccomp filter under which a beacon runs: it hands the calls that the
//! sensor records to the tracer, and refuses those that could leave the seal
//! or the sensor's sight.
//!
//! Classic BPF, one block of at most a dozen instructions a rule (see the
//! kernel's `Documentation/userspace-api/seccomp_filter.rst`). The kernel
//! caches the calls that are always allowed, so the many that no rule names
//! cost next to nothing.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the kernel's interface fixes the widths, and its constants fit them"
)]

use std::io;

use libc::{c_long, sock_filter, sock_fprog};

#[cfg(target_arch = "x86_64")]
const AUDIT_ARCH: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const AUDIT_ARCH: u32 = 0xC000_00B7;

/// Calls with this bit are x32's, a second way into the same kernel.
#[cfg(target_arch = "x86_64")]
const X32_BIT: u32 = 0x4000_0000;

/// Offsets into `struct seccomp_data`.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

/// `CLONE_UNTRACED` would leave the tracer, the others would nest namespaces.
const ESCAPING_CLONE_FLAGS: u32 = (libc::CLONE_UNTRACED
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u32;

/// What a rule asks of a call's arguments. `int` arguments are compared by
/// their low word, as the kernel reads them.
#[derive(Debug, Clone, Copy)]
enum When {
    Always,
    /// Any of the bits of the argument is set.
    AnyBit(u32, u32),
    /// The argument is this value.
    Is(u32, u32),
    /// Both arguments are these values.
    Are((u32, u32), (u32, u32)),
    /// The argument, under the mask, is this value.
    Masked(u32, u32, u32),
    /// The pointer argument is not null.
    Pointer(u32),
    /// The first argument is this value, and the second one, under the mask, is
    /// that value.
    IsAndMasked((u32, u32), (u32, u32, u32)),
    /// The first argument is this value, and the second one, under the mask, is
    /// another than that value.
    IsAndNotMasked((u32, u32), (u32, u32, u32)),
    /// The argument is none of the values.
    NoneOf(u32, &'static [u32]),
}

#[derive(Debug, Clone, Copy)]
enum Then {
    Trace,
    Errno(i32),
}

struct Rule {
    call: c_long,
    when: When,
    then: Then,
}

const fn rule(call: c_long, when: When, then: Then) -> Rule {
    Rule { call, when, then }
}

/// The address families that stay inside the sandbox's network namespace.
/// `AF_VSOCK`, `AF_PACKET` and the rest are refused: some know no namespaces.
/// `AF_UNIX` is among them: a socket with a path is reached through any mount,
/// also a read-only one, and no table tells where all of the host's lie (a name
/// may be relative, or bound in another network namespace).
const FAMILIES: &[u32] = &[
    libc::AF_INET as u32,
    libc::AF_INET6 as u32,
    libc::AF_NETLINK as u32,
];

/// The same for programs that have local sockets of one kind or the other.
const FAMILIES_WITH_LOCAL: &[u32] = &[
    libc::AF_INET as u32,
    libc::AF_INET6 as u32,
    libc::AF_NETLINK as u32,
    libc::AF_UNIX as u32,
];

const SOCKET_TYPE_MASK: u32 = 0xF;

/// What a sandbox's programs may do beyond what all may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Grants {
    /// They may talk to each other by local stream sockets. The tracer then
    /// looks at each path that is connected to, and lets those of the sandbox's
    /// own places pass only.
    pub(crate) local_sockets: bool,
    /// One opens files and sockets for the others: the tracer learns which
    /// descriptors are handed on.
    pub(crate) handing_on: bool,
    /// They may send datagrams to the system log, which is the lab's own. The
    /// tracer then looks at each local address that is connected or sent to, and
    /// lets that one pass only.
    pub(crate) system_log: bool,
}

fn rules(grants: Grants) -> Vec<Rule> {
    use Then::{Errno, Trace};
    use When::{Always, AnyBit, Are, Is, IsAndMasked, IsAndNotMasked, Masked, NoneOf, Pointer};
    let families = if grants.local_sockets || grants.system_log {
        FAMILIES_WITH_LOCAL
    } else {
        FAMILIES
    };
    let create = libc::O_CREAT as u32;
    let denied = Errno(libc::EPERM);
    // "Not implemented" makes a C library fall back to the call's elder.
    let absent = Errno(libc::ENOSYS);
    let mut rules = vec![
        rule(libc::SYS_connect, Always, Trace),
        rule(libc::SYS_sendto, Pointer(4), Trace),
        rule(
            libc::SYS_getsockopt,
            Are((1, libc::SOL_SOCKET as u32), (2, libc::SO_ERROR as u32)),
            Trace,
        ),
        rule(libc::SYS_openat, AnyBit(2, create), Trace),
        rule(libc::SYS_openat2, Always, Trace),
        rule(libc::SYS_socket, NoneOf(0, families), denied),
        rule(
            libc::SYS_socket,
            Masked(1, SOCKET_TYPE_MASK, libc::SOCK_RAW as u32),
            denied,
        ),
        // Of a pair, too, a datagram socket can be aimed at a path; and a raw local
        // one is a datagram socket by another name.
        rule(
            libc::SYS_socketpair,
            NoneOf(0, &[libc::AF_UNIX as u32]),
            denied,
        ),
        rule(
            libc::SYS_socketpair,
            Masked(1, SOCKET_TYPE_MASK, libc::SOCK_DGRAM as u32),
            denied,
        ),
        rule(
            libc::SYS_socketpair,
            Masked(1, SOCKET_TYPE_MASK, libc::SOCK_RAW as u32),
            denied,
        ),
        rule(libc::SYS_clone, AnyBit(0, ESCAPING_CLONE_FLAGS), denied),
        rule(libc::SYS_clone3, Always, absent),
        rule(libc::SYS_unshare, Always, denied),
        rule(libc::SYS_setns, Always, denied),
        rule(libc::SYS_ptrace, Always, denied),
        rule(libc::SYS_process_vm_readv, Always, denied),
        rule(libc::SYS_process_vm_writev, Always, denied),
        rule(libc::SYS_pidfd_getfd, Always, denied),
        rule(libc::SYS_io_uring_setup, Always, absent),
        rule(libc::SYS_io_uring_enter, Always, absent),
        rule(libc::SYS_io_uring_register, Always, absent),
        rule(libc::SYS_bpf, Always, denied),
        rule(libc::SYS_userfaultfd, Always, denied),
        // Memory that the kernel reads for a call, and the tracer cannot.
        rule(libc::SYS_memfd_secret, Always, absent),
        rule(libc::SYS_perf_event_open, Always, denied),
        // A process of the same user may set another's limits, the tracer's
        // and the endpoints' among them.
        rule(libc::SYS_prlimit64, NoneOf(0, &[0]), denied),
        // The kernel's log is the host's.
        rule(libc::SYS_syslog, Always, denied),
        // A listener's "continue" goes before our "trace": the call would be
        // made, and the tracer would not see it.
        rule(
            libc::SYS_seccomp,
            AnyBit(1, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER as u32),
            denied,
        ),
        rule(libc::SYS_add_key, Always, denied),
        rule(libc::SYS_request_key, Always, denied),
        rule(libc::SYS_keyctl, Always, denied),
        rule(libc::SYS_open_by_handle_at, Always, denied),
        rule(libc::SYS_ioctl, Is(1, libc::TIOCSTI as u32), denied),
        rule(libc::SYS_ioctl, Is(1, libc::TIOCLINUX as u32), denied),
    ];
    let (local, datagrams) = (
        (0, libc::AF_UNIX as u32),
        (1, SOCKET_TYPE_MASK, libc::SOCK_DGRAM as u32),
    );
    if grants.system_log {
        // All calls that can aim a datagram at a path are looked at.
        rules.push(rule(libc::SYS_sendmsg, Always, Trace));
        rules.push(rule(libc::SYS_sendmmsg, Always, Trace));
        if !grants.local_sockets {
            rules.push(rule(
                libc::SYS_socket,
                IsAndNotMasked(local, datagrams),
                denied,
            ));
        }
    } else {
        // A datagram can be sent to a path by calls that nobody looks at.
        rules.push(rule(
            libc::SYS_socket,
            IsAndMasked(local, datagrams),
            denied,
        ));
    }
    if grants.handing_on {
        rules.push(rule(libc::SYS_recvmsg, Always, Trace));
    }
    // The elder calls, which newer architectures never had.
    #[cfg(target_arch = "x86_64")]
    rules.extend([
        rule(libc::SYS_open, AnyBit(1, create), Trace),
        rule(libc::SYS_creat, Always, Trace),
    ]);
    rules
}

const fn statement(code: u32, k: u32) -> sock_filter {
    sock_filter {
        code: code as u16,
        jt: 0,
        jf: 0,
        k,
    }
}

const fn jump(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter {
        code: (libc::BPF_JMP | code | libc::BPF_K) as u16,
        jt,
        jf,
        k,
    }
}

const fn load(offset: u32) -> sock_filter {
    statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, offset)
}

const fn give(action: u32) -> sock_filter {
    statement(libc::BPF_RET | libc::BPF_K, action)
}

const fn low(argument: u32) -> sock_filter {
    load(ARGUMENTS + 8 * argument)
}

const fn high(argument: u32) -> sock_filter {
    load(ARGUMENTS + 8 * argument + 4)
}

/// One rule's instructions. Every one of them either returns or falls through
/// to the next rule.
fn block(rule: &Rule) -> Vec<sock_filter> {
    use libc::{BPF_JEQ, BPF_JSET};
    let action = give(match rule.then {
        Then::Trace => libc::SECCOMP_RET_TRACE,
        Then::Errno(errno) => libc::SECCOMP_RET_ERRNO | errno.unsigned_abs(),
    });
    let mut body = match rule.when {
        When::Always => vec![],
        When::AnyBit(argument, bits) => vec![low(argument), jump(BPF_JSET, bits, 0, 1)],
        When::Is(argument, value) => vec![low(argument), jump(BPF_JEQ, value, 0, 1)],
        When::Are((a, is), (b, too)) => vec![
            low(a),
            jump(BPF_JEQ, is, 0, 3),
            low(b),
            jump(BPF_JEQ, too, 0, 1),
        ],
        When::Masked(argument, mask, value) => vec![
            low(argument),
            statement(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, mask),
            jump(BPF_JEQ, value, 0, 1),
        ],
        When::IsAndMasked((a, is), (b, mask, value)) => vec![
            low(a),
            jump(BPF_JEQ, is, 0, 4),
            low(b),
            statement(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, mask),
            jump(BPF_JEQ, value, 0, 1),
        ],
        When::IsAndNotMasked((a, is), (b, mask, value)) => vec![
            low(a),
            jump(BPF_JEQ, is, 0, 4),
            low(b),
            statement(libc::BPF_ALU | libc::BPF_AND | libc::BPF_K, mask),
            jump(BPF_JEQ, value, 1, 0),
        ],
        When::Pointer(argument) => vec![
            low(argument),
            jump(BPF_JEQ, 0, 0, 2),
            high(argument),
            jump(BPF_JEQ, 0, 1, 0),
        ],
        When::NoneOf(argument, values) => {
            let mut body = vec![low(argument)];
            for (at, value) in values.iter().enumerate() {
                // Over the values that follow and over the action.
                let over = values.len() - at;
                body.push(jump(BPF_JEQ, *value, jump_length(over), 0));
            }
            body
        }
    };
    body.push(action);
    let mut block = vec![load(NUMBER)];
    // Call numbers fit a word on every architecture.
    block.push(jump(BPF_JEQ, rule.call as u32, 0, jump_length(body.len())));
    block.append(&mut body);
    block
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a block has fewer than twenty instructions"
)]
const fn jump_length(instructions: usize) -> u8 {
    instructions as u8
}

/// The whole program.
pub(crate) fn program(grants: Grants) -> Vec<sock_filter> {
    let mut program = vec![
        load(ARCHITECTURE),
        // Another architecture's calls (32-bit programs, `int 0x80`) would go
        // unseen: they do not exist in here.
        jump(libc::BPF_JEQ, AUDIT_ARCH, 1, 0),
        give(libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
    ];
    #[cfg(target_arch = "x86_64")]
    program.extend([
        load(NUMBER),
        jump(libc::BPF_JGE, X32_BIT, 0, 1),
        give(libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
    ]);
    for rule in rules(grants) {
        program.extend(block(&rule));
    }
    program.push(give(libc::SECCOMP_RET_ALLOW));
    program
}

/// Puts the calling thread, and all that it will start, under the filter. It
/// can never be taken off again. The thread must have set `no_new_privs`.
pub(crate) fn install(program: &[sock_filter]) -> io::Result<()> {
    let length = u16::try_from(program.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let program = sock_fprog {
        len: length,
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: `program` and the instructions it points to outlive the call,
    // and the kernel copies them.
    let installed = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0,
            &raw const program,
        )
    };
    if installed == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the kernel would do with a call: the classic BPF machine, as far
    /// as the filter uses it.
    fn run(grants: Grants, architecture: u32, call: c_long, arguments: [u64; 6]) -> u32 {
        let program = program(grants);
        let word = |offset: u32| match offset {
            NUMBER => call as u32,
            ARCHITECTURE => architecture,
            offset => {
                let argument = arguments[((offset - ARGUMENTS) / 8) as usize];
                if (offset - ARGUMENTS).is_multiple_of(8) {
                    argument as u32
                } else {
                    (argument >> 32) as u32
                }
            }
        };
        let (mut at, mut accumulator) = (0, 0);
        loop {
            let instruction = program[at];
            at += 1;
            let (jt, jf) = (instruction.jt as usize, instruction.jf as usize);
            let code = u32::from(instruction.code);
            let k = instruction.k;
            if code == libc::BPF_RET {
                return k;
            } else if code == libc::BPF_LD | libc::BPF_W | libc::BPF_ABS {
                accumulator = word(k);
            } else if code == libc::BPF_ALU | libc::BPF_AND {
                accumulator &= k;
            } else {
                let taken = match code & 0xF0 {
                    libc::BPF_JEQ => accumulator == k,
                    libc::BPF_JGE => accumulator >= k,
                    libc::BPF_JSET => accumulator & k != 0,
                    other => panic!("no such jump: {other:#x}"),
                };
                at += if taken { jt } else { jf };
            }
        }
    }

    fn decide(call: c_long, arguments: [u64; 6]) -> u32 {
        run(Grants::default(), AUDIT_ARCH, call, arguments)
    }

    const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;
    const TRACE: u32 = libc::SECCOMP_RET_TRACE;
    const DENIED: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM as u32;
    const ABSENT: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

    #[test]
    fn recorded_calls_are_traced_and_their_harmless_twins_are_not() {
        let create = (libc::O_CREAT | libc::O_WRONLY) as u64;
        assert_eq!(decide(libc::SYS_connect, [0; 6]), TRACE);
        assert_eq!(decide(libc::SYS_openat, [0, 1, create, 0, 0, 0]), TRACE);
        assert_eq!(decide(libc::SYS_openat, [0, 1, 0, 0, 0, 0]), ALLOW);
        assert_eq!(decide(libc::SYS_sendto, [3, 1, 1, 0, 0, 0]), ALLOW);
        assert_eq!(decide(libc::SYS_sendto, [3, 1, 1, 0, 0x7f00, 16]), TRACE);
        // An address whose low word is zero is still an address.
        assert_eq!(decide(libc::SYS_sendto, [3, 1, 1, 0, 1 << 32, 16]), TRACE);
        let so_error = [3, 1, libc::SO_ERROR as u64, 0, 0, 0];
        assert_eq!(decide(libc::SYS_getsockopt, so_error), TRACE);
        assert_eq!(decide(libc::SYS_getsockopt, [3, 1, 3, 0, 0, 0]), ALLOW);
        assert_eq!(decide(libc::SYS_getsockopt, [3, 6, 4, 0, 0, 0]), ALLOW);
        assert_eq!(decide(libc::SYS_getppid, [0; 6]), ALLOW);
    }

    #[test]
    fn ways_out_are_refused() {
        for family in [libc::AF_PACKET, libc::AF_VSOCK, libc::AF_ALG, libc::AF_UNIX] {
            let arguments = [family as u64, 1, 0, 0, 0, 0];
            assert_eq!(decide(libc::SYS_socket, arguments), DENIED, "{family}");
        }
        let inet = libc::AF_INET as u64;
        let raw = (libc::SOCK_RAW | libc::SOCK_CLOEXEC) as u64;
        assert_eq!(decide(libc::SYS_socket, [inet, raw, 1, 0, 0, 0]), DENIED);
        for family in FAMILIES {
            let stream = [u64::from(*family), 1, 0, 0, 0, 0];
            assert_eq!(decide(libc::SYS_socket, stream), ALLOW, "{family}");
        }
        let unix = libc::AF_UNIX as u64;
        let datagrams = (libc::SOCK_DGRAM | libc::SOCK_CLOEXEC) as u64;
        let pair = |family, kind| decide(libc::SYS_socketpair, [family, kind, 0, 0, 0, 0]);
        assert_eq!(pair(unix, datagrams), DENIED);
        // unix(7) knows no raw sockets: the kernel makes them datagram sockets.
        assert_eq!(pair(unix, raw), DENIED);
        for connected in [libc::SOCK_STREAM, libc::SOCK_SEQPACKET] {
            assert_eq!(pair(unix, connected as u64), ALLOW);
            assert_eq!(pair(libc::AF_TIPC as u64, connected as u64), DENIED);
        }
        for flag in [
            libc::CLONE_UNTRACED,
            libc::CLONE_NEWUSER,
            libc::CLONE_NEWNET,
        ] {
            let flags = (flag | libc::SIGCHLD) as u64;
            assert_eq!(decide(libc::SYS_clone, [flags, 0, 0, 0, 0, 0]), DENIED);
        }
        assert_eq!(
            decide(libc::SYS_clone, [libc::SIGCHLD as u64, 0, 0, 0, 0, 0]),
            ALLOW
        );
        assert_eq!(decide(libc::SYS_clone3, [0; 6]), ABSENT);
        assert_eq!(decide(libc::SYS_io_uring_setup, [0; 6]), ABSENT);
        assert_eq!(decide(libc::SYS_memfd_secret, [0; 6]), ABSENT);
        assert_eq!(decide(libc::SYS_ptrace, [0; 6]), DENIED);
        let listener = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
        assert_eq!(decide(libc::SYS_seccomp, [1, listener, 0, 0, 0, 0]), DENIED);
        assert_eq!(decide(libc::SYS_seccomp, [1, 0, 0, 0, 0, 0]), ALLOW);
        assert_eq!(decide(libc::SYS_prlimit64, [1, 7, 0, 0, 0, 0]), DENIED);
        assert_eq!(decide(libc::SYS_prlimit64, [0, 7, 0, 0, 0, 0]), ALLOW);
        // The kernel reads a request's low word only, and so must the rule.
        let sneaky = libc::TIOCSTI | 1 << 40;
        assert_eq!(decide(libc::SYS_ioctl, [0, sneaky, 0, 0, 0, 0]), DENIED);
        assert_eq!(decide(libc::SYS_ioctl, [0, 0x5401, 0, 0, 0, 0]), ALLOW);
    }

    #[test]
    fn local_sockets_are_for_who_is_granted_them_and_have_no_datagrams() {
        let granted = |call, arguments| {
            let grants = Grants {
                local_sockets: true,
                handing_on: true,
                system_log: false,
            };
            run(grants, AUDIT_ARCH, call, arguments)
        };
        let unix = libc::AF_UNIX as u64;
        let (stream, datagram) = (libc::SOCK_STREAM as u64, libc::SOCK_DGRAM as u64);
        let nonblocking = libc::SOCK_NONBLOCK as u64;
        let socket = |kind| granted(libc::SYS_socket, [unix, kind, 0, 0, 0, 0]);
        assert_eq!(socket(stream | nonblocking), ALLOW);
        assert_eq!(socket(datagram | nonblocking), DENIED);
        let pair = [unix, datagram, 0, 0, 0, 0];
        assert_eq!(granted(libc::SYS_socketpair, pair), DENIED);
        // Datagrams of other families are DNS.
        let inet = [libc::AF_INET as u64, datagram, 0, 0, 0, 0];
        assert_eq!(granted(libc::SYS_socket, inet), ALLOW);
        let packet = [libc::AF_PACKET as u64, stream, 0, 0, 0, 0];
        assert_eq!(granted(libc::SYS_socket, packet), DENIED);
        assert_eq!(granted(libc::SYS_recvmsg, [3, 0x7f00, 0, 0, 0, 0]), TRACE);
        assert_eq!(decide(libc::SYS_recvmsg, [3, 0x7f00, 0, 0, 0, 0]), ALLOW);
    }

    #[test]
    fn the_system_log_is_for_who_is_granted_it_and_no_message_goes_unseen() {
        let granted = |local_sockets, call, arguments| {
            let grants = Grants {
                local_sockets,
                handing_on: false,
                system_log: true,
            };
            run(grants, AUDIT_ARCH, call, arguments)
        };
        let unix = libc::AF_UNIX as u64;
        let datagram = (libc::SOCK_DGRAM | libc::SOCK_CLOEXEC) as u64;
        let others = [libc::SOCK_STREAM, libc::SOCK_SEQPACKET].map(|kind| kind as u64);
        let socket = |local_sockets, family: u64, kind| {
            granted(local_sockets, libc::SYS_socket, [family, kind, 0, 0, 0, 0])
        };
        assert_eq!(socket(false, unix, datagram), ALLOW);
        assert_eq!(socket(true, unix, datagram), ALLOW);
        for other in others {
            assert_eq!(socket(false, unix, other), DENIED);
            assert_eq!(socket(true, unix, other), ALLOW);
        }
        // A raw one is a datagram socket by another name.
        assert_eq!(socket(false, unix, libc::SOCK_RAW as u64), DENIED);
        for kind in [datagram, others[0]] {
            assert_eq!(socket(false, libc::AF_INET as u64, kind), ALLOW);
            assert_eq!(socket(false, libc::AF_VSOCK as u64, kind), DENIED);
        }
        for call in [libc::SYS_sendmsg, libc::SYS_sendmmsg] {
            assert_eq!(granted(false, call, [3, 0x7f00, 1, 0, 0, 0]), TRACE);
            assert_eq!(decide(call, [3, 0x7f00, 1, 0, 0, 0]), ALLOW);
        }
        let pair = [unix, datagram, 0, 0, 0, 0];
        assert_eq!(granted(false, libc::SYS_socketpair, pair), DENIED);
    }

    #[test]
    fn other_ways_into_the_kernel_do_not_exist() {
        const AUDIT_ARCH_I386: u32 = 0x4000_0003;
        assert_eq!(run(Grants::default(), AUDIT_ARCH_I386, 20, [0; 6]), ABSENT);
        #[cfg(target_arch = "x86_64")]
        assert_eq!(
            decide(libc::SYS_getpid | c_long::from(X32_BIT), [0; 6]),
            ABSENT
        );
    }

    #[test]
    fn the_kernel_takes_a_program_of_this_length() {
        let grants = Grants {
            local_sockets: true,
            handing_on: true,
            system_log: true,
        };
        assert!(program(grants).len() < libc::BPF_MAXINSNS as usize);
    }
}
