//! What stands between the gateway and the sandbox, and cuts a connection after so many bytes.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Which way bytes go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To the sandbox.
    Out,
    /// To the gateway.
    Back,
}

/// Where it cuts next, if it does: the bytes of a way that it still lets pass.
#[derive(Debug, Default)]
struct Next {
    cut: Option<(Way, usize)>,
    /// All connections there are now: ended with it.
    connections: CancellationToken,
}

/// Cuts connections. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cutter {
    next: Arc<Mutex<Next>>,
}

impl Cutter {
    /// Stands before `target` from now on. Where it does.
    pub(crate) async fn stand_before(&self, target: SocketAddr) -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let cutter = self.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let cutter = cutter.clone();
                tokio::spawn(async move { cutter.carry(client, target).await });
            }
        });
        address
    }

    /// Ends all connections, and the next ones once `bytes` more have passed that `way`.
    pub(crate) fn cuts_after(&self, way: Way, bytes: usize) {
        let mut next = self.next.lock().unwrap();
        next.connections.cancel();
        *next = Next { cut: Some((way, bytes)), connections: CancellationToken::new() };
    }

    /// Cuts nothing any more. Whether it has cut since it was told to.
    pub(crate) fn has_cut(&self) -> bool {
        self.next.lock().unwrap().cut.take().is_none()
    }

    async fn carry(&self, client: TcpStream, target: SocketAddr) {
        let ended = self.next.lock().unwrap().connections.clone();
        let Ok(server) = TcpStream::connect(target).await else { return };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        // Whichever ends first ends both: what is dropped is closed.
        tokio::select! {
            () = ended.cancelled() => {}
            _ = self.pump(Way::Out, from_client, to_server) => {}
            _ = self.pump(Way::Back, from_server, to_client) => {}
        }
    }

    /// Moves bytes until there are none, or until it cuts.
    async fn pump(&self, way: Way, mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> io::Result<()> {
        let mut bytes = [0; 16 << 10];
        loop {
            let read = from.read(&mut bytes).await?;
            let passes = self.let_pass(way, read);
            to.write_all(&bytes[..passes]).await?;
            if read == 0 || passes < read {
                return Ok(());
            }
        }
    }

    /// How many of the next `bytes` pass; fewer than there are if it cuts after them.
    fn let_pass(&self, way: Way, bytes: usize) -> usize {
        let mut next = self.next.lock().unwrap();
        match next.cut {
            Some((cut, left)) if cut == way && left < bytes => {
                next.cut = None;
                left
            }
            Some((cut, left)) if cut == way => {
                next.cut = Some((way, left - bytes));
                bytes
            }
            _ => bytes,
        }
    }
}
