//! One function for each kind of event: which fact fills which field, and
//! where each value comes from.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use jiff::Timestamp;
use sysmon::{
    Builder, Event, EventKind, Execution, Provenance, QueryResults, UnknownField, utc_time,
};
use uuid::Uuid;

use super::lookups::Resolved;
use super::processes::{Identity, Started};
use crate::sensor::host::Host;
use crate::sensor::script_block::{LINE_BREAK, ScriptBlock};

type Rendered = Result<Event, UnknownField>;

/// The account under which Sysmon's service runs: `LocalSystem`.
const LOCAL_SYSTEM: &str = "S-1-5-18";

/// A path as the event has it: a Windows path for what is on the staged drive,
/// and the path as it is for what is not.
pub(super) fn path(host: &Host, path: &str) -> String {
    host.drive
        .windows(Path::new(path))
        .unwrap_or_else(|| path.to_owned())
}

/// A directory as `CurrentDirectory` has it: with a backslash at its end.
fn directory(host: &Host, directory: &str) -> String {
    match host.drive.windows(Path::new(directory)) {
        Some(windows) if windows.ends_with('\\') => windows,
        Some(windows) => windows + "\\",
        None => directory.to_owned(),
    }
}

/// The path of a file that was made. A program of Linux that is given a path of
/// Windows (`curl.exe -o "%TEMP%\a.json"`) makes a file of that whole name in its
/// current directory; on Windows, it makes the file at that path.
fn target(host: &Host, file: &str) -> String {
    let name = file
        .rsplit_once('/')
        .filter(|(folder, _)| host.drive.windows(Path::new(folder)).is_some())
        .map(|(_, name)| name);
    match name {
        Some(name) if name.starts_with(r"C:\") || name.starts_with(r"c:\") => name.to_owned(),
        _ => path(host, file),
    }
}

fn of(kind: EventKind, identity: &Identity, at: Timestamp) -> Builder {
    Builder::new(kind)
        .observed("UtcTime", utc_time(at))
        .set("ProcessGuid", identity.guid.clone(), Provenance::Translated)
        .observed("ProcessId", identity.process_id.to_string())
        .set("Image", identity.image.clone(), identity.provenance)
}

fn finish(builder: Builder, host: &Host, at: Timestamp) -> Rendered {
    let service = Execution {
        process_id: host.service_process_id,
        thread_id: host.service_process_id + 376,
    };
    builder.finish(at, service, host.computer.clone(), LOCAL_SYSTEM)
}

pub(super) fn process_create(
    host: &Host,
    identity: &Identity,
    parent: &Identity,
    started: &Started<'_>,
) -> Rendered {
    let mut builder = of(EventKind::ProcessCreate, identity, started.at)
        .set(
            "CommandLine",
            identity.command_line.clone(),
            identity.provenance,
        )
        .set(
            "CurrentDirectory",
            directory(host, started.directory),
            identity.provenance,
        )
        .configured("User", host.user.clone())
        .configured(
            "LogonGuid",
            sysmon::logon_guid(host.machine_id, host.logged_on, host.logon_id),
        )
        .configured("LogonId", format!("{:#x}", host.logon_id))
        .configured("TerminalSessionId", "1")
        .configured("IntegrityLevel", "Medium")
        .translated("ParentProcessGuid", parent.guid.clone())
        .observed("ParentProcessId", parent.process_id.to_string())
        .set("ParentImage", parent.image.clone(), parent.provenance)
        .set(
            "ParentCommandLine",
            parent.command_line.clone(),
            parent.provenance,
        )
        .configured("ParentUser", host.user.clone());
    if let Some(digests) = started.digests {
        let hashes = format!(
            "MD5={},SHA256={}",
            digests.md5.to_uppercase(),
            digests.sha256.to_uppercase()
        );
        builder = builder.observed("Hashes", hashes);
    }
    finish(builder, host, started.at)
}

/// A connection, as event 3 tells it.
pub(super) struct Connection {
    pub(super) at: Timestamp,
    pub(super) protocol: &'static str,
    pub(super) source: SocketAddr,
    pub(super) destination: SocketAddr,
}

pub(super) fn network_connect(
    host: &Host,
    identity: &Identity,
    connection: &Connection,
    names: &BTreeMap<IpAddr, &str>,
) -> Rendered {
    let Connection {
        at,
        protocol,
        source,
        destination,
    } = *connection;
    let mut builder = of(EventKind::NetworkConnect, identity, at)
        .configured("User", host.user.clone())
        .observed("Protocol", protocol)
        .observed("Initiated", "true");
    for (side, address) in [("Source", source), ("Destination", destination)] {
        builder = builder
            .observed(
                &format!("{side}IsIpv6"),
                if address.is_ipv6() { "true" } else { "false" },
            )
            .observed(&format!("{side}Ip"), ip(address.ip()))
            .observed(&format!("{side}Port"), address.port().to_string());
        if let Some(name) = names.get(&address.ip()) {
            builder = builder.observed(&format!("{side}Hostname"), *name);
        }
        if let Some(name) = service(address.port()) {
            builder = builder.configured(&format!("{side}PortName"), name);
        }
    }
    finish(builder, host, at)
}

fn ip(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => sysmon::ipv6_uncompressed(v6),
    }
}

