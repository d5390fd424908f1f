//! A caller of HTTP/1.1 that costs next to nothing: the load is made on the cores that are measured.
//!
//! One kept connection, one request at a time, bodies of a stated length. It reads what axum writes and is no good for
//! anything else.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::error::BenchError;

/// A kept connection.
#[derive(Debug)]
pub struct Connection {
    address: String,
    stream: TcpStream,
    read: Vec<u8>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Where the body of an answer lies in what was read, and its status.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    status: u16,
    length: usize,
    body_at: usize,
}

impl Connection {
    /// A connection to `url`, such as `http://127.0.0.1:7080`.
    pub async fn open(url: &str) -> Result<Connection, BenchError> {
        let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        let stream = TcpStream::connect(&address).await;
        let stream = stream.and_then(|stream| stream.set_nodelay(true).map(|()| stream));
        match stream {
            Ok(stream) => Ok(Connection { address, stream, read: Vec::new() }),
            Err(source) => Err(BenchError::Connection { address, source }),
        }
    }

    /// Gets `target`; `key` is a key of the gateway's API.
    pub async fn get(&mut self, target: &str, key: Option<&str>) -> Result<Answer, BenchError> {
        self.call("GET", target, key, "").await
    }

    /// Posts the JSON `body` to `target`; `key` is a key of the gateway's API.
    pub async fn post(&mut self, target: &str, key: Option<&str>, body: &str) -> Result<Answer, BenchError> {
        self.call("POST", target, key, body).await
    }

    async fn call(
        &mut self,
        method: &str,
        target: &str,
        key: Option<&str>,
        body: &str,
    ) -> Result<Answer, BenchError> {
        let authorization = key.map_or(String::new(), |key| format!("authorization: Bearer {key}\r\n"));
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: {}\r\n{authorization}content-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            self.address,
            body.len(),
        );
        let sent = self.stream.write_all(request.as_bytes()).await;
        sent.map_err(|source| self.cut(source))?;
        self.answer().await
    }

    async fn answer(&mut self) -> Result<Answer, BenchError> {
        self.read.clear();
        let head = loop {
            if let Some(head) = head(&self.read).map_err(|what| self.strange(what))? {
                break head;
            }
            self.more().await?;
        };
        while self.read.len() < head.body_at + head.length {
            self.more().await?;
        }
        let body = self.read.get(head.body_at..).unwrap_or_default().to_vec();
        Ok(Answer { status: head.status, body })
    }

    async fn more(&mut self) -> Result<(), BenchError> {
        match self.stream.read_buf(&mut self.read).await {
            Ok(0) => Err(self.cut(std::io::ErrorKind::UnexpectedEof.into())),
            Ok(_) => Ok(()),
            Err(source) => Err(self.cut(source)),
        }
    }

    fn cut(&self, source: std::io::Error) -> BenchError {
        BenchError::Connection { address: self.address.clone(), source }
    }

    fn strange(&self, what: &'static str) -> BenchError {
        BenchError::NotHttp { address: self.address.clone(), what }
    }
}

impl Answer {
    /// The body, if the status is one of 2xx; else an error that says that `what` was asked for.
    pub fn accepted(self, what: &str) -> Result<Vec<u8>, BenchError> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        let body = String::from_utf8_lossy(&self.body).into_owned();
        Err(BenchError::Refused { what: what.to_owned(), status: self.status, body })
    }
}

/// The head of the answer in `read`; none as long as it is not whole.
fn head(read: &[u8]) -> Result<Option<Head>, &'static str> {
    let Some(end) = read.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
    let text =
        read.get(..end).and_then(|head| std::str::from_utf8(head).ok()).ok_or("its head is no text")?;
    let mut lines = text.split("\r\n");
    let status =
        lines.next().and_then(|line| line.split(' ').nth(1)?.parse().ok()).ok_or("it has no status")?;
    let length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .ok_or("its length is not stated")?;
    Ok(Some(Head { status, length, body_at: end + 4 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_tells_status_and_length_once_it_is_whole() {
        let answer = b"HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nlocation: /x\r\n\r\n{}";
        assert_eq!(head(answer), Ok(Some(Head { status: 202, length: 2, body_at: answer.len() - 2 })));
        assert_eq!(head(&answer[..answer.len() - 4]), Ok(None));
    }

    #[test]
    fn an_answer_without_a_length_is_refused() {
        assert!(head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(head(b"SSH-2.0\r\n\r\n").is_err());
    }
}
