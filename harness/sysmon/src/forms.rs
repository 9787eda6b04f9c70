//! The forms in which Sysmon writes times, addresses, hashes and DNS answers.

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use jiff::Timestamp;
use jiff::tz::Offset;

/// `UtcTime` and `CreationUtcTime`: `YYYY-MM-DD HH:MM:SS.mmm`.
pub fn utc_time(at: Timestamp) -> String {
    let at = Offset::UTC.to_datetime(at);
    format!(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}",
        at.year(),
        at.month(),
        at.day(),
        at.hour(),
        at.minute(),
        at.second(),
        at.millisecond()
    )
}

/// An IPv6 address as event 3 writes it: eight groups, none left out
/// (`fe80:0:0:0:44af:a0ee:c7f9:e9ed`).
pub fn ipv6_uncompressed(address: Ipv6Addr) -> String {
    address
        .segments()
        .map(|group| format!("{group:x}"))
        .join(":")
}

/// The hashes of an image, as event 1 writes them on Windows: upper case,
/// comma-separated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hashes {
    /// The MD5 digest.
    pub md5: [u8; 16],
    /// The SHA-256 digest.
    pub sha256: [u8; 32],
}

impl fmt::Display for Hashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MD5=")?;
        for byte in self.md5 {
            write!(f, "{byte:02X}")?;
        }
        f.write_str(",SHA256=")?;
        for byte in self.sha256 {
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

/// `QueryStatus`: the Windows error code of a lookup, which the event holds as
/// text.
///
/// Source: the codes that real event 22 carry; their names are those of
/// `winerror.h` (`DNS_ERROR_RCODE_NAME_ERROR` and so on).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QueryStatus {
    /// 0: answered.
    Success,
    /// 1460: nobody answered in time.
    Timeout,
    /// 9002: the server failed.
    ServerFailure,
    /// 9003: the name does not exist.
    NameError,
    /// 9005: the server refused.
    Refused,
    /// 9701: the name exists, and has no record of the type asked.
    NoRecord,
}

impl QueryStatus {
    /// The Windows error code.
    pub const fn code(self) -> u32 {
        match self {
            Self::Success => 0,
            Self::Timeout => 1460,
            Self::ServerFailure => 9002,
            Self::NameError => 9003,
            Self::Refused => 9005,
            Self::NoRecord => 9701,
        }
    }
}

impl fmt::Display for QueryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code())
    }
}

/// One record of a DNS answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// A record other than an address: its type's number and its data (for an
    /// alias 5 and the name it stands for).
    Record(u16, String),
    /// An address.
    Address(IpAddr),
}

/// `QueryResults`: first the records that are no addresses, as `type:  5 NAME;`
/// (two blanks), then the addresses, IPv4 ones mapped into IPv6, each with its
/// semicolon; `-` if there are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryResults(pub Vec<Answer>);

impl fmt::Display for QueryResults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("-");
        }
        for answer in &self.0 {
            if let Answer::Record(kind, data) = answer {
                write!(f, "type:  {kind} {data};")?;
            }
        }
        for answer in &self.0 {
            match answer {
                Answer::Record(..) => {}
                Answer::Address(IpAddr::V4(address)) => write!(f, "::ffff:{address};")?,
                Answer::Address(IpAddr::V6(address)) => write!(f, "{address};")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn utc_time_has_milliseconds_and_no_zone() {
        let at: Timestamp = "2020-10-08T11:03:46.6159203Z".parse().unwrap();
        assert_eq!(utc_time(at), "2020-10-08 11:03:46.615");
    }

    #[test]
    fn event_3_leaves_no_group_of_an_ipv6_address_out() {
        assert_eq!(ipv6_uncompressed("::1".parse().unwrap()), "0:0:0:0:0:0:0:1");
        assert_eq!(
            ipv6_uncompressed("fe80::44af:a0ee:c7f9:e9ed".parse().unwrap()),
            "fe80:0:0:0:44af:a0ee:c7f9:e9ed"
        );
    }

    /// The form of `type:  5 arc.msn.com.nsatc.net;::ffff:52.179.129.229;`.
    #[test]
    fn query_results_hold_aliases_first_and_map_ipv4() {
        let results = QueryResults(vec![
            Answer::Record(5, "edge.example.net".into()),
            Answer::Address("192.0.2.7".parse().unwrap()),
            Answer::Address("2001:db8::5".parse().unwrap()),
        ]);
        assert_eq!(
            results.to_string(),
            "type:  5 edge.example.net;::ffff:192.0.2.7;2001:db8::5;"
        );
        assert_eq!(QueryResults::default().to_string(), "-");
    }

    #[test]
    fn hashes_are_upper_case() {
        let hashes = Hashes {
            md5: [0xab; 16],
            sha256: [0x0c; 32],
        };
        assert_eq!(
            hashes.to_string(),
            format!("MD5={},SHA256={}", "AB".repeat(16), "0C".repeat(32))
        );
    }
}
