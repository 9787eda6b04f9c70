//! The seal check: what is asserted about a sandbox, tried out before anything
//! runs in it.
//!
//! The checks do not ask how the sandbox was made. They look at it from the
//! inside, as a program would that wants to get out.

use std::fs::{self, File};
use std::io::{self, Read};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use nix::errno::Errno;
use nix::net::if_::InterfaceFlags;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrStorage, connect, socket};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork, pipe};

use super::enter::Outside;
use super::plan::{Breach, Hole, Isolation, Plan};
use super::privileges;
use crate::sensor::filter;
use crate::sensor::system_log::PLACE;

/// Addresses that no route may lead to: documentation ranges, where no one
/// would be reached even if one did (RFC 5737, RFC 3849).
const CANARIES: [&str; 2] = ["192.0.2.1:443", "[2001:db8::1]:443"];

/// One way of looking at the sandbox from the inside; the error says what it
/// found.
type Check<'a> = &'a dyn Fn() -> Result<(), String>;

/// What the checks need to know.
struct Seal<'a> {
    plan: &'a Plan,
    outside: &'a Outside,
    /// The descriptors that are meant to be open.
    known: &'a [i32],
}

/// Tries the seal; gives the names of the checks that hold.
pub(super) fn check(plan: &Plan, outside: &Outside, known: &[i32]) -> Result<Vec<String>, Breach> {
    let seal = Seal {
        plan,
        outside,
        known,
    };
    let checks: [(&str, Check<'_>); 9] = [
        ("namespaces", &|| seal.namespaces()),
        ("interfaces", &interfaces),
        ("routes", &routes),
        ("canary", &canary),
        ("host-sockets", &|| seal.host_sockets()),
        ("kernel-settings", &kernel_settings),
        ("host-files", &host_files),
        ("descriptors", &|| seal.descriptors()),
        ("privileges", &|| seal.privileges()),
    ];
    checks
        .into_iter()
        .map(|(name, check)| match check() {
            Ok(()) => Ok(name.to_owned()),
            Err(detail) => Err(Breach {
                check: name.to_owned(),
                detail,
            }),
        })
        .collect()
}

impl Seal<'_> {
    fn namespaces(&self) -> Result<(), String> {
        for (name, outside) in &self.outside.namespaces {
            let inside = fs::read_link(format!("/proc/self/ns/{name}"))
                .map_err(|error| format!("the {name} namespace cannot be read: {error}"))?;
            if inside == *outside {
                return Err(format!("the {name} namespace is the host's"));
            }
        }
        if std::process::id() != 1 {
            return Err("the first process is not number 1".to_owned());
        }
        Ok(())
    }

    /// None of the host's sockets is in sight.
    fn host_sockets(&self) -> Result<(), String> {
        for path in &self.outside.sockets {
            let is_socket =
                fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_socket());
            if is_socket && !self.is_own_log(path) {
                return Err(format!("the host's socket {} is in sight", path.display()));
            }
        }
        Ok(())
    }

    /// Whether a path is that of the sandbox's own system log: one of the host's
    /// could have the same, and would lie on another file system than the root.
    fn is_own_log(&self, path: &Path) -> bool {
        let device = |path: &Path| fs::symlink_metadata(path).map(|metadata| metadata.dev());
        self.plan.system_log
            && path == Path::new(PLACE)
            && matches!((device(path), device(Path::new("/"))), (Ok(one), Ok(other)) if one == other)
    }

    /// Nothing is open but what the sandbox itself opened.
    fn descriptors(&self) -> Result<(), String> {
        // Names only: an entry would keep the directory itself open.
        let numbers = fs::read_dir("/proc/self/fd")
            .and_then(|entries| {
                entries
                    .map(|entry| Ok(entry?.file_name()))
                    .collect::<io::Result<Vec<_>>>()
            })
            .map_err(|error| format!("the descriptors cannot be listed: {error}"))?;
        for number in numbers {
            let known = number
                .to_str()
                .and_then(|number| number.parse().ok())
                .is_some_and(|number: i32| self.known.contains(&number));
            // The one that the directory was read by is closed by now.
            let target = fs::read_link(Path::new("/proc/self/fd").join(&number));
            if let (false, Ok(target)) = (known, target) {
                return Err(format!(
                    "descriptor {} is open on {}",
                    number.display(),
                    target.display()
                ));
            }
        }
        Ok(())
    }

    /// A process that is confined as a beacon will be has no privilege and no
    /// way to another.
    fn privileges(&self) -> Result<(), String> {
        let (answer, child_end) = pipe().map_err(|errno| errno.to_string())?;
        // SAFETY: this process has one thread, so that the child may do
        // anything.
        match unsafe { fork() } {
            Ok(ForkResult::Child) => {
                drop(answer);
                let escaped = self.try_to_escape().err().unwrap_or_default();
                let _ = nix::unistd::write(&child_end, escaped.as_bytes());
                std::process::exit(0);
            }
            Ok(ForkResult::Parent { child }) => {
                drop(child_end);
                let mut escaped = String::new();
                let heard = File::from(answer).read_to_string(&mut escaped);
                let ended = waitpid(child, None).map_err(|errno| errno.to_string())?;
                if heard.is_err() || !matches!(ended, nix::sys::wait::WaitStatus::Exited(_, 0)) {
                    return Err(format!("the confined process did not end well: {ended:?}"));
                }
                if escaped.is_empty() {
                    Ok(())
                } else {
                    Err(escaped)
                }
            }
            Err(errno) => Err(errno.to_string()),
        }
    }

    fn try_to_escape(&self) -> Result<(), String> {
        let program = if self.plan.faults.hole == Some(Hole::Filter) {
            vec![]
        } else {
            filter::program(self.plan.grants())
        };
        let account = match self.plan.isolation {
            Isolation::Sealed => None,
            Isolation::Root => self.plan.account,
        };
        privileges::confine(&program, account)
            .map_err(|error| format!("a process cannot be confined: {error}"))?;
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        for (key, wanted) in [
            ("NoNewPrivs:", "1"),
            ("CapPrm:", "0000000000000000"),
            ("CapEff:", "0000000000000000"),
            ("CapBnd:", "0000000000000000"),
        ] {
            let value = status.lines().find_map(|line| line.strip_prefix(key));
            if value.map(str::trim) != Some(wanted) {
                return Err(format!("{key} is not {wanted}"));
            }
        }
        if !self.plan.grants().local_sockets && raw_socket(libc::AF_UNIX, libc::SOCK_STREAM) {
            return Err("a confined process could open a Unix socket".to_owned());
        }
        if self.plan.system_log {
            // A datagram can be aimed; the tracer, which is not here yet, looks at
            // where it leads.
            for (what, call) in UNSEEN_MESSAGES {
                if call() {
                    return Err(format!("a confined process could {what}"));
                }
            }
        } else if raw_socket(libc::AF_UNIX, libc::SOCK_DGRAM) {
            return Err("a confined process could open a Unix datagram socket".to_owned());
        }
        for (what, call) in ATTEMPTS {
            if call() {
                return Err(format!("a confined process could {what}"));
            }
        }
        Ok(())
    }
}

