//! Calls to a gateway.

use std::error::Error;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::client::connection::Connection;
use crate::client::problem::Problem;
use crate::client::requests::{
    CertificateRequest, PaymentRequest, RefundRequest, SettlementRequest, SubMerchantRequest,
};

/// How long a connection may take to come about.
const CONNECTING: Duration = Duration::from_secs(5);
/// How long an answer may take, beside the time the gateway was asked to wait.
const ANSWERING: Duration = Duration::from_secs(30);

/// A gateway one can ask.
#[derive(Debug)]
pub(crate) struct Gateway {
    connection: Connection,
    http: reqwest::Client,
}

/// One request, complete: sent twice it is byte for byte the same. Its body may be secret and is not printed.
#[derive(Clone)]
pub(crate) struct Call {
    method: Method,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    body: Option<Vec<u8>>,
    wait_s: u16,
}

/// What the gateway answered, whatever it was.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    /// The status.
    pub(crate) status: StatusCode,
    /// When to come again, if the gateway said.
    pub(crate) retry_after: Option<Duration>,
    /// The body, as it came.
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreachable {
    /// No connection came about, so nothing was sent.
    #[error(
        "nothing answers at {url} ({cause}). Start the gateway with `tidegate serve`, or check the address in `--url` or \
         TIDEGATE_URL"
    )]
    NotConnected {
        /// The gateway's address.
        url: Url,
        /// What the system said.
        cause: String,
    },
    /// The connection ended, or time was over, before the answer was complete.
    #[error(
        "the answer of {url} was lost ({cause}); whether it took the request is not known. Run the same command again: the \
         same number is never taken twice"
    )]
    Lost {
        /// The gateway's address.
        url: Url,
        /// What the system said.
        cause: String,
    },
    /// This program could not make an HTTP client.
    #[error("no HTTP client could be set up: {cause}")]
    NoClient {
        /// Why.
        cause: String,
    },
}

/// Why a call led to nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    /// There is no answer.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// The gateway refused.
    #[error(transparent)]
    Problem(#[from] Box<Problem>),
    /// The answer is not one of a gateway.
    #[error(
        "{url} answered {status}, but not as a gateway does ({cause}); check the address in `--url` or TIDEGATE_URL"
    )]
    NotAGateway {
        /// The address.
        url: Url,
        /// The status it answered.
        status: u16,
        /// What is odd about it.
        cause: String,
    },
}

impl Unreachable {
    /// What the system said, for lists of many.
    pub(crate) fn in_short(self) -> String {
        match self {
            Unreachable::NotConnected { cause, .. }
            | Unreachable::Lost { cause, .. }
            | Unreachable::NoClient { cause } => cause,
        }
    }
}

impl Call {
    /// Reads what lies at these parts of a path below `/v1`.
    pub(crate) fn get(path: &[&str]) -> Call {
        Call::new(Method::GET, path, None)
    }

    /// Does what is called by these parts of a path.
    pub(crate) fn act(path: &[&str]) -> Call {
        Call::new(Method::POST, path, None)
    }

    /// Asks for a refund.
    pub(crate) fn refund(request: &RefundRequest<'_>) -> Call {
        Call::new(Method::POST, &["refunds"], Some(json(request)))
    }

    /// Says that a refund was settled by hand.
    pub(crate) fn settlement(id: &str, request: &SettlementRequest<'_>) -> Call {
        Call::new(Method::POST, &["refunds", id, "settle"], Some(json(request)))
    }

    /// Reports a payment.
    pub(crate) fn payment(request: &PaymentRequest<'_>) -> Call {
        Call::new(Method::POST, &["payments"], Some(json(request)))
    }

    /// Gives a merchant id a new certificate.
    pub(crate) fn certificate(mchid: &str, request: &CertificateRequest<'_>) -> Call {
        Call::new(Method::POST, &["admin", "merchants", mchid, "certificate"], Some(json(request)))
    }

    /// Adds a sub-merchant to an institution, or changes one.
    pub(crate) fn sub_merchant(mchid: &str, request: &SubMerchantRequest<'_>) -> Call {
        Call::new(Method::POST, &["admin", "merchants", mchid, "sub-merchants"], Some(json(request)))
    }

    fn new(method: Method, path: &[&str], body: Option<Vec<u8>>) -> Call {
        let path = path.iter().map(|&part| part.to_owned()).collect();
        Call { method, path, query: Vec::new(), body, wait_s: 0 }
    }

    /// The same with a parameter, if it has a value.
    pub(crate) fn with(mut self, name: &'static str, value: Option<impl ToString>) -> Call {
        self.query.extend(value.map(|value| (name, value.to_string())));
        self
    }

    /// The same, and the gateway may hold its answer for so many seconds.
    pub(crate) fn waiting(mut self, wait_s: u16) -> Call {
        self.wait_s = wait_s;
        self
    }

