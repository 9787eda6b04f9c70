//! A web host that belongs to no platform: what a look-alike name, or any
//! other name of a scenario, is served by.

use super::{
    Answer, CertificateForm, DnsShape, Evidence,
    HeaderSlot::{self, Connection, ContentLength, ContentType, Header},
    HttpVersions, Methods, NameForm,
    Part::{Date, Literal, Location},
    PathPattern, PlainHttp, Platform, Route, slash_24, slash_120,
};

const FRAME: &[HeaderSlot] = &[
    Header("Server", &[Literal("nginx")]),
    Header("Date", &[Date]),
    ContentType("Content-Type"),
    ContentLength("Content-Length"),
    Connection,
];

pub(super) static HOSTING: Platform = Platform {
    label: "Web hosting",
    documentation: "https://nginx.org/en/docs/",
    names: &[],
    companions: &[],
    // TEST-NET-3 of RFC 5737 and the documentation range of RFC 3849:
    // addresses that belong to nobody.
    dns: DnsShape {
        ipv4: &[slash_24(203, 0, 113)],
        ipv6: Some(slash_120(0x2001_0db8_0000_0000_0000_0000_0000_0000)),
        cname: &[],
        address_evidence: Evidence::Documented("https://www.rfc-editor.org/rfc/rfc5737"),
        shape_evidence: Evidence::Common,
        reverse: None,
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::Host,
        organization: None,
        locality: None,
        alternative_names: &[NameForm::Host],
        evidence: Evidence::Common,
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Common,
    },
    request_id: &[],
    routes: &[Route {
        methods: Methods::Any,
        path: PathPattern::Any,
        answer: Answer {
            status: 200,
            reason: None,
            frame: FRAME,
            content_type: Some("text/plain"),
            own: &[],
            location: None,
            body: &[Literal("ok\n")],
            evidence: Evidence::Common,
        },
    }],
    unknown_host: Answer {
        status: 404,
        reason: None,
        frame: FRAME,
        content_type: Some("text/html"),
        own: &[],
        location: None,
        body: &[Literal("<h1>404 Not Found</h1>\n")],
        evidence: Evidence::Common,
    },
    error: Answer {
        status: 503,
        reason: None,
        frame: FRAME,
        content_type: Some("text/html"),
        own: &[],
        location: None,
        body: &[Literal("<h1>503 Service Temporarily Unavailable</h1>\n")],
        evidence: Evidence::Common,
    },
    plain_http: PlainHttp::Redirect(Answer::to_https(
        301,
        &[
            Header("Server", &[Literal("nginx")]),
            Header("Date", &[Date]),
            ContentLength("Content-Length"),
            Connection,
            Header("Location", &[Location]),
        ],
        Evidence::Common,
    )),
};
