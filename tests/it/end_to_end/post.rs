//! What carries messages between both sides, and may bring one twice, late, or without its answer.
//!
//! It carries requests and answers of HTTP whole and as they are, to the byte.

use std::collections::VecDeque;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use super::envelope::{Envelope, Stream};

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives, and its answer comes back.
    Once,
    /// It arrives twice, and the first answer comes back.
    TwiceAndTheFirstIsHeard,
    /// It arrives twice, and the second answer comes back.
    TwiceAndTheSecondIsHeard,
    /// It arrives, and its sender hears nothing until it gives up.
    Unanswered,
    /// It arrives, and the connection of its sender ends without an answer.
    UnansweredAndCut,
    /// It is kept until it is delivered, and its sender hears nothing until it gives up.
    Late,
    /// It is kept until it is delivered, and the connection of its sender ends at once.
    LateAndCut,
}

/// A request that is kept.
#[derive(Debug)]
pub(crate) struct Letter {
    to: SocketAddr,
    envelope: Envelope,
    request: Vec<u8>,
}

/// What carries messages. Cheap to clone; all clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Post {
    office: Arc<Mutex<Office>>,
}

#[derive(Debug, Default)]
struct Office {
    /// What becomes of every request, unless it is among the next.
    always: Option<Fate>,
    /// What becomes of the next ones that want something done.
    next: VecDeque<Fate>,
    kept: Vec<Letter>,
}

impl Post {
    /// Stands before `target` from now on. Where it does.
    pub(crate) async fn stand_before(&self, target: SocketAddr, envelope: Envelope) -> SocketAddr {
        let anywhere = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        self.stand_at(anywhere, target, envelope).await
    }

    /// Stands at `address` from now on and carries to `target`. Where it does.
    pub(crate) async fn stand_at(
        &self,
        address: SocketAddr,
        target: SocketAddr,
        envelope: Envelope,
    ) -> SocketAddr {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let post = self.clone();
        tokio::spawn(async move {
            while let Ok((sender, _)) = listener.accept().await {
                let (post, envelope) = (post.clone(), envelope.clone());
                // A connection that breaks has been given up.
                tokio::spawn(async move { post.serve(sender, target, envelope).await.ok() });
            }
        });
        address
    }

    /// What becomes of the next requests that want something done; those after them are carried as ever.
    pub(crate) fn carries_next(&self, fates: &[Fate]) {
        self.office.lock().unwrap().next = fates.iter().copied().collect();
    }

    /// What becomes of every request from now on.
    pub(crate) fn carries_all(&self, fate: Fate) {
        self.office.lock().unwrap().always = Some(fate);
    }

    /// Hands out what is kept, oldest first.
    pub(crate) fn kept(&self) -> Vec<Letter> {
        std::mem::take(&mut self.office.lock().unwrap().kept)
    }

    fn fate_of(&self, request: &[u8]) -> Fate {
        let mut office = self.office.lock().unwrap();
        let next = if is_question(request) { None } else { office.next.pop_front() };
        next.or(office.always).unwrap_or(Fate::Once)
    }

    async fn serve(&self, sender: TcpStream, to: SocketAddr, envelope: Envelope) -> io::Result<()> {
        let mut sender = BufReader::new(envelope.opened(sender).await?);
        while let Some(request) = message(&mut sender).await? {
            let fate = self.fate_of(&request);
            let letter = Letter { to, envelope: envelope.clone(), request };
            let answer = match fate {
                Fate::Once => letter.arrives().await?,
                Fate::TwiceAndTheFirstIsHeard => {
                    let first = letter.arrives().await?;
                    letter.arrives().await?;
                    first
                }
                Fate::TwiceAndTheSecondIsHeard => {
                    letter.arrives().await?;
                    letter.arrives().await?
                }
                Fate::Unanswered => {
                    letter.arrives().await?;
                    return given_up(&mut sender).await;
                }
                Fate::UnansweredAndCut => {
                    letter.arrives().await?;
                    return Ok(());
                }
                Fate::Late => {
                    self.keep(letter);
                    return given_up(&mut sender).await;
                }
                Fate::LateAndCut => {
                    self.keep(letter);
                    return Ok(());
                }
            };
            sender.write_all(&answer).await?;
            sender.flush().await?;
        }
        Ok(())
    }

    fn keep(&self, letter: Letter) {
        self.office.lock().unwrap().kept.push(letter);
    }
}

impl Letter {
    /// It arrives, now; once more if it has before. The status of the answer, which nobody waits for any more.
    pub(crate) async fn is_delivered(&self) -> u16 {
        let answer = self.arrives().await.unwrap();
        // `HTTP/1.1 200`
        std::str::from_utf8(&answer[9..12]).unwrap().parse().unwrap()
    }

    /// It arrives. Its answer.
    async fn arrives(&self) -> io::Result<Vec<u8>> {
        let stream = TcpStream::connect(self.to).await?;
        let mut receiver = BufReader::new(self.envelope.closed(stream).await?);
        receiver.write_all(&self.request).await?;
        receiver.flush().await?;
        message(&mut receiver).await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

/// Whether a request changes nothing: V3 asks with GET, V2 posts to addresses that say so.
fn is_question(request: &[u8]) -> bool {
    let line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
    line.starts_with(b"GET ") || String::from_utf8_lossy(line).contains("query")
}

/// Comes back when the sender has closed its connection.
async fn given_up(sender: &mut BufReader<Box<dyn Stream>>) -> io::Result<()> {
    let mut nothing = Vec::new();
    sender.read_to_end(&mut nothing).await?;
    Ok(())
}

/// The next message: a head and as many bytes as it says. None if there is none any more.
async fn message(stream: &mut BufReader<Box<dyn Stream>>) -> io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    let mut length = 0;
    loop {
        let begin = message.len();
        if stream.read_until(b'\n', &mut message).await? == 0 {
            return Ok(None);
        }
        let line = String::from_utf8_lossy(&message[begin..]).trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(said) = line.strip_prefix("content-length:") {
            length = said.trim().parse().unwrap();
        }
        assert!(!line.starts_with("transfer-encoding:"), "the length of a message stands in its head");
    }
    let head = message.len();
    message.resize(head + length, 0);
    stream.read_exact(&mut message[head..]).await?;
    Ok(Some(message))
}
