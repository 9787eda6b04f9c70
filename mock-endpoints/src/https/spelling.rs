//! Header names as each platform spells them on HTTP/1.1.
//!
//! hyper keeps header names in lower case and can write them in another
//! spelling only where a message carries the spelling that it was once read
//! with, as a proxy's does. So each platform's names are read once, at the
//! start, from a request in memory, and every answer carries what was learnt.

use std::{collections::BTreeMap, convert::Infallible};

use bytes::Bytes;
use http::{Extensions, Request, Response};
use http_body_util::Empty;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, duplex},
    sync::mpsc,
};

use crate::platform::{Platform, PlatformId, hosting};

/// The spelling of the header names of every platform.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spelling(BTreeMap<Option<PlatformId>, Extensions>);

impl Spelling {
    pub(crate) async fn learn() -> Self {
        let mut spelling = Self::default();
        for id in PlatformId::ALL.iter().copied() {
            spelling.0.insert(Some(id), read(id.platform()).await);
        }
        spelling.0.insert(None, read(hosting()).await);
        spelling
    }

    /// What an answer of a platform has to carry.
    pub(crate) fn of(&self, platform: Option<PlatformId>) -> Extensions {
        self.0.get(&platform).cloned().unwrap_or_default()
    }
}

/// Lets hyper read a request that has a platform's names. Where that should fail, the
/// names are written in lower case, which is as good for every client.
async fn read(platform: &Platform) -> Extensions {
    let mut request = String::from("GET / HTTP/1.1\r\nHost: spelling\r\n");
    for (name, count) in platform.header_names() {
        // Values that whoever reads a request would obey must be harmless.
        let value = match name {
            "Content-Length" | "content-length" => "0",
            _ => "close",
        };
        for _ in 0..count {
            request.extend([name, ": ", value, "\r\n"]);
        }
    }
    request.push_str("\r\n");
    let (mut client, server) = duplex(request.len());
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let service = service_fn(move |request: Request<Incoming>| {
        let _receiver_is_gone = sender.send(request.extensions().clone()).is_err();
        async { Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())) }
    });
    let mut builder = http1::Builder::new();
    builder.preserve_header_case(true).keep_alive(false);
    let connection = builder.serve_connection(TokioIo::new(server), service);
    let mut answer = Vec::new();
    let exchange = async {
        client.write_all(request.as_bytes()).await?;
        client.read_to_end(&mut answer).await
    };
    let (_served, _exchanged) = tokio::join!(connection, exchange);
    receiver.try_recv().unwrap_or_default()
}
