//! Each platform answers as itself. What is expected is written down from
//! captures of the real services, not taken from the crate's data.

use mock_endpoints::{Behaviour, CustomDomain, HostName, PtrMode, Table, TableOptions};

use crate::{
    raw::{Answer, get, plain_get, request},
    running::{
        AZURE, CLOUD_RUN, CONTAINER, CONTENT, Endpoints, FUNCTIONS, GATEWAY, LAMBDA, LOOK_ALIKE,
        NETLIFY, PAGES, SCRIPT, VERCEL, WORKERS,
    },
};

const DATE: &str = "Date: Sun, 01 Mar 2026 12:00:00 GMT";
const UUID: &str = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
/// 2026-03-01T12:00:00Z in seconds since 1970, in hexadecimal.
const EPOCH: &str = "69a42a40";
const ALT_SVC: &str = r#"Alt-Svc: h3=":443"; ma=2592000,h3-29=":443"; ma=2592000"#;

fn failing() -> Endpoints {
    Endpoints::start_with(|config| config.behaviour = Behaviour::Error)
}

#[test]
fn cloudflare_workers_and_pages() {
    let endpoints = Endpoints::start();
    for host in [WORKERS, PAGES] {
        let answer = get(&endpoints, host, "/beacon?n=1");
        answer.assert_head(
            "HTTP/1.1 200 OK",
            &[
                DATE,
                "Content-Type: text/plain;charset=UTF-8",
                "Content-Length: 12",
                "Connection: close",
                "Server: cloudflare",
                r#"Report-To: \{"group":"cf-nel","max_age":604800,"endpoints":\[\{"url":"https://a\.nel\.cloudflare\.com/report/v4\?s=[A-Za-z0-9%]{120,300}"\}\]\}"#,
                r#"Nel: \{"report_to":"cf-nel","success_fraction":0\.0,"max_age":604800\}"#,
                "CF-RAY: [0-9a-f]{16}-[A-Z]{3}",
                r#"alt-svc: h3=":443"; ma=86400"#,
            ],
        );
        assert_eq!(answer.body, "Hello World!");
    }
    let endpoints = failing();
    for host in [WORKERS, PAGES] {
        let answer = get(&endpoints, host, "/");
        assert_eq!(answer.status, "HTTP/1.1 500 Internal Server Error");
        assert_eq!(answer.body, "error code: 1101");
        assert_eq!(answer.header("Content-Length"), "16");
        assert_eq!(answer.header("Server"), "cloudflare");
    }
}

#[test]
fn google_cloud_functions() {
    let answer = get(&Endpoints::start(), FUNCTIONS, "/beacon");
    answer.assert_head(
        "HTTP/1.1 200 OK",
        &[
            "Content-Type: text/html; charset=utf-8",
            "Function-Execution-Id: [a-z0-9]{12}",
            "X-Cloud-Trace-Context: [0-9a-f]{32};o=1",
            DATE,
            "Server: Google Frontend",
            "Content-Length: 12",
            ALT_SVC,
            // hyper's own word, since the client asked for the end.
            "connection: close",
        ],
    );
    let answer = get(&failing(), FUNCTIONS, "/beacon");
    assert_eq!(answer.status, "HTTP/1.1 500 Internal Server Error");
    assert_eq!(answer.header("Content-Type"), "text/plain; charset=utf-8");
    assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
    assert_eq!(answer.body, "Error: could not handle the request\n");
}

/// As a capture of a service of the deterministic form has it, of 2025.
#[test]
fn google_cloud_run() {
    let answer = get(&Endpoints::start(), CLOUD_RUN, "/beacon");
    answer.assert_head(
        "HTTP/1.1 200 OK",
        &[
            "Content-Type: text/html; charset=utf-8",
            "X-Cloud-Trace-Context: [0-9a-f]{32}",
            DATE,
            "Server: Google Frontend",
            "Content-Length: 12",
            ALT_SVC,
            "connection: close",
        ],
    );
    let answer = get(&failing(), CLOUD_RUN, "/beacon");
    assert_eq!(answer.status, "HTTP/1.1 503 Service Unavailable");
    assert!(answer.body.contains("Please try again in 30 seconds."));
}

