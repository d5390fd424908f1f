//! One request and its answer, over a kept connection. Nothing is repeated here, redirected or believed.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::HeaderMap;
use reqwest::{Client, Identity, Method, Url, redirect, retry, tls};
use wechatpay::wire::Wire;

use super::line::LineError;
use super::sandbox_ca::SandboxCa;
use crate::wechat::signer::SignError;

/// What is expected to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    /// A message. The longest that is known, the certificate list, has some thousand bytes.
    Message,
    /// A day's statement: some hundred bytes for each payment and refund.
    Statement,
}

impl Expected {
    /// An answer over this many bytes is not read to its end.
    const fn longest(self) -> usize {
        match self {
            Expected::Message => 1024 * 1024,
            // Half a million payments and refunds.
            Expected::Statement => 256 * 1024 * 1024,
        }
    }
}

/// WeChat Pay closes connections that were idle for eight seconds; one that is about to be closed is no good for a request
/// whose fate should be clear. Source: [public-key-mode].
const IDLE_FOR: Duration = Duration::from_secs(6);

/// So long after it was decided a request is not sent any more, and one under way is given up and its socket closed. On V3 it
/// is decided when it is signed, and this is well before the five minutes within which WeChat Pay takes it; a V2 request bears
/// no time, and there it is what makes an attempt end. Source: [official-skills], \[inferred\] for V2.
const SENT_WITHIN: SignedDuration = SignedDuration::from_mins(4);

/// How long what was decided at `decided_at` may still be under way.
pub(super) fn time_left(decided_at: Timestamp, now: Timestamp) -> Result<Duration, Failure> {
    let left = (decided_at + SENT_WITHIN).duration_since(now);
    Duration::try_from(left).ok().filter(|left| !left.is_zero()).ok_or(Failure::Stale)
}

const USER_AGENT: &str = concat!("tidegate/", env!("CARGO_PKG_VERSION"));

/// How long a line waits. By tokio's clock, whatever the platform's time is.
#[derive(Debug, Clone, Copy)]
struct Patience {
    connect: Duration,
    message: Duration,
    statement: Duration,
}

impl Patience {
    const fn until(&self, expected: Expected) -> Duration {
        match expected {
            Expected::Message => self.message,
            Expected::Statement => self.statement,
        }
    }
}

/// Source: [official-skills]; our own for statements, which are long.
const FOR_WECHAT_PAY: Patience = Patience {
    connect: Duration::from_secs(5),
    message: Duration::from_secs(30),
    statement: Duration::from_secs(180),
};
/// A sandbox is near; what it does not answer at once it will not answer.
const FOR_A_SANDBOX: Patience = Patience {
    connect: Duration::from_secs(2),
    message: Duration::from_secs(2),
    statement: Duration::from_secs(30),
};

/// The hosts of one merchant id, and the connections to them.
#[derive(Debug)]
pub(super) struct Exchange {
    client: Client,
    hosts: Vec<String>,
    patience: Patience,
}

/// Who is believed to be at the other end, and what is shown there.
#[derive(Debug, Default)]
pub(super) struct Ends<'a> {
    /// Whether it is a sandbox: then plain `http://` is taken, and nobody waits for long.
    pub(super) is_sandbox: bool,
    /// Whose TLS certificates are taken alone; those of public authorities if there is none.
    pub(super) ca: Option<&'a SandboxCa>,
    /// The certificate that is shown where one is asked for.
    pub(super) shown: Option<Identity>,
}

/// Which hosts a request may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// The main one. A number that never went out before goes to one place.
    MainHost,
    /// The others too, one after the other, as long as no connection comes about.
    AnyHost,
}

/// A request that is signed. The signature does not cover the host.
#[derive(Debug)]
pub(super) struct Outgoing<'a> {
    pub(super) method: Method,
    pub(super) target: &'a str,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    pub(super) expects: Expected,
}

/// What came back. Not believed yet.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// From the sending to the end of the answer.
    pub(super) took: Duration,
}

