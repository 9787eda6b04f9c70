//! The accept loop that all TCP services share.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::sleep,
};

/// How many connections one socket serves at a time. A beacon needs one; the
/// bound keeps a broken client from taking every descriptor.
const MAX_CONNECTIONS: usize = 1024;

/// How long to wait where the system has no descriptor left for a connection.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(50);

/// Hands each connection to `spawn` until the endpoints close. Then those that
/// clients have made already, and that wait in the queue, are taken as well,
/// and all are served to their end: what a client did is never missed.
pub(crate) async fn accept_all(
    listener: TcpListener,
    mut closing: watch::Receiver<bool>,
    mut spawn: impl FnMut(&mut JoinSet<()>, TcpStream, SocketAddr),
) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= MAX_CONNECTIONS {
            connections.join_next().await;
        }
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => spawn(&mut connections, stream, peer),
                // Either the client is gone already, or descriptors ran out:
                // the listener itself stays good.
                Err(_) => sleep(OUT_OF_DESCRIPTORS).await,
            },
            // An error says that nobody is left who could close.
            _ = async { closing.wait_for(|closing| *closing).await.is_err() } => break,
        }
    }
    // Asks the kernel itself: the runtime may not know of the latest ones yet.
    if let Ok(listener) = listener.into_std() {
        while let Ok((stream, peer)) = listener.accept() {
            if stream.set_nonblocking(true).is_ok()
                && let Ok(stream) = TcpStream::from_std(stream)
            {
                spawn(&mut connections, stream, peer);
            }
        }
    }
    while connections.join_next().await.is_some() {}
}
