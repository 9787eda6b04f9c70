//! Vercel Functions. Its headers come in alphabetical order.

use super::{
    Answer, CertificateForm, DnsShape, Evidence,
    HeaderSlot::{self, ContentLength, ContentType, Header, Own},
    HttpVersions, Methods, NameForm, NamePattern,
    Part::{Alphanumeric, Date, Hex, Literal, Location, Milliseconds, RequestId},
    PathPattern, PlainHttp, Platform, Route, Text, slash_24,
};

const ERRORS: &str = "https://vercel.com/docs/errors";

const STRICT_TRANSPORT: Text = &[Literal("max-age=63072000; includeSubDomains; preload")];
const CACHE_CONTROL: Text = &[Literal("public, max-age=0, must-revalidate")];

/// The identifier names the edge that took the request; where a function ran,
/// its region stands between.
const FUNCTION_FRAME: &[HeaderSlot] = &[
    Header("Age", &[Literal("0")]),
    Header("Cache-Control", CACHE_CONTROL),
    ContentLength("Content-Length"),
    ContentType("Content-Type"),
    Header("Date", &[Date]),
    Header("Server", &[Literal("Vercel")]),
    Header("Strict-Transport-Security", STRICT_TRANSPORT),
    Header("X-Vercel-Cache", &[Literal("MISS")]),
    Header("X-Vercel-Id", &[Literal("fra1::iad1::"), RequestId]),
];

const ERROR_FRAME: &[HeaderSlot] = &[
    Header("Cache-Control", CACHE_CONTROL),
    ContentLength("Content-Length"),
    ContentType("Content-Type"),
    Header("Date", &[Date]),
    Header("Server", &[Literal("Vercel")]),
    Header("Strict-Transport-Security", STRICT_TRANSPORT),
    Own,
    Header("X-Vercel-Id", &[Literal("fra1::"), RequestId]),
];

pub(super) static VERCEL: Platform = Platform {
    label: "Vercel Functions",
    documentation: "https://vercel.com/docs/functions",
    names: &[
        NamePattern("*.vercel.app"),
        // What tenants' own domains are aliases of.
        NamePattern("*.vercel-dns.com"),
        NamePattern("*.vercel-dns-0.com"),
    ],
    companions: &[],
    dns: DnsShape {
        ipv4: &[slash_24(64, 29, 17), slash_24(216, 198, 79)],
        ipv6: None,
        cname: &[],
        address_evidence: Evidence::Captured(Some(2026)),
        shape_evidence: Evidence::Captured(Some(2026)),
        reverse: None,
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::Literal("*.vercel.app"),
        organization: None,
        locality: None,
        alternative_names: &[
            NameForm::Literal("*.vercel.app"),
            NameForm::Literal("vercel.app"),
        ],
        evidence: Evidence::Captured(Some(2026)),
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Captured(Some(2026)),
    },
    request_id: &[
        Alphanumeric(5),
        Literal("-"),
        Milliseconds,
        Literal("-"),
        Hex(12),
    ],
    routes: &[Route {
        methods: Methods::Any,
        path: PathPattern::Any,
        answer: Answer {
            status: 200,
            reason: None,
            frame: FUNCTION_FRAME,
            content_type: Some("text/plain; charset=utf-8"),
            own: &[],
            location: None,
            body: &[Literal("Hello World!")],
            evidence: Evidence::Captured(Some(2026)),
        },
    }],
    unknown_host: Answer {
        status: 404,
        reason: None,
        frame: ERROR_FRAME,
        content_type: Some("text/plain; charset=utf-8"),
        own: &[("X-Vercel-Error", &[Literal("DEPLOYMENT_NOT_FOUND")])],
        location: None,
        body: &[
            Literal(
                "The deployment could not be found on Vercel.\n\nDEPLOYMENT_NOT_FOUND\n\nfra1::",
            ),
            RequestId,
            Literal("\n"),
        ],
        evidence: Evidence::Documented(ERRORS),
    },
    error: Answer {
        status: 500,
        reason: None,
        frame: ERROR_FRAME,
        content_type: Some("text/plain; charset=utf-8"),
        own: &[("X-Vercel-Error", &[Literal("FUNCTION_INVOCATION_FAILED")])],
        location: None,
        body: &[
            Literal("A server error has occurred\n\nFUNCTION_INVOCATION_FAILED\n\nfra1::"),
            RequestId,
            Literal("\n"),
        ],
        evidence: Evidence::Documented(ERRORS),
    },
    plain_http: PlainHttp::Redirect(Answer::to_https(
        308,
        &[
            ContentLength("Content-Length"),
            Header("Date", &[Date]),
            Header("Location", &[Location]),
            Header("Server", &[Literal("Vercel")]),
        ],
        Evidence::Captured(Some(2026)),
    )),
};
