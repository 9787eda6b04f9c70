//! The certificate authority of a run.
//!
//! It is made for one run and thrown away with it: nothing writes its key to a
//! file of the repository, and its name says that nobody is to trust it.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertificateRevocationListParams,
    CrlDistributionPoint, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{CRL_HOST, HostName, platform::Platform};

/// The path of the revocation list on [`CRL_HOST`].
pub(crate) const CRL_PATH: &str = "/authority.crl";

const COMMON_NAME: &str = "beaconlab test authority - do not trust";

/// Clocks of clients may be behind by this much.
const BACKDATED: Duration = Duration::from_hours(24);

/// A certificate authority: its certificate and its key, in PEM (RFC 7468).
///
/// It can be written and read with serde, so that it can be handed to a child
/// process. `Debug` leaves the key out.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateAuthority {
    certificate: String,
    key: String,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// Why a certificate could not be made.
#[derive(Debug, Error)]
pub enum AuthorityError {
    /// The validity ends after the last date that there is.
    #[error("the validity of {0:?} is too long")]
    Validity(Duration),
    /// A certificate could not be made or signed.
    #[error("certificate for `{name}`")]
    Certificate {
        /// The subject.
        name: String,
        /// What went wrong.
        #[source]
        source: rcgen::Error,
    },
    /// The key that the authority was read with is none.
    #[error("the authority's key")]
    Key(#[source] rcgen::Error),
}

impl CertificateAuthority {
    /// A validity that outlives any run but not the week.
    pub const VALIDITY: Duration = Duration::from_hours(7 * 24);

    /// Makes an authority with a new key (ECDSA, P-256).
    ///
    /// # Errors
    ///
    /// Where the validity ends after the last date that there is, or the
    /// machine gives no randomness.
    pub fn generate(now: Timestamp, validity: Duration) -> Result<Self, AuthorityError> {
        let not_before = now.checked_sub(BACKDATED).unwrap_or(Timestamp::UNIX_EPOCH);
        let not_after = now
            .checked_add(validity)
            .map_err(|_| AuthorityError::Validity(validity))?;
        let key = KeyPair::generate().map_err(AuthorityError::Key)?;
        let mut params = issuer_params();
        let epoch = date_time_ymd(1970, 1, 1);
        params.not_before = epoch + since_epoch(not_before);
        params.not_after = epoch + since_epoch(not_after);
        let certificate = signed(|| params.self_signed(&key))
            .map_err(|source| certificate_error(COMMON_NAME, source))?;
        Ok(Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            not_before,
            not_after,
        })
    }

    /// The certificate, which clients of the endpoints have to trust.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate
    }

    /// Loads the key, so that certificates can be issued.
    pub(crate) fn open(&self) -> Result<Issuing, AuthorityError> {
        let key = KeyPair::from_pem(&self.key).map_err(AuthorityError::Key)?;
        Ok(Issuing {
            issuer: Issuer::new(issuer_params(), key),
            not_before: self.not_before,
            not_after: self.not_after,
        })
    }
}

impl fmt::Debug for CertificateAuthority {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CertificateAuthority")
            .field("not_before", &self.not_before)
            .field("not_after", &self.not_after)
            .finish_non_exhaustive()
    }
}

/// An authority whose key is loaded.
pub(crate) struct Issuing {
    issuer: Issuer<'static, KeyPair>,
    not_before: Timestamp,
    not_after: Timestamp,
}

