//! The serverless platforms, as data: one file for each provider.
//!
//! A platform is what a client can see of it: the names of its tenants, the
//! addresses and the DNS answers behind them, the certificate, the HTTP
//! versions, and the answers with their headers in order. Each fact carries
//! its [`Evidence`], so that a reader can tell what is documented from what is
//! only common knowledge.

mod answer;
mod aws;
mod azure;
mod cloudflare;
mod generic;
mod google;
mod netlify;
mod pattern;
mod text;
mod vercel;

use std::net::{Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

pub use self::{
    answer::{Answer, HeaderSlot, Methods, PathPattern, PlainHttp, Route},
    pattern::NamePattern,
    text::{Part, Text},
};
pub(crate) use self::{
    answer::{Filled, Protocol, Request},
    text::{Ids, stable_hash},
};
use crate::{HostName, named::named};

named! {
    /// A platform of the detection's list, the second host of one, or one that
    /// the list leaves out.
    pub enum PlatformId as "platform" {
        /// Cloudflare Workers, `*.workers.dev`.
        CloudflareWorkers = "cloudflare-workers",
        /// Cloudflare Pages, `*.pages.dev`.
        CloudflarePages = "cloudflare-pages",
        /// Lambda function URLs, `*.lambda-url.REGION.on.aws`.
        AwsLambdaUrl = "aws-lambda-url",
        /// API Gateway, `*.execute-api.REGION.amazonaws.com`.
        AwsApiGateway = "aws-api-gateway",
        /// Google Cloud Functions, `*.cloudfunctions.net`.
        GoogleCloudFunctions = "google-cloud-functions",
        /// Google Cloud Run, and Cloud Functions of the second generation,
        /// `*.REGION.run.app`.
        GoogleCloudRun = "google-cloud-run",
        /// Google Apps Script web apps, `script.google.com`.
        GoogleAppsScript = "google-apps-script",
        /// The host that serves what an Apps Script answers,
        /// `script.googleusercontent.com`.
        GoogleAppsScriptContent = "google-apps-script-content",
        /// Azure Functions, `*.azurewebsites.net`.
        AzureFunctions = "azure-functions",
        /// Azure Container Apps, `*.azurecontainerapps.io`.
        AzureContainerApps = "azure-container-apps",
        /// Netlify, `*.netlify.app`.
        Netlify = "netlify",
        /// Vercel, `*.vercel.app`.
        Vercel = "vercel",
    }
}

impl PlatformId {
    /// What is known of the platform.
    pub fn platform(self) -> &'static Platform {
        match self {
            Self::CloudflareWorkers => &cloudflare::WORKERS,
            Self::CloudflarePages => &cloudflare::PAGES,
            Self::AwsLambdaUrl => &aws::LAMBDA_URL,
            Self::AwsApiGateway => &aws::API_GATEWAY,
            Self::GoogleCloudFunctions => &google::CLOUD_FUNCTIONS,
            Self::GoogleCloudRun => &google::CLOUD_RUN,
            Self::GoogleAppsScript => &google::APPS_SCRIPT,
            Self::GoogleAppsScriptContent => &google::APPS_SCRIPT_CONTENT,
            Self::AzureFunctions => &azure::FUNCTIONS,
            Self::AzureContainerApps => &azure::CONTAINER_APPS,
            Self::Netlify => &netlify::NETLIFY,
            Self::Vercel => &vercel::VERCEL,
        }
    }

    /// The platform that a host name belongs to, if it belongs to one.
    ///
    /// A look-alike belongs to none: `x.notworkers.dev` is not below
    /// `workers.dev`.
    pub fn of(name: &HostName) -> Option<Self> {
        Self::ALL.iter().copied().find(|id| {
            id.platform()
                .names
                .iter()
                .any(|pattern| pattern.matches(name))
        })
    }
}

/// Where a fact about a platform comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The provider says so, on this page.
    Documented(&'static str),
    /// Seen in a published capture of the real service, of this year where it
    /// is dated; nothing was asked of the service itself.
    Captured(Option<u16>),
    /// Common knowledge that was not verified.
    Common,
}

