//! AWS Lambda function URLs and API Gateway (REST, regional).

use super::{
    Answer, CertificateForm, DnsShape, Evidence,
    HeaderSlot::{self, Connection, ContentLength, ContentType, Header, Own},
    HttpVersions, Methods, NameForm, NamePattern,
    Part::{Base64Url, Date, Hex, Literal, RequestId, SecondsHex, Uuid},
    PathPattern, PlainHttp, Platform, Route, Text, slash_24, slash_120,
};

const RANGES: &str = "https://docs.aws.amazon.com/vpc/latest/userguide/aws-ip-ranges.html";

/// The trace that a Lambda function was run under.
const TRACE: Text = &[
    Literal("Root=1-"),
    SecondsHex,
    Literal("-"),
    Hex(24),
    Literal(";Parent="),
    Hex(16),
    Literal(";Sampled=0;Lineage=1:"),
    Hex(8),
    Literal(":0"),
];

/// What the console's blueprint of a function answers.
const HELLO: Text = &[Literal(r#""Hello from Lambda!""#)];

const URL_FRAME: &[HeaderSlot] = &[
    Header("Date", &[Date]),
    ContentType("Content-Type"),
    ContentLength("Content-Length"),
    Connection,
    Header("x-amzn-RequestId", &[RequestId]),
    Own,
];

pub(super) static LAMBDA_URL: Platform = Platform {
    label: "AWS Lambda function URL",
    documentation: "https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html",
    names: &[
        NamePattern("*.lambda-url.REGION.on.aws"),
        // No function has such a name; detections ask for it all the same.
        NamePattern("*.lambda-url.REGION.amazonaws.com"),
    ],
    companions: &[],
    dns: DnsShape {
        ipv4: &[
            slash_24(18, 205, 10),
            slash_24(3, 210, 44),
            slash_24(52, 203, 16),
        ],
        ipv6: Some(slash_120(0x2600_1f18_0000_0000_0000_0000_0000_0000)),
        cname: &[],
        address_evidence: Evidence::Documented(RANGES),
        shape_evidence: Evidence::Common,
        reverse: Some("ec2-{a}-{b}-{c}-{d}.compute-1.amazonaws.com"),
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::WildcardOfLast(4),
        organization: None,
        locality: None,
        alternative_names: &[NameForm::WildcardOfLast(4)],
        evidence: Evidence::Captured(Some(2026)),
    },
    http_versions: HttpVersions {
        http2: false,
        evidence: Evidence::Common,
    },
    request_id: &[Uuid],
    routes: &[Route {
        methods: Methods::Any,
        path: PathPattern::Any,
        answer: Answer {
            status: 200,
            reason: None,
            frame: URL_FRAME,
            content_type: Some("application/json"),
            own: &[("X-Amzn-Trace-Id", TRACE)],
            location: None,
            body: HELLO,
            evidence: Evidence::Captured(Some(2026)),
        },
    }],
    unknown_host: Answer {
        status: 403,
        reason: None,
        frame: URL_FRAME,
        content_type: Some("application/json"),
        own: &[("x-amzn-ErrorType", &[Literal("AccessDeniedException")])],
        location: None,
        body: &[Literal(r#"{"Message":null}"#)],
        evidence: Evidence::Captured(None),
    },
    error: Answer {
        status: 502,
        reason: None,
        frame: URL_FRAME,
        content_type: Some("text/plain"),
        own: &[],
        location: None,
        body: &[Literal("Internal Server Error")],
        evidence: Evidence::Captured(None),
    },
    plain_http: PlainHttp::Closed(Evidence::Common),
};

const GATEWAY_FRAME: &[HeaderSlot] = &[
    Header("Date", &[Date]),
    ContentType("Content-Type"),
    ContentLength("Content-Length"),
    Connection,
    Header("x-amzn-RequestId", &[RequestId]),
    Own,
    Header("x-amz-apigw-id", &[Base64Url(15), Literal("=")]),
];

/// The trace comes last, and only where a Lambda function was run.
const GATEWAY_LAMBDA_FRAME: &[HeaderSlot] = &[
    Header("Date", &[Date]),
    ContentType("Content-Type"),
    ContentLength("Content-Length"),
    Connection,
    Header("x-amzn-RequestId", &[RequestId]),
    Header("x-amz-apigw-id", &[Base64Url(15), Literal("=")]),
    Header("X-Amzn-Trace-Id", TRACE),
];

pub(super) static API_GATEWAY: Platform = Platform {
    label: "Amazon API Gateway",
    documentation: "https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html",
    names: &[NamePattern("*.execute-api.REGION.amazonaws.com")],
    companions: &[],
    dns: DnsShape {
        ipv4: &[slash_24(54, 208, 231), slash_24(32, 196, 92)],
        ipv6: None,
        cname: &[],
        address_evidence: Evidence::Documented(RANGES),
        shape_evidence: Evidence::Captured(Some(2026)),
        reverse: Some("ec2-{a}-{b}-{c}-{d}.compute-1.amazonaws.com"),
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::WildcardOfLast(4),
        organization: None,
        locality: None,
        alternative_names: &[NameForm::WildcardOfLast(4)],
        evidence: Evidence::Captured(Some(2026)),
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Captured(None),
    },
    request_id: &[Uuid],
    routes: &[Route {
        methods: Methods::Any,
        path: PathPattern::Any,
        answer: Answer {
            status: 200,
            reason: None,
            frame: GATEWAY_LAMBDA_FRAME,
            content_type: Some("application/json"),
            own: &[],
            location: None,
            body: HELLO,
            evidence: Evidence::Captured(Some(2025)),
        },
    }],
    unknown_host: Answer {
        status: 403,
        reason: None,
        frame: GATEWAY_FRAME,
        content_type: Some("application/json"),
        own: &[("x-amzn-ErrorType", &[Literal("ForbiddenException")])],
        location: None,
        body: &[Literal(r#"{"message":"Forbidden"}"#)],
        evidence: Evidence::Common,
    },
    // The blank after the colon is the platform's own.
    error: Answer {
        status: 502,
        reason: None,
        frame: GATEWAY_FRAME,
        content_type: Some("application/json"),
        own: &[(
            "x-amzn-ErrorType",
            &[Literal("InternalServerErrorException")],
        )],
        location: None,
        body: &[Literal(r#"{"message": "Internal server error"}"#)],
        evidence: Evidence::Captured(None),
    },
    plain_http: PlainHttp::Closed(Evidence::Documented(
        "https://docs.aws.amazon.com/apigateway/latest/developerguide/data-protection-encryption.html",
    )),
};
