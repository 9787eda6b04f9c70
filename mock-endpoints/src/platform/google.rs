//! Google Cloud Functions (first generation) and Apps Script web apps.

use super::{
    Answer, CertificateForm, DnsShape, Evidence,
    HeaderSlot::{self, ContentLength, ContentType, Header, Own},
    HttpVersions, Methods, NameForm, NamePattern,
    Part::{
        Alphanumeric, Base64Url, Base64UrlOfPath, Date, Hex, Literal, Location, LocationHtml,
        RequestId,
    },
    PathPattern, PlainHttp, Platform, Route, Text, slash_24, slash_120,
};

const RANGES: &str = "https://support.google.com/a/answer/10026322";

const ALT_SVC: Text = &[Literal(r#"h3=":443"; ma=2592000,h3-29=":443"; ma=2592000"#)];
const TRACE: Text = &[Hex(32), Literal(";o=1")];

/// What a function's answer carries.
const FUNCTION_FRAME: &[HeaderSlot] = &[
    ContentType("Content-Type"),
    Own,
    Header("Function-Execution-Id", &[RequestId]),
    Header("X-Cloud-Trace-Context", TRACE),
    Header("Date", &[Date]),
    Header("Server", &[Literal("Google Frontend")]),
    ContentLength("Content-Length"),
    Header("Alt-Svc", ALT_SVC),
];

/// What the front end answers by itself.
const FRONTEND_FRAME: &[HeaderSlot] = &[
    ContentType("Content-Type"),
    Own,
    Header("X-Cloud-Trace-Context", TRACE),
    Header("Date", &[Date]),
    Header("Server", &[Literal("Google Frontend")]),
    ContentLength("Content-Length"),
    Header("Alt-Svc", ALT_SVC),
];

/// The front end's page for what is not there.
const PAGE_NOT_FOUND: Text = &[Literal(
    "<html><head>\n\
     <meta http-equiv=\"content-type\" content=\"text/html;charset=utf-8\">\n\
     <title>404 Page not found</title>\n\
     </head>\n\
     <body text=#000000 bgcolor=#ffffff>\n\
     <h1>Error: Page not found</h1>\n\
     <h2>The requested URL was not found on this server.</h2>\n\
     <h2></h2>\n\
     </body></html>",
)];

/// The front end's page where no instance is ready.
const NOT_AVAILABLE_YET: Text = &[Literal(
    "<html><head>\n\
     <meta http-equiv=\"content-type\" content=\"text/html;charset=utf-8\">\n\
     <title>503 Server Error</title>\n\
     </head>\n\
     <body text=#000000 bgcolor=#ffffff>\n\
     <h1>Error: Server Error</h1>\n\
     <h2>The service you requested is not available yet.\
     <p>Please try again in 30 seconds.</h2>\n\
     <h2></h2>\n\
     </body></html>",
)];

pub(super) static CLOUD_FUNCTIONS: Platform = Platform {
    label: "Google Cloud Functions",
    documentation: "https://cloud.google.com/functions/docs/calling/http",
    names: &[NamePattern("*.cloudfunctions.net")],
    companions: &[],
    dns: DnsShape {
        ipv4: &[slash_24(216, 239, 36)],
        ipv6: Some(slash_120(0x2001_4860_4802_0036_0000_0000_0000_0000)),
        cname: &[],
        address_evidence: Evidence::Documented(RANGES),
        shape_evidence: Evidence::Captured(None),
        reverse: Some("any-in-{c:hex}{d:hex}.1e100.net"),
        reverse_evidence: Evidence::Captured(None),
    },
    certificate: CertificateForm {
        common_name: NameForm::Literal("misc.google.com"),
        organization: None,
        locality: None,
        alternative_names: &[NameForm::Literal("*.cloudfunctions.net")],
        evidence: Evidence::Captured(Some(2024)),
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Captured(Some(2024)),
    },
    request_id: &[Alphanumeric(12)],
    routes: &[Route {
        methods: Methods::Any,
        path: PathPattern::Any,
        answer: Answer {
            status: 200,
            reason: None,
            frame: FUNCTION_FRAME,
            content_type: Some("text/html; charset=utf-8"),
            own: &[],
            location: None,
            body: &[Literal("Hello World!")],
            evidence: Evidence::Captured(Some(2024)),
        },
    }],
    // Any project's name resolves, so that this is what a wrong one gets.
    unknown_host: NO_SUCH_PAGE,
    error: Answer {
        status: 500,
        reason: None,
        frame: FUNCTION_FRAME,
        content_type: Some("text/plain; charset=utf-8"),
        own: &[("X-Content-Type-Options", &[Literal("nosniff")])],
        location: None,
        body: &[Literal("Error: could not handle the request\n")],
        evidence: Evidence::Captured(None),
    },
    plain_http: PlainHttp::Redirect(Answer::to_https(
        302,
        &[
            Header("Location", &[Location]),
            Header("X-Cloud-Trace-Context", TRACE),
            Header("Date", &[Date]),
            Header("Server", &[Literal("Google Frontend")]),
            ContentLength("Content-Length"),
        ],
        Evidence::Common,
    )),
};

/// What Google's front end answers by itself, for a host that nothing serves.
const NO_SUCH_PAGE: Answer = Answer {
    status: 404,
    reason: None,
    frame: FRONTEND_FRAME,
    content_type: Some("text/html; charset=UTF-8"),
    own: &[],
    location: None,
    body: PAGE_NOT_FOUND,
    evidence: Evidence::Common,
};

/// What a Cloud Run service's answer carries: it names no execution, and the
/// trace says nothing about sampling.
const SERVICE_FRAME: &[HeaderSlot] = &[
    ContentType("Content-Type"),
    Own,
    Header("X-Cloud-Trace-Context", &[Hex(32)]),
    Header("Date", &[Date]),
    Header("Server", &[Literal("Google Frontend")]),
    ContentLength("Content-Length"),
    Header("Alt-Svc", ALT_SVC),
];

/// Cloud Run, which also runs the functions of the second generation. A service
/// has two names: `SERVICE-HASH-uc.a.run.app`, with a short name of the region,
/// and `SERVICE-PROJECTNUMBER.REGION.run.app`.
pub(super) static CLOUD_RUN: Platform = Platform {
    label: "Google Cloud Run",
    documentation: "https://cloud.google.com/run/docs/triggering/https-request",
    names: &[NamePattern("*.REGION.run.app")],
    companions: &[],
    // All services share eight addresses, one of each network; here each name
    // has eight of its own.
    dns: DnsShape {
        ipv4: &[
            slash_24(34, 143, 72),
            slash_24(34, 143, 73),
            slash_24(34, 143, 74),
            slash_24(34, 143, 75),
            slash_24(34, 143, 76),
            slash_24(34, 143, 77),
            slash_24(34, 143, 78),
            slash_24(34, 143, 79),
        ],
        ipv6: Some(slash_120(0x2600_1900_4240_0200_0000_0000_0000_0000)),
        cname: &[],
        address_evidence: Evidence::Documented(RANGES),
        shape_evidence: Evidence::Captured(Some(2025)),
        // The form is that of Google Cloud's other addresses, and was seen of
        // neighbours (112.70.143.34.bc.googleusercontent.com), not of these.
        reverse: Some("{d}.{c}.{b}.{a}.bc.googleusercontent.com"),
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::Literal("*.a.run.app"),
        organization: None,
        locality: None,
        // And one for each region: that of the name is added.
        alternative_names: &[
            NameForm::Literal("*.a.run.app"),
            NameForm::Literal("run.app"),
            NameForm::Literal("*.us-central1.run.app"),
        ],
        evidence: Evidence::Captured(Some(2025)),
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Captured(Some(2025)),
    },
    request_id: &[],
    routes: &[Route {
        methods: Methods::Any,
        path: PathPattern::Any,
        answer: Answer {
            status: 200,
            reason: None,
            frame: SERVICE_FRAME,
            content_type: Some("text/html; charset=utf-8"),
            own: &[],
            location: None,
            body: &[Literal("Hello World!")],
            evidence: Evidence::Captured(Some(2025)),
        },
    }],
    // Any name resolves, so that this is what a wrong one gets.
    unknown_host: NO_SUCH_PAGE,
    error: Answer {
        status: 503,
        reason: None,
        frame: SERVICE_FRAME,
        content_type: Some("text/html; charset=UTF-8"),
        own: &[],
        location: None,
        body: NOT_AVAILABLE_YET,
        evidence: Evidence::Captured(None),
    },
    plain_http: PlainHttp::Redirect(Answer::to_https(
        302,
        &[
            Header("Location", &[Location]),
            Header("X-Cloud-Trace-Context", &[Hex(32)]),
            Header("Date", &[Date]),
            Header("Server", &[Literal("Google Frontend")]),
            ContentLength("Content-Length"),
        ],
        Evidence::Common,
    )),
};

/// The Google Servlet Engine's frame; nothing that a script answers is cached.
const SERVLET_FRAME: &[HeaderSlot] = &[
    ContentType("Content-Type"),
    Own,
    Header(
        "Cache-Control",
        &[Literal("no-cache, no-store, max-age=0, must-revalidate")],
    ),
    Header("Pragma", &[Literal("no-cache")]),
    Header("Expires", &[Literal("Mon, 01 Jan 1990 00:00:00 GMT")]),
    Header("Date", &[Date]),
    Header("X-Content-Type-Options", &[Literal("nosniff")]),
    Header("X-Frame-Options", &[Literal("SAMEORIGIN")]),
    Header(
        "Content-Security-Policy",
        &[Literal("frame-ancestors 'self'")],
    ),
    Header("X-XSS-Protection", &[Literal("1; mode=block")]),
    Header("Server", &[Literal("GSE")]),
    Header("Alt-Svc", ALT_SVC),
];

/// The same with the `Location` of a redirect after the date.
const SERVLET_REDIRECT_FRAME: &[HeaderSlot] = &[
    ContentType("Content-Type"),
    Header("Access-Control-Allow-Origin", &[Literal("*")]),
    Header(
        "Cache-Control",
        &[Literal("no-cache, no-store, max-age=0, must-revalidate")],
    ),
    Header("Pragma", &[Literal("no-cache")]),
    Header("Expires", &[Literal("Mon, 01 Jan 1990 00:00:00 GMT")]),
    Header("Date", &[Date]),
    Header("Location", &[Location]),
    Header("X-Content-Type-Options", &[Literal("nosniff")]),
    Header("X-Frame-Options", &[Literal("SAMEORIGIN")]),
    Header(
        "Content-Security-Policy",
        &[Literal("frame-ancestors 'self'")],
    ),
    Header("X-XSS-Protection", &[Literal("1; mode=block")]),
    Header("Server", &[Literal("GSE")]),
    Header("Alt-Svc", ALT_SVC),
];

const PLAIN_REDIRECT: PlainHttp = PlainHttp::Redirect(Answer::to_https(
    301,
    &[
        Header("Location", &[Location]),
        Header("Date", &[Date]),
        Header("Server", &[Literal("GSE")]),
        ContentLength("Content-Length"),
    ],
    Evidence::Common,
));

const SCRIPT_ERROR: Answer = Answer {
    status: 503,
    reason: None,
    frame: SERVLET_FRAME,
    content_type: Some("text/html; charset=utf-8"),
    own: &[],
    location: None,
    body: NOT_AVAILABLE_YET,
    evidence: Evidence::Common,
};

/// What a deployment that does not exist, or is hidden, answers.
const SCRIPT_NOT_FOUND: Answer = Answer {
    status: 404,
    reason: None,
    frame: SERVLET_FRAME,
    content_type: Some("text/html; charset=utf-8"),
    own: &[],
    location: None,
    body: &[Literal(
        "<!DOCTYPE html><html><head><title>Page Not Found</title></head>\
         <body><p>Sorry, unable to open the file at this time.</p></body></html>",
    )],
    evidence: Evidence::Captured(None),
};

/// The redirect from the web app to what it answered. `lib` stays the same for
/// a script, the key is another for each answer.
const TO_CONTENT: Answer = Answer {
    status: 302,
    reason: Some("Moved Temporarily"),
    frame: SERVLET_REDIRECT_FRAME,
    content_type: Some("text/html; charset=UTF-8"),
    own: &[],
    location: Some(&[
        Literal("https://script.googleusercontent.com/macros/echo?user_content_key=AehSKL"),
        Base64Url(284),
        Literal("&lib=M"),
        Base64UrlOfPath(32),
    ]),
    body: &[
        Literal(
            "<HTML>\n<HEAD>\n<TITLE>Moved Temporarily</TITLE>\n</HEAD>\n\
             <BODY BGCOLOR=\"#FFFFFF\" TEXT=\"#000000\">\n\
             <!-- GSE Default Error -->\n\
             <H1>Moved Temporarily</H1>\n\
             The document has moved <A HREF=\"",
        ),
        LocationHtml,
        Literal("\">here</A>.\n</BODY>\n</HTML>\n"),
    ],
    evidence: Evidence::Captured(Some(2021)),
};

pub(super) static APPS_SCRIPT: Platform = Platform {
    label: "Google Apps Script",
    documentation: "https://developers.google.com/apps-script/guides/web",
    names: &[NamePattern("script.google.com")],
    companions: &["script.googleusercontent.com"],
    dns: DnsShape {
        ipv4: &[slash_24(142, 250, 74)],
        ipv6: Some(slash_120(0x2a00_1450_4001_080b_0000_0000_0000_0000)),
        cname: &[],
        address_evidence: Evidence::Documented(RANGES),
        shape_evidence: Evidence::Common,
        reverse: Some("fra24s02-in-f{d}.1e100.net"),
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::Literal("*.google.com"),
        organization: None,
        locality: None,
        alternative_names: &[NameForm::Literal("*.google.com")],
        evidence: Evidence::Common,
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Captured(Some(2021)),
    },
    request_id: &[],
    routes: &[
        Route {
            methods: Methods::GetAndPost,
            path: PathPattern::Between("/macros/s/", "/exec"),
            answer: TO_CONTENT,
        },
        Route {
            methods: Methods::Any,
            path: PathPattern::Any,
            answer: SCRIPT_NOT_FOUND,
        },
    ],
    unknown_host: SCRIPT_NOT_FOUND,
    error: SCRIPT_ERROR,
    plain_http: PLAIN_REDIRECT,
};

pub(super) static APPS_SCRIPT_CONTENT: Platform = Platform {
    label: "Google Apps Script content",
    documentation: "https://developers.google.com/apps-script/guides/content",
    names: &[NamePattern("script.googleusercontent.com")],
    companions: &[],
    dns: DnsShape {
        ipv4: &[slash_24(142, 250, 74)],
        ipv6: Some(slash_120(0x2a00_1450_4001_080b_0000_0000_0000_0000)),
        cname: &["googlehosted.l.googleusercontent.com"],
        address_evidence: Evidence::Documented(RANGES),
        shape_evidence: Evidence::Common,
        reverse: Some("fra24s02-in-f{d}.1e100.net"),
        reverse_evidence: Evidence::Common,
    },
    certificate: CertificateForm {
        common_name: NameForm::Literal("*.googleusercontent.com"),
        organization: None,
        locality: None,
        alternative_names: &[NameForm::Literal("*.googleusercontent.com")],
        evidence: Evidence::Common,
    },
    http_versions: HttpVersions {
        http2: true,
        evidence: Evidence::Common,
    },
    request_id: &[],
    routes: &[
        Route {
            methods: Methods::Get,
            path: PathPattern::Exact("/macros/echo"),
            answer: Answer {
                status: 200,
                reason: None,
                frame: SERVLET_FRAME,
                content_type: Some("application/json; charset=utf-8"),
                own: &[("Access-Control-Allow-Origin", &[Literal("*")])],
                location: None,
                body: &[Literal(r#"{"status":"ok"}"#)],
                evidence: Evidence::Common,
            },
        },
        // A client that repeats its POST after the 302 is turned away.
        Route {
            methods: Methods::Any,
            path: PathPattern::Exact("/macros/echo"),
            answer: Answer {
                status: 405,
                reason: None,
                frame: SERVLET_FRAME,
                content_type: Some("text/html; charset=UTF-8"),
                own: &[("Allow", &[Literal("GET, HEAD")])],
                location: None,
                body: &[Literal(
                    "<HTML>\n<HEAD>\n<TITLE>Method Not Allowed</TITLE>\n</HEAD>\n\
                     <BODY BGCOLOR=\"#FFFFFF\" TEXT=\"#000000\">\n\
                     <!-- GSE Default Error -->\n\
                     <H1>Method Not Allowed</H1>\n</BODY>\n</HTML>\n",
                )],
                evidence: Evidence::Common,
            },
        },
        Route {
            methods: Methods::Any,
            path: PathPattern::Any,
            answer: SCRIPT_NOT_FOUND,
        },
    ],
    unknown_host: SCRIPT_NOT_FOUND,
    error: SCRIPT_ERROR,
    plain_http: PLAIN_REDIRECT,
};
