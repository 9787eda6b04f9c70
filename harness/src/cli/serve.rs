//! `beaconlab serve`: the endpoints and their DNS without a run.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use beaconlab::outcome::ExitCode;
use jiff::Timestamp;
use mock_endpoints::{
    CertificateAuthority, Config, CustomDomain, HostName, Listen, NotLoopback, PtrMode, Record,
    Service, SystemClock, Table, TableOptions, Workstation, serve as start,
};
use scenarios::{Host, Library, Overrides};
use tokio::signal::unix::{SignalKind, signal};

use super::args::{Behaviour, ServeArgs};
use super::run::{library, line, print};
use super::{Done, Failure};

pub(super) fn serve(args: &ServeArgs) -> Done {
    let listen = listen(args).map_err(|error| {
        Failure::usage(format!(
            "{error}: with `--expose {}` it is served all the same, to whoever can reach it",
            error.0.ip()
        ))
    })?;
    let library = library(args.scenarios.as_deref())?;
    let names = names(args, &library)?;
    let now = Timestamp::now();
    let authority = CertificateAuthority::generate(now, CertificateAuthority::VALIDITY)
        .map_err(|error| Failure::lab(&error))?;
    std::fs::write(&args.ca_out, authority.certificate_pem()).map_err(|error| {
        Failure::usage(format!("cannot write {}: {error}", args.ca_out.display()))
    })?;
    let workstation = Workstation {
        name: "workstation.lab.example"
            .parse()
            .map_err(|error| Failure::lab(&error))?,
        address: [10, 20, 30, 41].into(),
    };
    let mut options = TableOptions::new(PtrMode::Lab, workstation);
    options.custom_domains = custom_domains(&library)?;
    let table = Table::at(names.iter().cloned(), args.listen, &options)
        .map_err(|error| Failure::usage(super::chain(&error)))?;
    let mut config = Config::new(
        listen,
        table,
        authority,
        Arc::new(SystemClock),
        now.as_millisecond().unsigned_abs(),
    );
    config.behaviour = behaviour(args.behaviour);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::lab(&error))?;
    runtime.block_on(serving(args, config, &names))
}

fn listen(args: &ServeArgs) -> Result<Listen, NotLoopback> {
    let at = |port| SocketAddr::new(args.listen, port);
    let listen = Listen::exposed_on(args.expose)
        .https(at(args.https_port))?
        .http(at(args.http_port))?
        .dns(at(args.dns_port))?;
    match args.proxy_port {
        Some(port) => listen.proxy(at(port)),
        None => Ok(listen),
    }
}

/// The domains of tenants' own that scenarios ask for, and where they lead.
fn custom_domains(library: &Library) -> Result<BTreeMap<HostName, CustomDomain>, Failure> {
    let hosts = library
        .atomics()
        .iter()
        .flat_map(|test| &test.signals.hosts);
    let mut domains = BTreeMap::new();
    for (name, host) in hosts {
        let (target, is_alias) = match host {
            Host::ServedAs(target) => (target, false),
            Host::AliasOf(target) => (target, true),
            Host::ProxyPort(_) => continue,
        };
        let target = target.parse().map_err(Failure::usage)?;
        let name = name.parse().map_err(Failure::usage)?;
        domains.insert(name, CustomDomain { target, is_alias });
    }
    Ok(domains)
}

/// The names of all scenarios, and those given.
fn names(args: &ServeArgs, library: &Library) -> Result<BTreeSet<HostName>, Failure> {
    let mut names = BTreeSet::new();
    for test in library.atomics() {
        // A test that needs values is of no use without a run.
        if let Ok(resolved) = test.resolve(&Overrides::default()) {
            names.extend(resolved.hosts.iter().filter_map(|host| host.parse().ok()));
        }
    }
    for name in &args.names {
        let name: Result<HostName, _> = name.parse();
        names.insert(name.map_err(Failure::usage)?);
    }
    Ok(names)
}

async fn serving(args: &ServeArgs, config: Config, names: &BTreeSet<HostName>) -> Done {
    let (sink, mut records) = tokio::sync::mpsc::unbounded_channel::<Record>();
    let running = start(config, Arc::new(sink))
        .await
        .map_err(|error| Failure::lab(&error))?;
    let mut text = String::new();
    for (service, name) in [
        (Service::Https, "HTTPS"),
        (Service::Http, "HTTP"),
        (Service::DnsUdp, "DNS"),
        (Service::Proxy, "PROXY"),
    ] {
        for address in running.addresses(service) {
            line(&mut text, format_args!("{name:<6} {address}"));
        }
    }
    line(
        &mut text,
        format_args!("CA     {}\n", args.ca_out.display()),
    );
    for name in names {
        line(&mut text, format_args!("  {name}"));
    }
    if let (Some(name), Some(https)) = (
        names.iter().next(),
        running.addresses(Service::Https).next(),
    ) {
        line(
            &mut text,
            format_args!(
                "\ncurl --cacert {} --resolve {name}:{}:{} https://{name}:{}/",
                args.ca_out.display(),
                https.port(),
                https.ip(),
                https.port()
            ),
        );
    }
    line(
        &mut text,
        format_args!("\nServing; Ctrl-C ends it. Each line below is one record of what comes."),
    );
    // Listened for before anyone is told that it can be sent.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| Failure::lab(&error))?;
    let mut terminate = signal(SignalKind::terminate()).map_err(|error| Failure::lab(&error))?;
    print(&text)?;
    loop {
        tokio::select! {
            record = records.recv() => match record {
                Some(record) => {
                    let line = serde_json::to_string(&record)
                        .map_err(|error| Failure::lab(&error))?;
                    print(&format!("{line}\n"))?;
                }
                None => break,
            },
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
        }
    }
    running.shutdown().await;
    Ok(ExitCode::AsExpected.into())
}

fn behaviour(behaviour: Behaviour) -> mock_endpoints::Behaviour {
    match behaviour {
        Behaviour::Serve => mock_endpoints::Behaviour::Serve,
        Behaviour::Refuse => mock_endpoints::Behaviour::Refuse,
        Behaviour::Error => mock_endpoints::Behaviour::Error,
        Behaviour::Slow => mock_endpoints::Behaviour::Slow,
        Behaviour::Nxdomain => mock_endpoints::Behaviour::Nxdomain,
    }
}