/// Only `lo` is up. (Some kernels put idle tunnels into every namespace.)
fn interfaces() -> Result<(), String> {
    let interfaces = nix::ifaddrs::getifaddrs()
        .map_err(|errno| format!("the interfaces cannot be listed: {errno}"))?;
    for interface in interfaces {
        let up = interface.flags.contains(InterfaceFlags::IFF_UP);
        if up && interface.interface_name != "lo" {
            return Err(format!("interface {} is up", interface.interface_name));
        }
    }
    Ok(())
}

/// Every route ends at `lo`.
fn routes() -> Result<(), String> {
    // The interface's name comes first in one table and last in the other.
    let read = |table: &str| {
        fs::read_to_string(format!("/proc/self/net/{table}"))
            .map_err(|error| format!("{table} cannot be read: {error}"))
    };
    for line in read("route")?.lines().skip(1) {
        if line.split_ascii_whitespace().next() != Some("lo") {
            return Err(format!("a route leads out: {line}"));
        }
    }
    if Path::new("/proc/self/net/ipv6_route").exists() {
        for line in read("ipv6_route")?.lines() {
            if line.split_ascii_whitespace().next_back() != Some("lo") {
                return Err(format!("a route leads out: {line}"));
            }
        }
    }
    Ok(())
}

/// A connection to the outside fails for want of a way.
fn canary() -> Result<(), String> {
    for canary in CANARIES {
        let address: SocketAddr = canary
            .parse()
            .map_err(|_| format!("{canary} is no address"))?;
        for (what, outcome) in [("tcp", try_tcp(address)), ("udp", try_udp(address))] {
            let errno = match outcome {
                Err(error) => error.raw_os_error(),
                Ok(()) => None,
            };
            let no_way = [
                libc::ENETUNREACH,
                libc::EHOSTUNREACH,
                libc::EADDRNOTAVAIL,
                libc::EAFNOSUPPORT,
            ];
            if !errno.is_some_and(|errno| no_way.contains(&errno)) {
                return Err(format!("{what} to {canary} did not fail for want of a way"));
            }
        }
    }
    Ok(())
}

/// The kernel's settings cannot be written, not even by the sandbox's own
/// first process.
fn kernel_settings() -> Result<(), String> {
    for setting in ["kernel/core_pattern", "net/ipv4/ip_forward"] {
        let path = Path::new("/proc/sys").join(setting);
        if File::options().write(true).open(path).is_ok() {
            return Err(format!("/proc/sys/{setting} can be written"));
        }
    }
    Ok(())
}

