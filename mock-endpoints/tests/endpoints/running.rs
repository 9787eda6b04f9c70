//! Endpoints that run for the length of a test.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use mock_endpoints::{
    CertificateAuthority, Config, FixedClock, HostName, Listen, PtrMode, Record, Service, Sink,
    Table, TableOptions, Workstation, serve,
};
use tokio::sync::oneshot;

/// How long anything may take on a busy machine.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// The time that the endpoints believe it is.
pub const NOW: &str = "2026-03-01T12:00:00Z";

pub const WORKERS: &str = "df00tech-sentinel-test.argustest.workers.dev";
pub const PAGES: &str = "beacon.pages.dev";
pub const FUNCTIONS: &str = "us-central1-df00tech-argus-test.cloudfunctions.net";
pub const CLOUD_RUN: &str = "beacon-123456789012.europe-west1.run.app";
pub const GATEWAY: &str = "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com";
pub const LAMBDA: &str = "abcde12345fghij.lambda-url.us-east-1.amazonaws.com";
pub const AZURE: &str = "beacon.azurewebsites.net";
pub const CONTAINER: &str = "app.happyhill-70162bb9.westeurope.azurecontainerapps.io";
pub const NETLIFY: &str = "beacon.netlify.app";
pub const VERCEL: &str = "beacon.vercel.app";
pub const SCRIPT: &str = "script.google.com";
pub const CONTENT: &str = "script.googleusercontent.com";
pub const LOOK_ALIKE: &str = "x.notworkers.dev";

/// Every name that the tests ask for, but the companion.
pub const NAMES: [&str; 12] = [
    WORKERS, PAGES, FUNCTIONS, CLOUD_RUN, GATEWAY, LAMBDA, AZURE, CONTAINER, NETLIFY, VERCEL,
    SCRIPT, LOOK_ALIKE,
];

struct Channel(mpsc::Sender<Record>);

impl Sink for Channel {
    fn record(&self, record: Record) {
        let _test_is_over = self.0.send(record).is_err();
    }
}

/// Endpoints on free ports of loopback, in a thread of their own.
pub struct Endpoints {
    pub table: Table,
    pub authority: CertificateAuthority,
    bound: Vec<(Service, SocketAddr)>,
    records: mpsc::Receiver<Record>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    directory: tempfile::TempDir,
}

impl Endpoints {
    pub fn start() -> Self {
        Self::start_with(|_| {})
    }

    pub fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let options = TableOptions::new(
            PtrMode::Lab,
            Workstation {
                name: "lab-ws01.corp.test".parse().unwrap(),
                address: Ipv4Addr::new(10, 11, 12, 13),
            },
        );
        let names = NAMES.map(|name| name.parse::<HostName>().unwrap());
        let table = Table::new(names, &options).unwrap();
        // Clients judge certificates by the machine's clock.
        let authority =
            CertificateAuthority::generate(Timestamp::now(), CertificateAuthority::VALIDITY)
                .unwrap();
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let listen = Listen::loopback_only().https(any).unwrap();
        let listen = listen.http(any).unwrap().dns(any).unwrap();
        let clock = Arc::new(FixedClock(NOW.parse().unwrap()));
        let mut config = Config::new(listen, table.clone(), authority.clone(), clock, 1);
        change(&mut config);

        let (sender, records) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let (tell, bound) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let running = serve(config, Arc::new(Channel(sender))).await.unwrap();
                tell.send(running.bound().to_vec()).unwrap();
                let _stopped = stopped.await;
                running.shutdown().await;
            });
        });
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), authority.certificate_pem()).unwrap();
        Self {
            table,
            authority,
            bound: bound.recv_timeout(DEADLINE).unwrap(),
            records,
            stop: Some(stop),
            thread: Some(thread),
            directory,
        }
    }

    /// The socket of a service.
    pub fn address(&self, service: Service) -> SocketAddr {
        self.find(service).unwrap()
    }

    pub fn find(&self, service: Service) -> Option<SocketAddr> {
        let mut bound = self.bound.iter();
        bound.find(|bound| bound.0 == service).map(|bound| bound.1)
    }

    /// The authority's certificate, as a file.
    pub fn ca_file(&self) -> PathBuf {
        self.directory.path().join("ca.pem")
    }

    /// A place for a test's own files.
    pub fn file(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Waits for a record; those before it are skipped.
    pub fn wait_for<T>(&self, wanted: impl Fn(Record) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let record = self
                .records
                .recv_timeout(left)
                .expect("the record never came");
            if let Some(found) = wanted(record) {
                return found;
            }
        }
    }

    /// Stops the endpoints, and gives the records that nobody waited for.
    pub fn stop(mut self) -> Vec<Record> {
        self.join();
        self.records.try_iter().collect()
    }

    fn join(&mut self) {
        if let (Some(stop), Some(thread)) = (self.stop.take(), self.thread.take()) {
            let _thread_is_gone = stop.send(()).is_err();
            thread.join().unwrap();
        }
    }
}

impl Drop for Endpoints {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.join();
        }
    }
}
