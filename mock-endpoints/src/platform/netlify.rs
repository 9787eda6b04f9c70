//! Netlify Functions. Its headers come in alphabetical order.

use super::{
    Answer, CertificateForm, DnsShape, Evidence,
    HeaderSlot::{self, ContentLength, ContentType, Header},
    HttpVersions, Methods, NameForm, NamePattern,
    Part::{Date, Literal, Location, RequestId, Ulid},
    PathPattern, PlainHttp, Platform, Route, Text, slash_24, slash_120,
};

const STRICT_TRANSPORT: Text = &[Literal("max-age=31536000; includeSubDomains; preload")];

const FUNCTION_FRAME: &[HeaderSlot] = &[
    Header("Cache-Control", &[Literal("no-cache")]),
    Header(
        "Cache-Status",
        &[Literal(r#""Netlify Durable"; fwd=bypass"#)],
    ),
    Header("Cache-Status", &[Literal(r#""Netlify Edge"; fwd=miss"#)]),
    ContentLength("Content-Length"),
    ContentType("Content-Type"),
    Header("Date", &[Date]),
    Header("Netlify-Vary", &[Literal("query")]),
    Header("Server", &[Literal("Netlify")]),
    Header("Strict-Transport-Security", STRICT_TRANSPORT),
    Header("X-Nf-Request-Id", &[RequestId]),
];

/// A request that is not a GET passes the edge's cache because of its method.
const UNCACHEABLE_FRAME: &[HeaderSlot] = &[
    Header("Cache-Control", &[Literal("no-cache")]),
    Header(
        "Cache-Status",
        &[Literal(r#""Netlify Durable"; fwd=bypass"#)],
    ),
    Header("Cache-Status", &[Literal(r#""Netlify Edge"; fwd=method"#)]),
    ContentLength("Content-Length"),
    ContentType("Content-Type"),
    Header("Date", &[Date]),
    Header("Netlify-Vary", &[Literal("query")]),
    Header("Server", &[Literal("Netlify")]),
    Header("Strict-Transport-Security", STRICT_TRANSPORT),
    Header("X-Nf-Request-Id", &[RequestId]),
];

const EDGE_FRAME: &[HeaderSlot] = &[
    ContentLength("Content-Length"),
    ContentType("Content-Type"),
    Header("Date", &[Date]),
    Header("Server", &[Literal("Netlify")]),
    Header("Strict-Transport-Security", STRICT_TRANSPORT),
    Header("X-Nf-Request-Id", &[RequestId]),
];

const HELLO: Answer = Answer {
    status: 200,
    reason: None,
    frame: FUNCTION_FRAME,
    content_type: Some("text/plain;charset=UTF-8"),
    own: &[],
    location: None,
    body: &[Literal("Hello, world!")],
    evidence: Evidence::Captured(Some(2026)),
};

pub(super) static NETLIFY: Platform = Platform {
    label: "Netlify Functions",
    documentation: "https://docs.netlify.com/build/functions/configuration",
    names: &[NamePattern("*.netlify.app")],
    companions: &[],
    dns: DnsShape {
        ipv4: &[slash_24(63, 176, 8), slash_24(35, 157, 26)],
        ipv6: Some(slash_120(0x2a05_d014_058f_6200_0000_0000_0000_0000)),
        cname: &[],
        address_evidence: Evidence::Captured(None),
        shape_evidence: Evidence::Captured(None),
        reverse: Some("ec2-{a}-{b}-{c}-{d}.eu-central-1.compute.amazonaws.com"),
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::Literal("*.netlify.app"),
        organization: Some("Netlify, Inc"),
        locality: None,
        alternative_names: &[
            NameForm::Literal("*.netlify.app"),
            NameForm::Literal("netlify.app"),
        ],
        evidence: Evidence::Captured(Some(2026)),
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Captured(Some(2026)),
    },
    request_id: &[Ulid],
    routes: &[
        Route {
            methods: Methods::Get,
            path: PathPattern::Any,
            answer: HELLO,
        },
        Route {
            methods: Methods::Any,
            path: PathPattern::Any,
            answer: Answer {
                frame: UNCACHEABLE_FRAME,
                ..HELLO
            },
        },
    ],
    unknown_host: Answer {
        status: 404,
        reason: None,
        frame: EDGE_FRAME,
        content_type: Some("text/plain; charset=utf-8"),
        own: &[],
        location: None,
        body: &[Literal("Not Found - Request ID: "), RequestId],
        evidence: Evidence::Captured(None),
    },
    error: Answer {
        status: 502,
        reason: None,
        frame: EDGE_FRAME,
        content_type: Some("text/plain; charset=utf-8"),
        own: &[],
        location: None,
        body: &[Literal(
            "error decoding lambda response: error decoding lambda response: \
             unexpected end of JSON input",
        )],
        evidence: Evidence::Captured(None),
    },
    plain_http: PlainHttp::Redirect(Answer::to_https(
        301,
        &[
            ContentLength("Content-Length"),
            Header("Date", &[Date]),
            Header("Location", &[Location]),
            Header("Server", &[Literal("Netlify")]),
            Header("X-Nf-Request-Id", &[RequestId]),
        ],
        Evidence::Common,
    )),
};
