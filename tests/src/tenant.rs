//! A tenant of a gateway: whoever holds an API key and speaks HTTP.

use std::time::Duration;

use reqwest::{Client, Method};
use serde_json::Value;

/// Longer than any answer may take, the longest `Prefer: wait` included.
const PATIENCE: Duration = Duration::from_secs(40);

/// Connections to gateways on this machine.
pub fn connections() -> Client {
    let http = Client::builder().no_proxy().timeout(PATIENCE).build();
    http.expect("a client without certificates of its own")
}

/// Who calls the gateway with one key.
#[derive(Debug, Clone)]
pub struct Tenant {
    url: String,
    key: String,
    http: Client,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; null if it is no JSON.
    pub body: Value,
}

impl Answer {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The code of a problem document; empty if it is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A text of the body; empty if there is none of this name.
    pub fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or_default()
    }
}

impl Tenant {
    /// Somebody who calls the gateway at `url` with `key`, on the connections of `http`.
    pub fn new(http: &Client, url: &str, key: &str) -> Tenant {
        Tenant { url: url.trim_end_matches('/').to_owned(), key: key.to_owned(), http: http.clone() }
    }

    /// Sends `body` as it is; an error if no whole answer comes back.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, reqwest::Error> {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let mut request = request.bearer_auth(&self.key).header("Content-Type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.body(body).send().await?;
        let status = answer.status().as_u16();
        let headers = answer.headers().iter();
        let headers = headers.map(|(name, value)| {
            (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let headers = headers.collect();
        let body = serde_json::from_slice(&answer.bytes().await?).unwrap_or(Value::Null);
        Ok(Answer { status, headers, body })
    }

    /// Looks at `path`.
    pub async fn get(&self, path: &str) -> Result<Answer, reqwest::Error> {
        self.send(Method::GET, path, &[], Vec::new()).await
    }

    /// Posts a JSON value.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Answer, reqwest::Error> {
        self.send(Method::POST, path, &[], body.to_string().into_bytes()).await
    }
}
