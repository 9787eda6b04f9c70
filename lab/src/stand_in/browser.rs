//! The stand-in for a browser without a window: it visits each page once.
//!
//! It runs no script of the page and loads nothing that the page refers to, but
//! for the frames of a page that the command line itself holds: what it shows is
//! which program asked.

use super::Stop;
use super::http::{HeaderValue, Method, Request, parse_url, user_agent};
use super::refusal::Refusal;
use super::system::System;

/// Switches of Chromium that change nothing for a visit of this kind.
const IGNORED: [&str; 13] = [
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-software-rasterizer",
    "--disable-sync",
    "--headless",
    "--incognito",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-sandbox",
    "--no-zygote",
];

/// A page that is written in its address: RFC 2397.
const PAGE: &str = "data:text/html,";

/// The addresses of a page that is nothing but `<iframe src='…'></iframe>`, one
/// or more, as the stand-in can visit them; `None` for any other page.
fn frames(page: &str) -> Option<Vec<String>> {
    let mut urls = Vec::new();
    let mut rest = page;
    while !rest.is_empty() {
        let (url, after) = rest
            .strip_prefix("<iframe src='")?
            .split_once("'></iframe>")?;
        if !url.starts_with("https://") || url.contains(['<', '>', '\'']) {
            return None;
        }
        urls.push(url.to_owned());
        rest = after;
    }
    (!urls.is_empty()).then_some(urls)
}

/// What the command line says.
#[derive(Debug, PartialEq, Eq)]
struct Visit {
    urls: Vec<String>,
    /// Whether the page is written to standard output.
    dump: bool,
}

/// Runs a browser with these arguments (without the program itself) and
/// returns its exit code.
pub(super) fn run(
    program: &str,
    arguments: &[String],
    system: &mut System<'_>,
) -> Result<i32, Stop> {
    let visit = parse(program, arguments)?;
    let mut requests = Vec::new();
    for url in &visit.urls {
        let url = parse_url(url).map_err(|error| Refusal::of(error.to_string()))?;
        let mut request = Request::new(Method::GET, url);
        request.headers.insert("user-agent", user_agent(program));
        request
            .headers
            .insert("accept", HeaderValue::from_static("text/html,*/*;q=0.8"));
        requests.push(request);
    }
    for request in requests {
        match system.http.send(&request) {
            Ok(response) if visit.dump => system.stdout.write_all(response.body())?,
            Ok(_) => {}
            Err(error) => {
                // A browser shows a page about the error, and ends well.
                writeln!(system.stderr, "{}: {error}", request.url)?;
            }
        }
    }
    Ok(0)
}

fn parse(program: &str, arguments: &[String]) -> Result<Visit, Refusal> {
    let mut visit = Visit {
        urls: Vec::new(),
        dump: false,
    };
    let mut headless = false;
    for argument in arguments {
        let (switch, value) = match argument.split_once('=') {
            Some((switch, value)) => (switch, Some(value)),
            None => (argument.as_str(), None),
        };
        match (switch, value) {
            ("--headless", None | Some("new" | "old")) => headless = true,
            ("--dump-dom", None) => visit.dump = true,
            ("--user-data-dir", Some(_)) => {}
            (known, None) if IGNORED.contains(&known) => {}
            _ if argument.starts_with('-') => {
                return Err(Refusal::of(format!("{program} with `{argument}`")));
            }
            _ if argument.starts_with("https://") => visit.urls.push(argument.clone()),
            _ if argument.starts_with(PAGE) => {
                let frames = frames(&argument[PAGE.len()..]).ok_or_else(|| {
                    Refusal::of(format!(
                        "{program} with `{argument}`, which is no page of frames alone"
                    ))
                })?;
                visit.urls.extend(frames);
            }
            _ => {
                return Err(Refusal::of(format!(
                    "{program} with `{argument}`, which is no `https` address"
                )));
            }
        }
    }
    if !headless {
        return Err(Refusal::of(format!("{program} without `--headless`")));
    }
    if visit.urls.is_empty() {
        return Err(Refusal::of(format!("{program} without an address")));
    }
    Ok(visit)
}
