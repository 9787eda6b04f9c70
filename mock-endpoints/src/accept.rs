//! The accept loop that all TCP services share.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinSet,
    time::sleep,
};

/// How many connections one socket serves at a time. A beacon needs one; the
/// bound keeps a broken client from taking every descriptor.
const MAX_CONNECTIONS: usize = 1024;

/// How long to wait where the system has no descriptor left for a connection.
const OUT_OF_DESCRIPTORS: Duration = Duration::from_millis(50);

/// Waits for the next connection, and for a place among the running ones.
pub(crate) async fn accept(
    listener: &TcpListener,
    connections: &mut JoinSet<()>,
) -> (TcpStream, SocketAddr) {
    loop {
        while connections.try_join_next().is_some() {}
        if connections.len() >= MAX_CONNECTIONS {
            connections.join_next().await;
        }
        match listener.accept().await {
            Ok(accepted) => return accepted,
            // Either the client is gone already, or descriptors ran out: the
            // listener itself stays good.
            Err(_) => sleep(OUT_OF_DESCRIPTORS).await,
        }
    }
}
