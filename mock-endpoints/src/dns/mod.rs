//! The DNS server: the loops over UDP and TCP around [`answer::answer`].

mod answer;
#[cfg(test)]
mod tests;
mod zone;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, UdpSocket},
    sync::watch,
    time::timeout,
};

use self::answer::{Answered, answer};
pub(crate) use self::zone::Zone;
use crate::{
    Clock, Record, Sink,
    accept::accept_all,
    record::{DnsFailure, DnsQuery, Transport},
};

/// What the loops share.
pub(crate) struct Dns {
    pub(crate) zone: Arc<Zone>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) sink: Arc<dyn Sink>,
    /// Questions are recorded and never answered.
    pub(crate) silent: bool,
    /// How long a TCP client may take for a message.
    pub(crate) idle: Duration,
}

impl Dns {
    /// Answers datagrams, for ever.
    pub(crate) async fn serve_udp(self: Arc<Self>, socket: UdpSocket, local: SocketAddr) {
        let mut buffer = vec![0; usize::from(u16::MAX)];
        loop {
            // An error here is that of an earlier answer, which could not be
            // delivered to a client that is gone.
            let Ok((length, peer)) = socket.recv_from(&mut buffer).await else {
                tokio::task::yield_now().await;
                continue;
            };
            let bytes = buffer.get(..length).unwrap_or_default();
            if let Some(reply) = self.take(bytes, Transport::Udp, peer, local) {
                let _client_is_gone = socket.send_to(&reply, peer).await.is_err();
            }
        }
    }

    /// Answers connections until the endpoints close.
    pub(crate) async fn serve_tcp(
        self: Arc<Self>,
        listener: TcpListener,
        closing: watch::Receiver<bool>,
    ) {
        accept_all(listener, closing, |connections, stream, peer| {
            let dns = Arc::clone(&self);
            connections.spawn(async move {
                let _client_is_gone = dns.serve_stream(stream, peer).await.is_err();
            });
        })
        .await;
    }

    /// RFC 7766: messages with a length of two bytes before each, until the
    /// client closes or has been silent for too long.
    async fn serve_stream(&self, mut stream: TcpStream, peer: SocketAddr) -> io::Result<()> {
        let local = stream.local_addr()?;
        loop {
            let message = timeout(self.idle, async {
                let length = stream.read_u16().await?;
                let mut message = vec![0; usize::from(length)];
                stream.read_exact(&mut message).await?;
                io::Result::Ok(message)
            });
            let message = message.await.map_err(io::Error::from)??;
            let Some(reply) = self.take(&message, Transport::Tcp, peer, local) else {
                continue;
            };
            let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
            let framed = [&length.to_be_bytes(), reply.as_slice()].concat();
            timeout(self.idle, stream.write_all(&framed))
                .await
                .map_err(io::Error::from)??;
        }
    }

    /// Records a message, and gives what is to be sent back.
    fn take(
        &self,
        bytes: &[u8],
        transport: Transport,
        peer: SocketAddr,
        local: SocketAddr,
    ) -> Option<Vec<u8>> {
        let time = self.clock.now();
        let Answered { reply, seen } = answer(&self.zone, bytes, transport);
        let reply = reply.filter(|_| !self.silent);
        self.sink.record(match seen {
            Ok(question) => Record::DnsQuery(DnsQuery {
                time,
                transport,
                peer,
                local,
                id: question.id,
                name: question.name,
                record_type: question.record_type,
                code: question.code.to_owned(),
                aliases: question.aliases,
                addresses: question.addresses,
                names: question.names,
                answered: reply.is_some(),
            }),
            Err(reason) => Record::DnsFailure(DnsFailure {
                time,
                transport,
                peer,
                local,
                reason,
            }),
        });
        reply
    }
}
