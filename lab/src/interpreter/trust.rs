//! By which means a program comes to trust the lab's certificate authority,
//! where it does not read the system's bundle of certificates. (curl, wget and
//! Python's own `ssl` do.)

/// The system's bundle, which in a sandbox holds the lab's authority alone.
pub(super) const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
