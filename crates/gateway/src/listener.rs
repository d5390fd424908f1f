//! The socket: takes connections, and gives up those that are too slow or too many.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;

/// Whoever takes longer to send the head of a request is not waited for.
const LONGEST_HEAD: Duration = Duration::from_secs(15);

/// Whoever asks and takes nothing of the answer for so long is not waited for.
const LONGEST_STANDSTILL: Duration = Duration::from_secs(15);

/// How many connections there may be at once. More wait in the system's queue.
const CONNECTIONS: usize = 4_096;

/// How long the end waits for answers under way.
const FAREWELL: Duration = Duration::from_secs(10);

/// A connection that could not be taken, mostly for lack of sockets: some will be free again after this.
const REST: Duration = Duration::from_millis(50);

/// Serves `router` until `ending`; then every answer under way is still given.
pub(crate) async fn run(listener: TcpListener, router: Router, ending: CancellationToken) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let mut connections = JoinSet::new();
    loop {
        let place = tokio::select! {
            () = ending.cancelled() => break,
            place = places.clone().acquire_owned() => place,
            Some(_) = connections.join_next() => continue,
        };
        tokio::select! {
            () = ending.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let connection = serve(stream, router.clone(), ending.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop(place);
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be taken");
                    tokio::time::sleep(REST).await;
                }
            },
            Some(_) = connections.join_next() => {}
        }
    }
    let all = async { while connections.join_next().await.is_some() {} };
    // Who has not got its answer by then repeats its request and finds what is stored.
    let _ = tokio::time::timeout(FAREWELL, all).await;
}

async fn serve(stream: TcpStream, router: Router, ending: CancellationToken) {
    // An answer is one small write; waiting for more of it would only cost time.
    let _ = stream.set_nodelay(true);
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(LONGEST_STANDSTILL));
    let stream = Box::pin(stream);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(LONGEST_HEAD);
    let service = TowerToHyperService::new(router);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    // What goes wrong on a connection is the other side's.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = ending.cancelled() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