/// The programs of the host, and the sandbox's own settings, cannot be
/// changed.
fn host_files() -> Result<(), String> {
    for directory in ["/", "/usr", "/etc", "/proc/sys"] {
        let probe = Path::new(directory).join(".beaconlab-probe");
        if fs::create_dir(&probe).is_ok() {
            // It was made: take it away again, and say so.
            let _ = fs::remove_dir(&probe);
            return Err(format!("{directory} can be written"));
        }
    }
    Ok(())
}

/// What is tried, and the trying, which says whether it was possible.
type Attempt = (&'static str, fn() -> bool);

/// Calls that a beacon must not be able to make. None of them is one that the
/// filter hands to the tracer: without a tracer those fail for another reason.
const ATTEMPTS: &[Attempt] = &[
    ("open a packet socket", || {
        raw_socket(libc::AF_PACKET, libc::SOCK_DGRAM)
    }),
    ("open a raw socket", || {
        raw_socket(libc::AF_INET, libc::SOCK_RAW)
    }),
    ("open a pair of Unix datagram sockets", || {
        socket_pair(libc::SOCK_DGRAM)
    }),
    ("open a pair of raw Unix sockets", || {
        socket_pair(libc::SOCK_RAW)
    }),
    ("open a vsock", || {
        raw_socket(libc::AF_VSOCK, libc::SOCK_STREAM)
    }),
    ("nest a user namespace", || {
        nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER).is_ok()
    }),
    ("set up io_uring", || {
        // SAFETY: a null pointer is refused by the kernel before it is read.
        let made = unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, std::ptr::null::<u8>()) };
        made >= 0 || Errno::last() != Errno::ENOSYS
    }),
    ("have memory that the sensor cannot read", || {
        // SAFETY: the call takes a number only. The file, if there is one, ends
        // with this process.
        let made = unsafe { libc::syscall(libc::SYS_memfd_secret, 0) };
        made >= 0 || Errno::last() != Errno::ENOSYS
    }),
    ("put characters into a terminal", || {
        let character = c"x";
        // SAFETY: the call reads one byte at the pointer, which is there.
        let put = unsafe { libc::ioctl(0, libc::TIOCSTI, character.as_ptr()) };
        put == 0 || Errno::last() != Errno::EPERM
    }),
    ("trace a process", || nix::sys::ptrace::traceme().is_ok()),
];

/// Calls that can aim a datagram, where there are such sockets: without the tracer
/// there are no such calls at all, with a descriptor that is none or any other.
const UNSEEN_MESSAGES: &[Attempt] = &[
    ("send a message that nobody looks at", || {
        // SAFETY: the descriptor is none, so that nothing is read.
        let sent = unsafe { libc::syscall(libc::SYS_sendmsg, -1, std::ptr::null::<u8>(), 0) };
        sent >= 0 || Errno::last() != Errno::ENOSYS
    }),
    ("send messages that nobody looks at", || {
        // SAFETY: as above.
        let sent = unsafe { libc::syscall(libc::SYS_sendmmsg, -1, std::ptr::null::<u8>(), 1, 0) };
        sent >= 0 || Errno::last() != Errno::ENOSYS
    }),
    ("connect a socket that nobody looks at", || {
        // SAFETY: as above.
        let made = unsafe { libc::syscall(libc::SYS_connect, -1, std::ptr::null::<u8>(), 0) };
        made >= 0 || Errno::last() != Errno::ENOSYS
    }),
];

fn raw_socket(family: i32, kind: i32) -> bool {
    // SAFETY: the call takes numbers only. The socket, if there is one, ends
    // with this process.
    unsafe { libc::socket(family, kind, 0) >= 0 }
}

fn socket_pair(kind: i32) -> bool {
    let mut pair = [0; 2];
    // SAFETY: the kernel writes two descriptors, for which there is room.
    unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, pair.as_mut_ptr()) == 0 }
}

fn try_udp(address: SocketAddr) -> io::Result<()> {
    let any = if address.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    // Connecting a datagram socket only looks for a route: nothing is sent.
    UdpSocket::bind(any)?.connect(address)
}

fn try_tcp(address: SocketAddr) -> io::Result<()> {
    let family = if address.is_ipv4() {
        AddressFamily::Inet
    } else {
        AddressFamily::Inet6
    };
    // Not blocking: should there be a route, the attempt is over at once.
    let socket: OwnedFd = socket(
        family,
        SockType::Stream,
        SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC,
        None,
    )?;
    connect(socket.as_raw_fd(), &SockaddrStorage::from(address))?;
    Ok(())
}
