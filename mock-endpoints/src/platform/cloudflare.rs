//! Cloudflare Workers and Pages.

use super::{
    Answer, CertificateForm, DnsShape, Evidence,
    HeaderSlot::{self, Connection, ContentLength, ContentType, Header, Own},
    HttpVersions, Methods, NameForm, NamePattern,
    Part::{Base64Query, Date, Hex, Literal, Location, RequestId},
    PathPattern, PlainHttp, Platform, Route, Text, slash_24, slash_120,
};

const RANGES: &str = "https://www.cloudflare.com/ips/";
const ERRORS: &str = "https://developers.cloudflare.com/workers/observability/errors/";

/// `cf-ray`: sixteen hexadecimal digits and the data centre's airport.
const RAY: Text = &[Hex(16), Literal("-FRA")];

const FRAME: &[HeaderSlot] = &[
    Header("Date", &[Date]),
    ContentType("Content-Type"),
    ContentLength("Content-Length"),
    Connection,
    Own,
    Header("Server", &[Literal("cloudflare")]),
    Header(
        "Report-To",
        &[
            Literal(
                r#"{"group":"cf-nel","max_age":604800,"endpoints":[{"url":"https://a.nel.cloudflare.com/report/v4?s="#,
            ),
            Base64Query(150),
            Literal(r#""}]}"#),
        ],
    ),
    Header(
        "Nel",
        &[Literal(
            r#"{"report_to":"cf-nel","success_fraction":0.0,"max_age":604800}"#,
        )],
    ),
    Header("CF-RAY", &[RequestId]),
    Header("alt-svc", &[Literal(r#"h3=":443"; ma=86400"#)]),
];

const REDIRECT: PlainHttp = PlainHttp::Redirect(Answer::to_https(
    301,
    &[
        Header("Date", &[Date]),
        ContentLength("Content-Length"),
        Connection,
        Header("Location", &[Location]),
        Header("Server", &[Literal("cloudflare")]),
        Header("CF-RAY", &[RequestId]),
    ],
    Evidence::Common,
));

/// What the starter template of a Worker answers.
const HELLO: Answer = Answer {
    status: 200,
    reason: None,
    frame: FRAME,
    content_type: Some("text/plain;charset=UTF-8"),
    own: &[],
    location: None,
    body: &[Literal("Hello World!")],
    evidence: Evidence::Captured(Some(2026)),
};

/// What a client that asks for no HTML gets when the script throws: sixteen
/// bytes, without a line end.
const EXCEPTION: Answer = Answer {
    status: 500,
    reason: None,
    frame: FRAME,
    content_type: Some("text/plain; charset=UTF-8"),
    own: &[],
    location: None,
    body: &[Literal("error code: 1101")],
    evidence: Evidence::Documented(ERRORS),
};

pub(super) static WORKERS: Platform = Platform {
    label: "Cloudflare Workers",
    documentation: "https://developers.cloudflare.com/workers/configuration/routing/workers-dev/",
    names: &[NamePattern("*.workers.dev")],
    companions: &[],
    dns: DnsShape {
        ipv4: &[slash_24(104, 21, 74), slash_24(172, 67, 158)],
        ipv6: Some(slash_120(0x2606_4700_3031_0000_0000_0000_0000_0000)),
        cname: &[],
        address_evidence: Evidence::Documented(RANGES),
        shape_evidence: Evidence::Captured(None),
        reverse: None,
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::WildcardOfLast(3),
        organization: None,
        locality: None,
        alternative_names: &[NameForm::WildcardOfLast(3)],
        evidence: Evidence::Captured(Some(2020)),
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Captured(None),
    },
    request_id: RAY,
    routes: &[Route {
        methods: Methods::Any,
        path: PathPattern::Any,
        answer: HELLO,
    }],
    unknown_host: Answer {
        status: 404,
        reason: None,
        frame: FRAME,
        content_type: Some("text/html; charset=UTF-8"),
        own: &[],
        location: None,
        body: &[Literal("<h1>There is nothing here yet</h1>\n")],
        evidence: Evidence::Common,
    },
    error: EXCEPTION,
    plain_http: REDIRECT,
};

pub(super) static PAGES: Platform = Platform {
    label: "Cloudflare Pages",
    documentation: "https://developers.cloudflare.com/pages/functions/",
    names: &[NamePattern("*.pages.dev")],
    companions: &[],
    dns: DnsShape {
        ipv4: &[slash_24(172, 66, 47), slash_24(172, 66, 44)],
        ipv6: Some(slash_120(0x2606_4700_310c_0000_0000_0000_0000_0000)),
        cname: &[],
        address_evidence: Evidence::Documented(RANGES),
        shape_evidence: Evidence::Captured(None),
        reverse: None,
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::Last(3),
        organization: None,
        locality: None,
        alternative_names: &[NameForm::Last(3), NameForm::WildcardOfLast(3)],
        evidence: Evidence::Common,
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Common,
    },
    request_id: RAY,
    routes: &[Route {
        methods: Methods::Any,
        path: PathPattern::Any,
        answer: HELLO,
    }],
    // The name of no project does not resolve, so that a client sees this only
    // if it brings its own address.
    unknown_host: Answer {
        status: 404,
        reason: None,
        frame: FRAME,
        content_type: None,
        own: &[],
        location: None,
        body: &[],
        evidence: Evidence::Common,
    },
    error: EXCEPTION,
    plain_http: REDIRECT,
};