    fn url(&self, gateway: &Url) -> Url {
        let mut url = gateway.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().push("v1").extend(&self.path);
        }
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        url
    }
}

impl Gateway {
    /// The gateway behind a connection. Nothing is sent yet.
    pub(crate) fn new(connection: Connection) -> Result<Gateway, Unreachable> {
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("tidegate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECTING)
            // A redirect would turn a POST into a GET, or carry the key to somebody else.
            .redirect(reqwest::redirect::Policy::none())
            // Who repeats a request, and how often, is said in `import::delivery`.
            .retry(reqwest::retry::never());
        if is_this_machine(&connection.url) {
            http = http.no_proxy();
        }
        if connection.url.scheme() == "http" {
            // Nothing here needs the system's certificates, and a small container has none.
            http = http.tls_certs_only([]);
        }
        let http = http.build().map_err(|error| Unreachable::NoClient { cause: last_cause(&error) })?;
        Ok(Gateway { connection, http })
    }

    /// Sends `call` once and comes back with whatever was answered.
    pub(crate) async fn send(&self, call: &Call) -> Result<Reply, Unreachable> {
        let mut request = self
            .http
            .request(call.method.clone(), call.url(&self.connection.url))
            .timeout(ANSWERING + Duration::from_secs(call.wait_s.into()))
            .header(AUTHORIZATION, self.connection.key.authorization())
            .header(ACCEPT, "application/json, application/problem+json");
        if call.wait_s > 0 {
            request = request.header("prefer", format!("wait={}", call.wait_s));
        }
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        let retry_after = retry_after(response.headers());
        let body = response.bytes().await.map_err(|error| self.unreachable(&error))?.to_vec();
        Ok(Reply { status, retry_after, body })
    }

    /// Sends `call` once; a refusal is an error.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Reply, CallError> {
        let reply = self.send(call).await?;
        if reply.status.is_success() { Ok(reply) } else { Err(self.refusal(&reply)) }
    }

    /// What the answer says, as `T`.
    pub(crate) fn read<T: DeserializeOwned>(&self, reply: &Reply) -> Result<T, CallError> {
        serde_json::from_slice(&reply.body).map_err(|error| self.not_a_gateway(reply, error.to_string()))
    }

    /// Why the gateway refused.
    pub(crate) fn refusal(&self, reply: &Reply) -> CallError {
        match Problem::read(reply) {
            Some(problem) => CallError::Problem(Box::new(problem)),
            None => self.not_a_gateway(reply, "no problem document".to_owned()),
        }
    }

    fn not_a_gateway(&self, reply: &Reply, cause: String) -> CallError {
        CallError::NotAGateway { url: self.connection.url.clone(), status: reply.status.as_u16(), cause }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Unreachable {
        let (url, cause) = (self.connection.url.clone(), last_cause(error));
        if error.is_connect() {
            Unreachable::NotConnected { url, cause }
        } else if error.is_timeout() {
            Unreachable::Lost { url, cause: "no answer in time".to_owned() }
        } else {
            Unreachable::Lost { url, cause }
        }
    }
}

/// The body of one of `requests`.
fn json<B: Serialize>(body: &B) -> Vec<u8> {
    serde_json::to_vec(body)
        .expect("texts, numbers and maps by texts have a form in JSON, and memory takes it")
}

fn is_this_machine(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost" | "[::1]") => true,
        Some(host) => host.parse::<std::net::Ipv4Addr>().is_ok_and(|ip| ip.is_loopback()),
        None => false,
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok().map(Duration::from_secs)
}

/// What is at the bottom of an error: the layers above say only that there was one.
fn last_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_goes_below_the_gateways_path_and_is_escaped() {
        for (gateway, expected) in [
            ("http://h:1", "http://h:1/v1/refunds/R%2F1%3F?sub_mchid=5%266"),
            ("http://h:1/", "http://h:1/v1/refunds/R%2F1%3F?sub_mchid=5%266"),
            ("https://h/pay/", "https://h/pay/v1/refunds/R%2F1%3F?sub_mchid=5%266"),
        ] {
            let call =
                Call::get(&["refunds", "R/1?"]).with("sub_mchid", Some("5&6")).with("limit", None::<u32>);
            assert_eq!(call.url(&Url::parse(gateway).unwrap()).as_str(), expected);
        }
    }

    #[test]
    fn only_addresses_of_this_machine_go_past_a_proxy() {
        for (url, expected) in [
            ("http://127.0.0.1:7070", true),
            ("http://127.9.9.9", true),
            ("http://localhost", true),
            ("http://[::1]:7", true),
            ("http://10.0.0.1", false),
            ("https://localhost.example.com", false),
        ] {
            assert_eq!(is_this_machine(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }
}
