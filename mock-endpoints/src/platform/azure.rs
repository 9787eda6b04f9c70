//! Azure Functions and Azure Container Apps.

use super::{
    Answer, CertificateForm, DnsShape, Evidence,
    HeaderSlot::{self, ContentLength, ContentType, Header},
    HttpVersions, Methods, NameForm, NamePattern,
    Part::{Date, Literal, Location},
    PathPattern, PlainHttp, Platform, Route, slash_24,
};

const RANGES: &str = "https://www.microsoft.com/en-us/download/details.aspx?id=56519";
const INGRESS: &str = "https://learn.microsoft.com/en-us/azure/container-apps/ingress-overview";

/// The newer answers carry neither `Server` nor `Request-Context`.
const FUNCTION_FRAME: &[HeaderSlot] = &[
    ContentLength("Content-Length"),
    ContentType("Content-Type"),
    Header("Date", &[Date]),
];

pub(super) static FUNCTIONS: Platform = Platform {
    label: "Azure Functions",
    documentation: "https://learn.microsoft.com/en-us/azure/azure-functions/functions-bindings-http-webhook-trigger",
    names: &[NamePattern("*.azurewebsites.net")],
    companions: &[],
    dns: DnsShape {
        ipv4: &[slash_24(20, 105, 232)],
        ipv6: None,
        cname: &[
            "waws-prod-am2-{stamp}.sip.azurewebsites.windows.net",
            "waws-prod-am2-{stamp}-{hash}.westeurope.cloudapp.azure.com",
        ],
        address_evidence: Evidence::Documented(RANGES),
        shape_evidence: Evidence::Captured(Some(2026)),
        reverse: None,
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::WildcardOfLast(2),
        organization: Some("Microsoft Corporation"),
        locality: Some("Redmond"),
        alternative_names: &[NameForm::WildcardOfLast(2)],
        evidence: Evidence::Captured(Some(2026)),
    },
    http_versions: HttpVersions {
        http2: false,
        evidence: Evidence::Captured(Some(2023)),
    },
    request_id: &[],
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
            body: &[Literal(
                "This HTTP triggered function executed successfully.",
            )],
            evidence: Evidence::Captured(Some(2023)),
        },
    }],
    // The name of no app does not resolve, so that a client sees this only if
    // it brings its own address.
    unknown_host: Answer {
        status: 404,
        reason: None,
        frame: FUNCTION_FRAME,
        content_type: Some("text/html"),
        own: &[],
        location: None,
        body: &[Literal("<h1>Error 404 - Web app not found.</h1>")],
        evidence: Evidence::Captured(None),
    },
    error: Answer {
        status: 503,
        reason: None,
        frame: FUNCTION_FRAME,
        content_type: Some("text/plain; charset=utf-8"),
        own: &[],
        location: None,
        body: &[Literal("Function host is not running.")],
        evidence: Evidence::Captured(None),
    },
    plain_http: PlainHttp::Redirect(Answer::to_https(
        301,
        &[
            ContentLength("Content-Length"),
            Header("Date", &[Date]),
            Header("Location", &[Location]),
        ],
        Evidence::Common,
    )),
};

/// The proxy in front is Envoy, which spells names in lower case on HTTP/1.1.
const APP_FRAME: &[HeaderSlot] = &[
    ContentLength("content-length"),
    ContentType("content-type"),
    Header("date", &[Date]),
];

pub(super) static CONTAINER_APPS: Platform = Platform {
    label: "Azure Container Apps",
    documentation: INGRESS,
    names: &[NamePattern("*.azurecontainerapps.io")],
    companions: &[],
    dns: DnsShape {
        ipv4: &[slash_24(20, 231, 235)],
        ipv6: None,
        cname: &[],
        address_evidence: Evidence::Documented(RANGES),
        shape_evidence: Evidence::Captured(None),
        reverse: None,
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::Last(4),
        organization: Some("Microsoft Corporation"),
        locality: None,
        alternative_names: &[NameForm::Last(4), NameForm::WildcardOfLast(4)],
        evidence: Evidence::Captured(Some(2022)),
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Documented(INGRESS),
    },
    request_id: &[],
    routes: &[Route {
        methods: Methods::Any,
        path: PathPattern::Any,
        answer: Answer {
            status: 200,
            reason: None,
            frame: APP_FRAME,
            content_type: Some("text/plain; charset=utf-8"),
            own: &[],
            location: None,
            body: &[Literal("Hello World!")],
            evidence: Evidence::Captured(None),
        },
    }],
    unknown_host: Answer {
        status: 404,
        reason: None,
        frame: APP_FRAME,
        content_type: Some("text/html"),
        own: &[],
        location: None,
        body: &[Literal(
            "<!DOCTYPE html><html><head><title>Azure Container App - Unavailable</title></head>\
             <body><h1 id=\"unavailable\">Error 404 - This Container App is stopped or does not \
             exist.</h1></body></html>",
        )],
        evidence: Evidence::Captured(None),
    },
    error: Answer {
        status: 503,
        reason: None,
        frame: APP_FRAME,
        content_type: Some("text/plain"),
        own: &[],
        location: None,
        body: &[Literal(
            "upstream connect error or disconnect/reset before headers. \
             reset reason: connection failure",
        )],
        evidence: Evidence::Common,
    },
    plain_http: PlainHttp::Redirect(Answer::to_https(
        301,
        &[
            Header("location", &[Location]),
            Header("date", &[Date]),
            ContentLength("content-length"),
        ],
        Evidence::Documented(INGRESS),
    )),
};
