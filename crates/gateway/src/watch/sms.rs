//! Notices as short messages, by any gateway that takes this, or whatever stands before one that wants another form:
//!
//! ```text
//! POST {url}
//! Authorization: Bearer {token}            only if there is a token
//! Content-Type: application/json
//!
//! {"to": "+8613800000001", "text": "…"}    → any 2xx: taken
//! ```
//!
//! 401, 403, 408, 429 and 5xx say that the channel cannot be used now; any other answer refuses this message. It is tried
//! again in both cases. The text is the notice's subject, and its body from the next line on; gateways split long ones.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use super::channel::{Message, OpenChannelError, SendError};
use super::settings::SmsSettings;
use crate::merchants::api_host::is_loopback;

/// How long the gateway may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// A gateway for short messages, and whom to write to.
#[derive(Debug)]
pub struct Sms {
    client: Client,
    url: Url,
    token: Option<SecretString>,
    to: Vec<String>,
}

impl Sms {
    /// The channel of `settings`.
    pub fn open(settings: &SmsSettings) -> Result<Sms, OpenChannelError> {
        let SmsSettings { url, token, to } = settings;
        let token = token.as_ref().map(|token| token.read()).transpose();
        let token = token.map_err(|source| OpenChannelError::Secret { channel: "sms", source })?;
        let client = client_for(url)
            .map_err(|error| OpenChannelError::Client { channel: "sms", why: error.to_string() })?;
        Ok(Sms { client, url: url.clone(), token, to: to.clone() })
    }

    pub(super) fn addresses(&self) -> Vec<String> {
        self.to.clone()
    }

    pub(super) async fn send(&self, address: &str, message: &Message) -> Result<(), SendError> {
        let text = format!("{}\n{}", message.text.subject, message.text.body.trim_end());
        let body = json!({ "to": address, "text": text }).to_string();
        let mut request = self.client.post(self.url.clone()).body(body);
        request = request.header("Content-Type", "application/json");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let answer = request.send().await.map_err(|error| silent("the SMS gateway", error))?;
        let status = answer.status();
        match status.as_u16() {
            200..=299 => Ok(()),
            401 | 403 | 408 | 429 | 500.. => {
                Err(SendError::Channel(format!("the SMS gateway answers {status}")))
            }
            _ => Err(SendError::Recipient(format!("the SMS gateway refuses it with {status}"))),
        }
    }
}

/// A client for `url`. The proxy of the environment is used, but not towards this machine.
pub(super) fn client_for(url: &Url) -> Result<Client, reqwest::Error> {
    let builder = Client::builder().tls_backend_rustls().redirect(Policy::none()).timeout(PATIENCE);
    // A redirect could carry the token elsewhere.
    let builder = if is_loopback(url) { builder.no_proxy() } else { builder };
    builder.build()
}

/// No answer came. The URL is left out: it may hold a token.
pub(super) fn silent(who: &str, error: reqwest::Error) -> SendError {
    SendError::Channel(format!("{who} does not answer: {}", error.without_url()))
}
