//! What a platform answers: status, headers in order, body.

use std::collections::BTreeMap;

use super::{
    Evidence, Platform, Text,
    text::{Ids, Rendered},
};

/// One answer of a platform.
#[derive(Clone, Copy, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The reason phrase of HTTP/1.1, where it is not the usual one.
    pub reason: Option<&'static str>,
    /// The headers, in the order in which they are sent.
    pub frame: &'static [HeaderSlot],
    /// The media type of the body; none where the answer has none.
    pub content_type: Option<&'static str>,
    /// The headers that only this answer has; the frame says where they go.
    pub own: &'static [(&'static str, Text)],
    /// Where the answer redirects to; [`Part::Location`](super::Part::Location) writes it.
    pub location: Option<Text>,
    /// The body.
    pub body: Text,
    /// Where the answer was seen. What a function itself answers, status 200
    /// with some body, is every tenant's own choice: there it speaks of the
    /// headers around it.
    pub evidence: Evidence,
}

/// One place in the headers of an answer, with the name as HTTP/1.1 spells it.
/// HTTP/2 has all names in lower case (RFC 9113, section 8.2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderSlot {
    /// This header.
    Header(&'static str, Text),
    /// `Connection`, on HTTP/1.1 only: whether it stays open for more requests.
    Connection,
    /// The media type, under this name.
    ContentType(&'static str),
    /// The length of the body, under this name.
    ContentLength(&'static str),
    /// The answer's own headers.
    Own,
}

/// One rule of a platform: which requests get which answer.
#[derive(Debug)]
pub struct Route {
    /// The methods it is for.
    pub methods: Methods,
    /// The paths it is for.
    pub path: PathPattern,
    /// What is answered.
    pub answer: Answer,
}

/// The methods that a route is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Methods {
    /// All of them.
    Any,
    /// `GET` and `HEAD`.
    Get,
    /// `GET`, `HEAD` and `POST`.
    GetAndPost,
}

/// The paths that a route is for; the query does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPattern {
    /// All of them.
    Any,
    /// This one.
    Exact(&'static str),
    /// One or more characters between these two.
    Between(&'static str, &'static str),
}

/// What a platform does with plain HTTP on port 80.
#[derive(Clone, Copy, Debug)]
pub enum PlainHttp {
    /// It redirects to the same URL with `https`.
    Redirect(Answer),
    /// It does not speak plain HTTP: the connection is closed without an answer.
    Closed(Evidence),
}

/// What an answer depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'request> {
    /// The method, in capitals.
    pub(crate) method: &'request str,
    /// The path, without the query.
    pub(crate) path: &'request str,
}

/// How an answer is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// HTTP/1.0 or 1.1.
    Http1 {
        /// Whether the connection stays open for more requests.
        keep_alive: bool,
    },
    /// HTTP/2.
    Http2,
}

/// An answer with everything filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filled {
    pub(crate) status: u16,
    pub(crate) reason: Option<&'static str>,
    /// The names as HTTP/1.1 spells them, in order.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Route {
    fn takes(&self, request: Request<'_>) -> bool {
        let method = match self.methods {
            Methods::Any => true,
            Methods::Get => matches!(request.method, "GET" | "HEAD"),
            Methods::GetAndPost => matches!(request.method, "GET" | "HEAD" | "POST"),
        };
        method && self.path.matches(request.path)
    }
}

impl PathPattern {
    fn matches(self, path: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => path == exact,
            Self::Between(prefix, suffix) => path
                .strip_prefix(prefix)
                .and_then(|rest| rest.strip_suffix(suffix))
                .is_some_and(|middle| !middle.is_empty()),
        }
    }
}

impl Platform {
    /// What the platform answers where everything works.
    pub(crate) fn served(&self, request: Request<'_>) -> &Answer {
        self.routes
            .iter()
            .find(|route| route.takes(request))
            .map_or(&self.unknown_host, |route| &route.answer)
    }

    /// Every header name that the platform can send, as HTTP/1.1 spells it,
    /// with how often one answer can have it.
    pub(crate) fn header_names(&self) -> BTreeMap<&'static str, usize> {
        let answers = self.routes.iter().map(|route| &route.answer);
        let redirect = match &self.plain_http {
            PlainHttp::Redirect(answer) => Some(answer),
            PlainHttp::Closed(_) => None,
        };
        let mut names = BTreeMap::new();
        for answer in answers
            .chain([&self.unknown_host, &self.error])
            .chain(redirect)
        {
            let mut of_answer = BTreeMap::<_, usize>::new();
            for name in answer.header_names() {
                *of_answer.entry(name).or_default() += 1;
            }
            for (name, count) in of_answer {
                let most = names.entry(name).or_default();
                *most = count.max(*most);
            }
        }
        names
    }
}

impl Answer {
    /// Fills in the generated parts. Where the answer itself says nothing of
    /// where it redirects to, `location` does.
    pub(crate) fn fill(
        &self,
        request_id: Text,
        location: String,
        protocol: Protocol,
        ids: &mut Ids<'_>,
    ) -> Filled {
        let mut rendered = Rendered {
            location,
            ..Rendered::default()
        };
        rendered.request_id = rendered.render(request_id, ids);
        if let Some(location) = self.location {
            rendered.location = rendered.render(location, ids);
        }
        let body = rendered.render(self.body, ids);
        let mut headers = Vec::with_capacity(self.frame.len() + self.own.len());
        for slot in self.frame {
            match (*slot, protocol) {
                (HeaderSlot::Header(name, text), _) => {
                    headers.push((name, rendered.render(text, ids)));
                }
                (HeaderSlot::Connection, Protocol::Http1 { keep_alive }) => {
                    let value = if keep_alive { "keep-alive" } else { "close" };
                    headers.push(("Connection", value.to_owned()));
                }
                (HeaderSlot::Connection, Protocol::Http2) => {}
                (HeaderSlot::ContentType(name), _) => {
                    headers.extend(self.content_type.map(|media| (name, media.to_owned())));
                }
                (HeaderSlot::ContentLength(name), _) => {
                    headers.push((name, body.len().to_string()));
                }
                (HeaderSlot::Own, _) => {
                    for (name, text) in self.own {
                        headers.push((name, rendered.render(text, ids)));
                    }
                }
            }
        }
        Filled {
            status: self.status,
            reason: self.reason,
            headers,
            body,
        }
    }

    fn header_names(&self) -> impl Iterator<Item = &'static str> {
        framed_names(self.frame).chain(self.own.iter().map(|(name, _)| *name))
    }

    /// A redirect to the same URL with `https`, without a body.
    pub(super) const fn to_https(
        status: u16,
        frame: &'static [HeaderSlot],
        evidence: Evidence,
    ) -> Self {
        Self {
            status,
            reason: None,
            frame,
            content_type: None,
            own: &[],
            location: None,
            body: &[],
            evidence,
        }
    }
}

fn framed_names(frame: &'static [HeaderSlot]) -> impl Iterator<Item = &'static str> {
    frame.iter().filter_map(|slot| match *slot {
        HeaderSlot::Header(name, _)
        | HeaderSlot::ContentType(name)
        | HeaderSlot::ContentLength(name) => Some(name),
        HeaderSlot::Connection => Some("Connection"),
        HeaderSlot::Own => None,
    })
}