impl Received {
    /// The value of a header, if it is text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Why no answer came. Whether the request arrived is unknown, unless it says otherwise.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("not sent: {0}")]
    NotSigned(#[from] SignError),
    #[error("not sent: its time stamp is too old")]
    Stale,
    #[error("not sent: its bytes are no request to refund")]
    NoRequest,
    #[error("not sent: its wire is {0:?}, for which there is no key here, or no certificate")]
    NoWay(Wire),
    #[error("no connection")]
    NoConnection,
    #[error("connection cut")]
    Cut,
    #[error("no answer in time")]
    TimedOut,
    #[error("the answer is over {longest} bytes long")]
    TooLong { longest: usize },
}

impl Exchange {
    /// Connections to `hosts`, of which there must be one.
    pub(super) fn new(hosts: &[String], ends: Ends<'_>) -> Result<Exchange, LineError> {
        let Ends { is_sandbox, ca, shown } = ends;
        let hosts: Vec<String> = hosts.iter().map(|host| base(host, is_sandbox)).collect::<Result<_, _>>()?;
        if hosts.is_empty() {
            return Err(LineError::NoHost);
        }
        let patience = if is_sandbox { FOR_A_SANDBOX } else { FOR_WECHAT_PAY };
        let mut client = Client::builder()
            .user_agent(USER_AGENT)
            .https_only(!is_sandbox)
            .tls_backend_rustls()
            .tls_version_min(tls::Version::TLS_1_2)
            // The environment decides nothing about the way of money.
            .no_proxy()
            // Each attempt is on disk before it leaves; the client may not make one of its own.
            .retry(retry::never())
            .redirect(redirect::Policy::none())
            .referer(false)
            // Giving up must close the socket, so that nothing of the request can leave later.
            .http1_only()
            .connect_timeout(patience.connect)
            .pool_idle_timeout(IDLE_FOR);
        if let Some(ca) = ca {
            client = client.tls_certs_only(ca.certificates());
        }
        if let Some(shown) = shown {
            client = client.identity(shown);
        }
        let client = client.build().map_err(|error| LineError::Client(error.without_url()))?;
        Ok(Exchange { client, hosts, patience })
    }

    /// Sends `request` and reads the answer, `longest` at most. Dropped, it closes the socket.
    pub(super) async fn send(
        &self,
        request: &Outgoing<'_>,
        reach: Reach,
        longest: Duration,
    ) -> Result<Received, Failure> {
        let hosts = match reach {
            Reach::MainHost => self.hosts.get(..1).unwrap_or_default(),
            Reach::AnyHost => &self.hosts,
        };
        let sending = async {
            let mut last = Failure::NoConnection;
            for host in hosts {
                match self.send_to(host, request).await {
                    Err(Failure::NoConnection) => last = Failure::NoConnection,
                    answer => return answer,
                }
            }
            Err(last)
        };
        let limit = self.patience.until(request.expects).min(longest);
        tokio::time::timeout(limit, sending).await.unwrap_or(Err(Failure::TimedOut))
    }

    async fn send_to(&self, host: &str, request: &Outgoing<'_>) -> Result<Received, Failure> {
        let begun = Instant::now();
        let sending = self
            .client
            .request(request.method.clone(), format!("{host}{}", request.target))
            .headers(request.headers.clone())
            .body(request.body.clone());
        let failure = |error: reqwest::Error| match error.is_connect() {
            true => Failure::NoConnection,
            false => Failure::Cut,
        };
        let mut response = sending.send().await.map_err(failure)?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|_| Failure::Cut)? {
            let longest = request.expects.longest();
            if body.len() + chunk.len() > longest {
                return Err(Failure::TooLong { longest });
            }
            body.extend_from_slice(&chunk);
        }
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Received { status, headers, body, took: begun.elapsed() })
    }
}

/// The host as it stands before a target: scheme, host, perhaps a port, no slash.
fn base(host: &str, is_sandbox: bool) -> Result<String, LineError> {
    let refused = |why| LineError::Host { host: host.to_owned(), why };
    let url = Url::parse(host).map_err(|_| refused("it is no address"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_sandbox => {}
        _ => return Err(refused("it does not begin with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("it holds a user"));
    }
    if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
        return Err(refused("it holds more than a host"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_https_host_is_called_and_a_sandbox_on_plain_http_too() {
        for (host, is_sandbox, expected) in [
            ("https://apihk.mch.weixin.qq.com", false, Some("https://apihk.mch.weixin.qq.com")),
            ("https://apihk.mch.weixin.qq.com/", true, Some("https://apihk.mch.weixin.qq.com")),
            ("https://gateway.example:8443", false, Some("https://gateway.example:8443")),
            ("http://127.0.0.1:7080", true, Some("http://127.0.0.1:7080")),
            ("http://apihk.mch.weixin.qq.com", false, None),
            ("https://apihk.mch.weixin.qq.com/v3", false, None),
            ("https://apihk.mch.weixin.qq.com?a=b", false, None),
            ("https://somebody:secret@apihk.mch.weixin.qq.com", false, None),
            ("ftp://127.0.0.1", true, None),
            ("apihk.mch.weixin.qq.com", false, None),
            ("", true, None),
        ] {
            assert_eq!(base(host, is_sandbox).ok().as_deref(), expected, "{host}");
        }
        assert!(matches!(
            Exchange::new(&[], Ends { is_sandbox: true, ..Ends::default() }),
            Err(LineError::NoHost)
        ));
    }
}