/// One platform: what a client can see of it.
#[derive(Debug)]
pub struct Platform {
    /// The provider's name for it.
    pub label: &'static str,
    /// The page that describes its host names and how it is called.
    pub documentation: &'static str,
    /// The host names of its tenants.
    pub names: &'static [NamePattern],
    /// The hosts that it sends its clients to.
    pub companions: &'static [&'static str],
    /// How its names resolve.
    pub dns: DnsShape,
    /// The certificate it shows.
    pub certificate: CertificateForm,
    /// Which HTTP versions it offers.
    pub http_versions: HttpVersions,
    /// What identifies one answer; [`Part::RequestId`] writes it.
    pub request_id: Text,
    /// What it answers, by method and path; the first match counts, and the
    /// last route takes whatever is left.
    pub routes: &'static [Route],
    /// What it answers for a name that no tenant has.
    pub unknown_host: Answer,
    /// What it answers when the function or the platform fails: always a 5xx.
    pub error: Answer,
    /// What it does with plain HTTP on port 80.
    pub plain_http: PlainHttp,
}

/// How the names of a platform resolve.
#[derive(Debug)]
pub struct DnsShape {
    /// The range that each A record comes from: as many records as ranges.
    /// The ranges belong to the provider, so they must only be used where no
    /// route leads out.
    pub ipv4: &'static [Ipv4Net],
    /// The range that the AAAA record comes from, if the platform has one.
    pub ipv6: Option<Ipv6Net>,
    /// The CNAME chain between the name and its addresses, in order.
    /// `{stamp}` stands for a number that is the name's own, `{hash}` for four
    /// hexadecimal digits of it.
    pub cname: &'static [&'static str],
    /// Where the addresses were seen.
    pub address_evidence: Evidence,
    /// Where the number of records and the chain were seen.
    pub shape_evidence: Evidence,
    /// The provider's own reverse name of an address, if it has one.
    /// `{a}` to `{d}` are the octets, `{c:hex}` and `{d:hex}` the last two in
    /// hexadecimal.
    pub reverse: Option<&'static str>,
    /// Where the reverse name was seen.
    pub reverse_evidence: Evidence,
}

/// The subject and the alternative names of a platform's certificate.
#[derive(Debug)]
pub struct CertificateForm {
    /// The common name of the subject.
    pub common_name: NameForm,
    /// The organisation of the subject, if it names one.
    pub organization: Option<&'static str>,
    /// The locality of the subject, if it names one.
    pub locality: Option<&'static str>,
    /// The alternative names. The name that was asked for is added where none
    /// of them covers it: a scenario must not fail for a form that is only
    /// presumed.
    pub alternative_names: &'static [NameForm],
    /// Where the form was seen.
    pub evidence: Evidence,
}

/// How a name in a certificate follows from the host name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameForm {
    /// This name, whatever the host.
    Literal(&'static str),
    /// The host name.
    Host,
    /// The last labels of the host name, as many as said.
    Last(usize),
    /// `*.` and the last labels of the host name, as many as said.
    WildcardOfLast(usize),
}

impl NameForm {
    pub(crate) fn of(self, host: &HostName) -> String {
        match self {
            Self::Literal(name) => name.to_owned(),
            Self::Host => host.to_string(),
            Self::Last(count) => host.last_labels(count).to_owned(),
            Self::WildcardOfLast(count) => format!("*.{}", host.last_labels(count)),
        }
    }
}

/// The HTTP versions that a platform offers by ALPN (RFC 7301).
#[derive(Clone, Copy, Debug)]
pub struct HttpVersions {
    /// Whether `h2` is offered before `http/1.1`.
    pub http2: bool,
    /// Where that was seen.
    pub evidence: Evidence,
}

impl HttpVersions {
    /// The protocols in the order of preference.
    pub fn alpn(self) -> &'static [&'static str] {
        if self.http2 {
            &["h2", "http/1.1"]
        } else {
            &["http/1.1"]
        }
    }
}

/// The host of every name that belongs to no platform.
pub(crate) fn hosting() -> &'static Platform {
    &generic::HOSTING
}

/// Every platform, and the host of what belongs to none.
pub(crate) fn platforms() -> impl Iterator<Item = &'static Platform> {
    let platforms = PlatformId::ALL.iter().map(|id| id.platform());
    platforms.chain([hosting()])
}

/// Every range of every platform.
pub(crate) fn ranges() -> impl Iterator<Item = IpNet> {
    platforms().flat_map(|platform| {
        let ipv4 = platform.dns.ipv4.iter().copied().map(IpNet::from);
        ipv4.chain(platform.dns.ipv6.map(IpNet::from))
    })
}

/// A range of 256 addresses, for the tables of the provider files.
const fn slash_24(a: u8, b: u8, c: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, 0), 24)
}

/// A /120, the IPv6 twin of a /24.
const fn slash_120(network: u128) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::from_bits(network), 120)
}

#[cfg(test)]
mod tests;