/// A certificate with its key.
pub(crate) struct Leaf {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Issuing {
    /// Issues a certificate of the platform's form for a host. Each has a key
    /// of its own, and with it a serial number of its own.
    pub(crate) fn issue(
        &self,
        host: &HostName,
        platform: &Platform,
    ) -> Result<Leaf, AuthorityError> {
        let form = &platform.certificate;
        let mut names: Vec<String> = form
            .alternative_names
            .iter()
            .map(|name| name.of(host))
            .collect();
        if !names.iter().any(|name| covers(name, host)) {
            names.push(host.to_string());
        }
        let error = |source| certificate_error(host.as_str(), source);
        let mut params = CertificateParams::new(names).map_err(error)?;
        let subject = &mut params.distinguished_name;
        *subject = DistinguishedName::new();
        if let Some(organization) = form.organization {
            subject.push(DnType::OrganizationName, organization);
        }
        if let Some(locality) = form.locality {
            subject.push(DnType::LocalityName, locality);
        }
        // RFC 5280, appendix A.1: a common name has at most 64 characters.
        let common_name = form.common_name.of(host);
        if common_name.len() <= 64 {
            subject.push(DnType::CommonName, common_name);
        }
        let epoch = date_time_ymd(1970, 1, 1);
        params.not_before = epoch + since_epoch(self.not_before);
        params.not_after = epoch + since_epoch(self.not_after);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec![format!("http://{CRL_HOST}{CRL_PATH}")],
        }];
        let key = KeyPair::generate().map_err(error)?;
        let certificate = signed(|| params.signed_by(&key, &self.issuer)).map_err(error)?;
        Ok(Leaf {
            certificate: certificate.der().clone(),
            key: PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        })
    }

    /// The revocation list, in DER (RFC 5280, section 5): nothing is revoked.
    pub(crate) fn revocation_list(&self) -> Result<Vec<u8>, AuthorityError> {
        let epoch = date_time_ymd(1970, 1, 1);
        let params = CertificateRevocationListParams {
            this_update: epoch + since_epoch(self.not_before),
            next_update: epoch + since_epoch(self.not_after),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: Vec::new(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = params
            .signed_by(&self.issuer)
            .map_err(|source| certificate_error(COMMON_NAME, source))?;
        Ok(list.der().to_vec())
    }
}

/// How often a certificate is signed anew; one in 128 needs it.
const SIGNINGS: usize = 16;

/// Signs until the signature's two numbers have all their bytes.
///
/// ECDSA's numbers are random, and DER leaves leading zero bytes out. Wine's
/// crypt32 (8.0 and others) puts what is left side by side without making good
/// the missing byte, and then takes the certificate for forged: one run in
/// twenty came to no request.
fn signed(
    sign: impl Fn() -> Result<Certificate, rcgen::Error>,
) -> Result<Certificate, rcgen::Error> {
    let mut certificate = sign()?;
    for _ in 0..SIGNINGS {
        if signature(certificate.der()).is_none_or(|numbers| numbers == [NUMBER; 2]) {
            break;
        }
        certificate = sign()?;
    }
    Ok(certificate)
}

/// The length of a number of P-256, in bytes.
const NUMBER: usize = 32;

/// The lengths of the two numbers of a certificate's ECDSA signature, without
/// leading zero bytes (RFC 5280, section 4.1; RFC 3279, section 2.2.3). `None`
/// if it has no such signature.
fn signature(certificate: &[u8]) -> Option<[usize; 2]> {
    const INTEGER: u8 = 0x02;
    const BIT_STRING: u8 = 0x03;
    const SEQUENCE: u8 = 0x30;
    let (certificate, _) = element(SEQUENCE, certificate)?;
    let (_, rest) = element(SEQUENCE, certificate)?;
    let (_, rest) = element(SEQUENCE, rest)?;
    let (bits, _) = element(BIT_STRING, rest)?;
    // After the number of bits that are unused.
    let (numbers, _) = element(SEQUENCE, bits.get(1..)?)?;
    let (r, rest) = element(INTEGER, numbers)?;
    let (s, _) = element(INTEGER, rest)?;
    Some([r, s].map(|number| {
        // A number whose first bit is set has a zero byte before it.
        number.iter().skip_while(|byte| **byte == 0).count()
    }))
}

/// The content of an element of DER (X.690, section 8.1) of a type, and what
/// follows it.
fn element(kind: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    let (&length, rest) = rest.split_first()?;
    let (length, rest) = if length < 0x80 {
        (usize::from(length), rest)
    } else {
        let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7F))?;
        let length = digits.iter().try_fold(0_usize, |length, digit| {
            length.checked_mul(256)?.checked_add(usize::from(*digit))
        })?;
        (length, rest)
    };
    (first == kind).then(|| rest.split_at_checked(length))?
}