#[test]
fn lambda_function_url() {
    let answer = get(&Endpoints::start(), LAMBDA, "/");
    let request_id = format!("x-amzn-RequestId: {UUID}");
    let trace = format!(
        "X-Amzn-Trace-Id: Root=1-{EPOCH}-[0-9a-f]{{24}};Parent=[0-9a-f]{{16}};Sampled=0;Lineage=1:[0-9a-f]{{8}}:0"
    );
    answer.assert_head(
        "HTTP/1.1 200 OK",
        &[
            DATE,
            "Content-Type: application/json",
            "Content-Length: 20",
            "Connection: close",
            &request_id,
            &trace,
        ],
    );
    assert_eq!(answer.body, r#""Hello from Lambda!""#);
    let answer = get(&failing(), LAMBDA, "/");
    assert_eq!(answer.status, "HTTP/1.1 502 Bad Gateway");
    assert_eq!(answer.header("Content-Length"), "21");
    assert_eq!(answer.body, "Internal Server Error");
}

#[test]
fn api_gateway() {
    let answer = get(&Endpoints::start(), GATEWAY, "/prod/beacon");
    let request_id = format!("x-amzn-RequestId: {UUID}");
    let trace = format!("X-Amzn-Trace-Id: Root=1-{EPOCH}-[0-9a-f]{{24}};Parent=.*");
    answer.assert_head(
        "HTTP/1.1 200 OK",
        &[
            DATE,
            "Content-Type: application/json",
            "Content-Length: 20",
            "Connection: close",
            &request_id,
            "x-amz-apigw-id: [A-Za-z0-9_-]{15}=",
            &trace,
        ],
    );
    let answer = get(&failing(), GATEWAY, "/prod/beacon");
    assert_eq!(answer.status, "HTTP/1.1 502 Bad Gateway");
    assert_eq!(
        answer.header("x-amzn-ErrorType"),
        "InternalServerErrorException"
    );
    assert_eq!(answer.header("Content-Length"), "36");
    assert_eq!(answer.body, r#"{"message": "Internal server error"}"#);
}

#[test]
fn azure_functions() {
    let answer = get(&Endpoints::start(), AZURE, "/api/beacon?code=x");
    answer.assert_head(
        "HTTP/1.1 200 OK",
        &[
            "Content-Length: 51",
            "Content-Type: text/plain; charset=utf-8",
            DATE,
            "connection: close",
        ],
    );
    let answer = get(&failing(), AZURE, "/api/beacon");
    assert_eq!(answer.status, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(answer.body, "Function host is not running.");
}

#[test]
fn azure_container_apps() {
    let answer = get(&Endpoints::start(), CONTAINER, "/");
    answer.assert_head(
        "HTTP/1.1 200 OK",
        &[
            "content-length: 12",
            "content-type: text/plain; charset=utf-8",
            "date: Sun, 01 Mar 2026 12:00:00 GMT",
            "connection: close",
        ],
    );
    let answer = get(&failing(), CONTAINER, "/");
    assert_eq!(answer.status, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(
        answer.body,
        "upstream connect error or disconnect/reset before headers. reset reason: connection failure"
    );
}

#[test]
fn netlify() {
    let endpoints = Endpoints::start();
    let head = |forward: &str| {
        vec![
            "Cache-Control: no-cache".to_owned(),
            r#"Cache-Status: "Netlify Durable"; fwd=bypass"#.to_owned(),
            format!(r#"Cache-Status: "Netlify Edge"; fwd={forward}"#),
            "Content-Length: 13".to_owned(),
            "Content-Type: text/plain;charset=UTF-8".to_owned(),
            DATE.to_owned(),
            "Netlify-Vary: query".to_owned(),
            "Server: Netlify".to_owned(),
            "Strict-Transport-Security: max-age=31536000; includeSubDomains; preload".to_owned(),
            "X-Nf-Request-Id: 01[0-9A-HJKMNP-TV-Z]{24}".to_owned(),
            "connection: close".to_owned(),
        ]
    };
    for (method, forward) in [("GET", "miss"), ("POST", "method")] {
        let answer = request(&endpoints, method, NETLIFY, "/.netlify/functions/beacon");
        let head = head(forward);
        let head: Vec<_> = head.iter().map(String::as_str).collect();
        answer.assert_head("HTTP/1.1 200 OK", &head);
        assert_eq!(answer.body, "Hello, world!");
    }
    let answer = get(&failing(), NETLIFY, "/.netlify/functions/beacon");
    assert_eq!(answer.status, "HTTP/1.1 502 Bad Gateway");
    assert_eq!(
        answer.body,
        "error decoding lambda response: error decoding lambda response: unexpected end of JSON input"
    );
}

#[test]
fn vercel() {
    let answer = get(&Endpoints::start(), VERCEL, "/api/beacon");
    answer.assert_head(
        "HTTP/1.1 200 OK",
        &[
            "Age: 0",
            "Cache-Control: public, max-age=0, must-revalidate",
            "Content-Length: 12",
            "Content-Type: text/plain; charset=utf-8",
            DATE,
            "Server: Vercel",
            "Strict-Transport-Security: max-age=63072000; includeSubDomains; preload",
            "X-Vercel-Cache: MISS",
            "X-Vercel-Id: [a-z]{3}1::[a-z]{3}1::[a-z0-9]{5}-1772366400000-[0-9a-f]{12}",
            "connection: close",
        ],
    );
    let answer = get(&failing(), VERCEL, "/api/beacon");
    assert_eq!(answer.status, "HTTP/1.1 500 Internal Server Error");
    assert_eq!(
        answer.header("X-Vercel-Error"),
        "FUNCTION_INVOCATION_FAILED"
    );
    let id = answer.header("X-Vercel-Id");
    assert_eq!(
        answer.body,
        format!("A server error has occurred\n\nFUNCTION_INVOCATION_FAILED\n\n{id}\n")
    );
}

fn assert_redirected_to_content(endpoints: &Endpoints, answer: &Answer) {
    answer.assert_head(
        "HTTP/1.1 302 Moved Temporarily",
        &[
            "Content-Type: text/html; charset=UTF-8",
            r"Access-Control-Allow-Origin: \*",
            "Cache-Control: no-cache, no-store, max-age=0, must-revalidate",
            "Pragma: no-cache",
            "Expires: Mon, 01 Jan 1990 00:00:00 GMT",
            DATE,
            r"Location: https://script\.googleusercontent\.com/macros/echo\?user_content_key=AehSKL[A-Za-z0-9_-]{284}&lib=M[A-Za-z0-9_-]{32}",
            "X-Content-Type-Options: nosniff",
            "X-Frame-Options: SAMEORIGIN",
            "Content-Security-Policy: frame-ancestors 'self'",
            "X-XSS-Protection: 1; mode=block",
            "Server: GSE",
            ALT_SVC,
            "connection: close",
            "Content-Length: [0-9]+",
        ],
    );
    let location = answer.header("Location");
    let link = location.replace('&', "&amp;");
    assert!(answer.body.contains(&format!(
        "The document has moved <A HREF=\"{link}\">here</A>."
    )));
    let path = location
        .strip_prefix("https://script.googleusercontent.com")
        .unwrap();
    let content = get(endpoints, CONTENT, path);
    assert_eq!(content.status, "HTTP/1.1 200 OK");
    assert_eq!(
        content.header("Content-Type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(content.header("Access-Control-Allow-Origin"), "*");
    assert_eq!(content.header("Server"), "GSE");
    assert_eq!(content.body, r#"{"status":"ok"}"#);
    // A client that repeats its POST does not get through.
    let repeated = request(endpoints, "POST", CONTENT, path);
    assert_eq!(repeated.status, "HTTP/1.1 405 Method Not Allowed");
}

#[test]
fn apps_script_redirects_to_its_content() {
    let endpoints = Endpoints::start();
    for method in ["GET", "POST"] {
        let path = "/macros/s/AKfycbx-df00tech_test/exec?n=1";
        let answer = request(&endpoints, method, SCRIPT, path);
        assert_redirected_to_content(&endpoints, &answer);
    }
    for path in ["/", "/macros/s//exec", "/macros/s/AKfycbx/dev"] {
        let answer = get(&endpoints, SCRIPT, path);
        assert_eq!(answer.status, "HTTP/1.1 404 Not Found", "{path}");
        assert!(
            answer
                .body
                .contains("Sorry, unable to open the file at this time.")
        );
    }
    for host in [SCRIPT, CONTENT] {
        let answer = get(&failing(), host, "/macros/s/AKfycbx/exec");
        assert_eq!(answer.status, "HTTP/1.1 503 Service Unavailable");
        assert!(answer.body.contains("<h1>Error: Server Error</h1>"));
    }
}

#[test]
fn a_look_alike_is_a_host_of_no_platform() {
    let endpoints = Endpoints::start();
    let answer = get(&endpoints, LOOK_ALIKE, "/");
    assert_eq!(answer.status, "HTTP/1.1 200 OK");
    assert_eq!(answer.header("Server"), "nginx");
    assert!(
        answer
            .headers
            .iter()
            .all(|line| !line.starts_with("CF-RAY"))
    );
}

#[test]
fn a_name_that_no_tenant_has_gets_the_platforms_own_word() {
    let endpoints = Endpoints::start();
    let answer = get(&endpoints, "nobody.vercel.app", "/");
    assert_eq!(answer.status, "HTTP/1.1 404 Not Found");
    assert_eq!(answer.header("X-Vercel-Error"), "DEPLOYMENT_NOT_FOUND");
    let answer = get(&endpoints, "nobody.lambda-url.us-east-1.on.aws", "/");
    assert_eq!(answer.status, "HTTP/1.1 403 Forbidden");
    assert_eq!(answer.body, r#"{"Message":null}"#);
    let answer = get(&endpoints, "nobody.netlify.app", "/");
    let id = answer.header("X-Nf-Request-Id");
    assert_eq!(answer.body, format!("Not Found - Request ID: {id}"));
    let answer = get(&endpoints, "nobody.azurewebsites.net", "/");
    assert!(answer.body.contains("Error 404 - Web app not found."));
}

#[test]
fn plain_http_is_redirected_where_the_platform_does_so() {
    let endpoints = Endpoints::start();
    let answer = plain_get(&endpoints, VERCEL, "/api/beacon?n=1");
    assert_eq!(answer.status, "HTTP/1.1 308 Permanent Redirect");
    assert_eq!(
        answer.header("Location"),
        "https://beacon.vercel.app/api/beacon?n=1"
    );
    let answer = plain_get(&endpoints, CONTAINER, "/");
    assert_eq!(answer.header("location"), format!("https://{CONTAINER}/"));
}

/// With a certificate of its own: the client would not have come this far.
#[test]
fn a_domain_of_a_tenant_s_own_is_answered_as_the_platform_answers() {
    let endpoints = Endpoints::start_with(|config| {
        let workstation = config.table.workstation().clone();
        let mut options = TableOptions::new(PtrMode::Lab, workstation);
        let domain = CustomDomain {
            target: WORKERS.parse().unwrap(),
            is_alias: false,
        };
        let name: HostName = "status.example".parse().unwrap();
        options.custom_domains.insert(name.clone(), domain);
        config.table = Table::new([name], &options).unwrap();
    });
    let answer = get(&endpoints, "status.example", "/beacon");
    assert_eq!(answer.status, "HTTP/1.1 200 OK");
    assert_eq!(answer.header("Server"), "cloudflare");
}