/// The names of the services that the lab has, as in Windows' `services` file.
fn service(port: u16) -> Option<&'static str> {
    match port {
        53 => Some("domain"),
        80 => Some("http"),
        443 => Some("https"),
        _ => None,
    }
}

pub(super) fn process_terminate(host: &Host, identity: &Identity, at: Timestamp) -> Rendered {
    let builder =
        of(EventKind::ProcessTerminate, identity, at).configured("User", host.user.clone());
    finish(builder, host, at)
}

pub(super) fn file_create(host: &Host, identity: &Identity, at: Timestamp, file: &str) -> Rendered {
    let builder = of(EventKind::FileCreate, identity, at)
        .translated("TargetFilename", target(host, file))
        .observed("CreationUtcTime", utc_time(at))
        .configured("User", host.user.clone());
    finish(builder, host, at)
}

pub(super) fn dns_query(host: &Host, lookup: &Resolved) -> Rendered {
    let builder = of(EventKind::DnsQuery, &lookup.process, lookup.at)
        .observed("QueryName", lookup.name.clone())
        .translated("QueryStatus", lookup.status.to_string())
        .translated(
            "QueryResults",
            QueryResults(lookup.answers.clone()).to_string(),
        )
        .configured("User", host.user.clone());
    finish(builder, host, lookup.at)
}

/// A script block of a PowerShell that is a stand-in, which writes no log: from
/// its command line.
pub(super) fn script_block(
    host: &Host,
    identity: &Identity,
    number: usize,
    text: &str,
) -> Rendered {
    // PowerShell draws the id at random; the lab derives it, so that it is
    // the same for the same process and block.
    let id = Uuid::new_v5(
        &Uuid::NAMESPACE_OID,
        format!("{} {number}", identity.guid).as_bytes(),
    );
    let builder = Builder::new(EventKind::ScriptBlock)
        .configured("MessageNumber", "1")
        .configured("MessageTotal", "1")
        .translated("ScriptBlockText", text)
        .configured("ScriptBlockId", id.to_string())
        .set("Path", "", Provenance::Absent);
    let event = of_powershell(builder, host, identity, identity.started);
    event.map(|mut event| {
        event.activity_id = Some(format!("{{{}}}", id.to_string().to_uppercase()));
        event
    })
}

/// A script block, or a part of one, as PowerShell's own log has it. The log says
/// nothing of an activity.
pub(super) fn logged_script_block(
    host: &Host,
    identity: &Identity,
    at: Timestamp,
    block: &ScriptBlock<'_>,
) -> Rendered {
    let builder = Builder::new(EventKind::ScriptBlock)
        .observed("MessageNumber", block.number.to_string())
        .observed("MessageTotal", block.total.to_string())
        .observed("ScriptBlockId", block.id);
    // On Windows a text has its line breaks. Which of the two characters one was is
    // not known, nor whether it was a symbol before.
    let builder = if block.text.contains(LINE_BREAK) {
        builder.translated("ScriptBlockText", block.text.replace(LINE_BREAK, "\n"))
    } else {
        builder.observed("ScriptBlockText", block.text)
    };
    let builder = if block.path.is_empty() {
        builder.set("Path", "", Provenance::Absent)
    } else {
        builder.translated("Path", path(host, block.path))
    };
    of_powershell(builder, host, identity, at)
}

/// PowerShell itself writes its events, in the name of the user.
fn of_powershell(builder: Builder, host: &Host, identity: &Identity, at: Timestamp) -> Rendered {
    let execution = Execution {
        process_id: identity.process_id,
        thread_id: identity.process_id + 4,
    };
    builder.finish(at, execution, host.computer.clone(), host.user_sid.clone())
}