/// What the authority signs with: the same in its own certificate and in the
/// child process that has only the key.
fn issuer_params() -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, COMMON_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.key_identifier_method = KeyIdMethod::Sha256;
    params
}

/// RFC 6125, section 6.4.3: a wildcard stands for exactly one label.
fn covers(name: &str, host: &HostName) -> bool {
    match name.strip_prefix("*.") {
        None => name == host.as_str(),
        Some(parent) => host
            .as_str()
            .split_once('.')
            .is_some_and(|(_, rest)| rest == parent),
    }
}

fn certificate_error(name: &str, source: rcgen::Error) -> AuthorityError {
    AuthorityError::Certificate {
        name: name.to_owned(),
        source,
    }
}

/// The time since 1970, which is what the certificate library's own dates are
/// counted from; earlier ones do not occur.
fn since_epoch(time: Timestamp) -> Duration {
    Duration::from_secs(u64::try_from(time.as_second()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use rustls::pki_types::pem::PemObject;

    use super::*;

    /// A bug once: Wine's client took one certificate in a hundred for forged.
    #[test]
    fn signatures_have_all_their_bytes() {
        let host: HostName = "script.google.com".parse().unwrap();
        let platform = crate::platform::PlatformId::of(&host).unwrap().platform();
        let mut short = 0;
        for _ in 0..200 {
            let authority =
                CertificateAuthority::generate(Timestamp::UNIX_EPOCH, Duration::from_hours(1))
                    .unwrap();
            let own = CertificateDer::from_pem_slice(authority.certificate_pem().as_bytes());
            let leaf = authority.open().unwrap().issue(&host, platform).unwrap();
            for certificate in [own.unwrap(), leaf.certificate] {
                assert_eq!(signature(&certificate), Some([NUMBER; 2]));
            }
            // Without that, some are shorter.
            let key = KeyPair::generate().unwrap();
            let plain = issuer_params().self_signed(&key).unwrap();
            short += usize::from(signature(plain.der()) != Some([NUMBER; 2]));
        }
        // Each of 200 has one chance in 128: that none is short happens one
        // time in five, so that this says only that not all are.
        assert!(short < 100, "{short} of 200 are short");
    }

    #[test]
    fn the_numbers_of_a_signature_are_measured_without_leading_zeros() {
        // SEQUENCE { SEQUENCE {}, SEQUENCE {}, BIT STRING { 0, SEQUENCE { r, s } } }
        let certificate = |r: &[u8], s: &[u8]| {
            let wrap = |kind: u8, content: &[u8]| {
                let mut bytes = vec![kind, u8::try_from(content.len()).unwrap()];
                bytes.extend(content);
                bytes
            };
            let numbers = [wrap(0x02, r), wrap(0x02, s)].concat();
            let bits = [vec![0], wrap(0x30, &numbers)].concat();
            wrap(0x30, &[vec![0x30, 0, 0x30, 0], wrap(0x03, &bits)].concat())
        };
        let (full, high) = ([0x7F; 32], [&[0][..], &[0x80; 32]].concat());
        assert_eq!(signature(&certificate(&full, &high)), Some([32, 32]));
        assert_eq!(signature(&certificate(&[0x7F; 31], &full)), Some([31, 32]));
        assert_eq!(signature(&certificate(&full, &[])), Some([32, 0]));
        let whole = certificate(&full, &high);
        for end in 0..whole.len() {
            assert_eq!(signature(&whole[..end]), None, "{end}");
        }
    }
}
