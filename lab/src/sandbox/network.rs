//! The sandbox's network: a loopback interface that answers for every address
//! of the table, and a workstation's source address. Nothing else.
//!
//! Routes of type `local` make the kernel accept whole ranges as its own
//! ("AnyIP"), so that one socket on `0.0.0.0` serves them all; the route's
//! preferred source is the workstation's address, which thus is the peer that
//! the endpoints see. The messages are rtnetlink(7)'s.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the kernel's interface fixes the widths, and its constants fit them"
)]

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, send,
    socket,
};

/// The index of `lo` in a new network namespace.
const LOOPBACK: u32 = 1;

const HEADER: usize = 16;

/// `IFA_F_NODAD`: no duplicate address detection, which would take a second.
const NO_DAD: u8 = 2;

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Range {
    pub(super) address: IpAddr,
    pub(super) prefix_length: u8,
}

/// Brings `lo` up, gives it the workstation's address and lets it answer for
/// the ranges.
pub(super) fn set_up(workstation: IpAddr, ranges: &[Range]) -> io::Result<()> {
    let mut netlink = Netlink::open()?;
    netlink.request(&loopback_up())?;
    netlink.request(&new_address(workstation))?;
    for range in ranges {
        netlink.request(&local_route(*range, workstation))?;
    }
    Ok(())
}

struct Request {
    kind: u16,
    body: Vec<u8>,
}

impl Request {
    fn attribute(mut self, kind: u16, value: &[u8]) -> Self {
        // Attributes are short: addresses and indices.
        let length = (4 + value.len()) as u16;
        self.body.extend(length.to_ne_bytes());
        self.body.extend(kind.to_ne_bytes());
        self.body.extend(value);
        self.body.resize(self.body.len().next_multiple_of(4), 0);
        self
    }
}

fn family(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => libc::AF_INET as u8,
        IpAddr::V6(_) => libc::AF_INET6 as u8,
    }
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(v4) => v4.octets().to_vec(),
        IpAddr::V6(v6) => v6.octets().to_vec(),
    }
}

/// `struct ifinfomsg` with the flag `IFF_UP`.
fn loopback_up() -> Request {
    let up = (libc::IFF_UP as u32).to_ne_bytes();
    let mut body = vec![0; 4];
    body.extend(LOOPBACK.to_ne_bytes());
    body.extend(up);
    body.extend(up);
    Request {
        kind: libc::RTM_NEWLINK,
        body,
    }
}

/// `struct ifaddrmsg`: a single address on `lo`.
fn new_address(address: IpAddr) -> Request {
    let length = if address.is_ipv4() { 32 } else { 128 };
    let mut body = vec![family(address), length, NO_DAD, 0];
    body.extend(LOOPBACK.to_ne_bytes());
    Request {
        kind: libc::RTM_NEWADDR,
        body,
    }
    .attribute(libc::IFA_LOCAL, &octets(address))
    .attribute(libc::IFA_ADDRESS, &octets(address))
}

/// `struct rtmsg`: a route of type local, by which the range is ours.
fn local_route(range: Range, source: IpAddr) -> Request {
    let body = vec![
        family(range.address),
        range.prefix_length,
        0,
        0,
        libc::RT_TABLE_LOCAL,
        libc::RTPROT_STATIC,
        libc::RT_SCOPE_HOST,
        libc::RTN_LOCAL,
        0,
        0,
        0,
        0,
    ];
    let request = Request {
        kind: libc::RTM_NEWROUTE,
        body,
    }
    .attribute(libc::RTA_DST, &octets(range.address))
    .attribute(libc::RTA_OIF, &LOOPBACK.to_ne_bytes());
    if source.is_ipv4() == range.address.is_ipv4() {
        request.attribute(libc::RTA_PREFSRC, &octets(source))
    } else {
        request
    }
}

struct Netlink {
    socket: OwnedFd,
    sequence: u32,
}

impl Netlink {
    fn open() -> io::Result<Self> {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkRoute,
        )?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        Ok(Self {
            socket,
            sequence: 0,
        })
    }

    /// Sends a request and waits for its acknowledgement. What is there
    /// already is as good as made.
    fn request(&mut self, request: &Request) -> io::Result<()> {
        self.sequence += 1;
        let flags = libc::NLM_F_REQUEST | libc::NLM_F_ACK | libc::NLM_F_CREATE;
        let length = (HEADER + request.body.len()) as u32;
        let mut message = Vec::with_capacity(HEADER + request.body.len());
        message.extend(length.to_ne_bytes());
        message.extend(request.kind.to_ne_bytes());
        message.extend((flags as u16).to_ne_bytes());
        message.extend(self.sequence.to_ne_bytes());
        message.extend(0_u32.to_ne_bytes());
        message.extend(&request.body);
        send(self.socket.as_raw_fd(), &message, MsgFlags::empty())?;
        let mut reply = [0; 4096];
        let length = recv(self.socket.as_raw_fd(), &mut reply, MsgFlags::empty())?;
        acknowledged(&reply[..length])
    }
}

/// Reads `struct nlmsgerr`: zero, or a negative `errno`.
fn acknowledged(reply: &[u8]) -> io::Result<()> {
    let malformed = || io::Error::other("the kernel's answer is too short");
    let error: [u8; 4] = reply
        .get(HEADER..HEADER + 4)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(malformed)?;
    match -i32::from_ne_bytes(error) {
        0 | libc::EEXIST => Ok(()),
        errno => Err(io::Error::from_raw_os_error(errno)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn an_acknowledgement_is_zero_and_a_refusal_is_an_error() {
        let reply = |errno: i32| {
            let mut reply = vec![0; HEADER];
            reply.extend((-errno).to_ne_bytes());
            reply
        };
        assert!(acknowledged(&reply(0)).is_ok());
        assert!(acknowledged(&reply(libc::EEXIST)).is_ok());
        let error = acknowledged(&reply(libc::EPERM)).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EPERM));
        assert!(acknowledged(&[0; 7]).is_err());
    }
}
