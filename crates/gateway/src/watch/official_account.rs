//! Notices as template messages of an Official Account, in WeChat itself.
//!
//! A call needs an access token, which is got with app id and app secret and lasts two hours, or until somebody gets another
//! one. So the token is kept until it is refused, and then got anew, once a message. Every answer has status 200; what went
//! wrong is in `errcode`. Source: [official-account].

use std::collections::BTreeMap;

use reqwest::{Client, RequestBuilder, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use tokio::sync::Mutex;

use super::channel::{Message, OpenChannelError, SendError};
use super::settings::{Field, OfficialAccountSettings};
use super::sms::{client_for, silent};

/// The table of the configuration.
const TABLE: &str = "official_account";

/// The access token is wrong, or another one was got since; is not there; has expired.
const TOKEN_REFUSED: [i64; 4] = [40_001, 40_014, 41_001, 42_001];

/// The openid is wrong; its owner does not follow the account; or refuses its messages.
const RECIPIENT_REFUSED: [i64; 3] = [40_003, 43_004, 43_101];

/// An Official Account, and whom to write to.
#[derive(Debug)]
pub struct OfficialAccount {
    client: Client,
    api: Url,
    appid: String,
    secret: SecretString,
    template_id: String,
    fields: BTreeMap<String, Field>,
    to: Vec<String>,
    token: Mutex<Option<SecretString>>,
}

#[derive(Deserialize)]
struct Token {
    access_token: String,
}

#[derive(Deserialize)]
struct Verdict {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

impl OfficialAccount {
    /// The channel of `settings`.
    pub fn open(settings: &OfficialAccountSettings) -> Result<OfficialAccount, OpenChannelError> {
        let OfficialAccountSettings { api, appid, secret, template_id, fields, to } = settings;
        let secret = secret.read().map_err(|source| OpenChannelError::Secret { channel: TABLE, source })?;
        let client = client_for(api)
            .map_err(|error| OpenChannelError::Client { channel: TABLE, why: error.to_string() })?;
        Ok(OfficialAccount {
            client,
            api: api.clone(),
            appid: appid.clone(),
            secret,
            template_id: template_id.clone(),
            fields: fields.clone(),
            to: to.clone(),
            token: Mutex::default(),
        })
    }

    pub(super) fn addresses(&self) -> Vec<String> {
        self.to.clone()
    }

    pub(super) async fn send(&self, address: &str, message: &Message) -> Result<(), SendError> {
        let data: BTreeMap<&str, _> = self
            .fields
            .iter()
            .map(|(name, field)| (name.as_str(), json!({ "value": message.field(*field) })))
            .collect();
        let body = json!({ "touser": address, "template_id": self.template_id, "data": data }).to_string();
        // One recipient after the other, so that a token that is refused is got anew once.
        let mut kept = self.token.lock().await;
        if let Some(token) = &*kept {
            match self.post(token, body.clone()).await? {
                verdict if TOKEN_REFUSED.contains(&verdict.errcode) => *kept = None,
                verdict => return verdict.judged(),
            }
        }
        let token = self.new_token().await?;
        let verdict = self.post(&token, body).await?;
        *kept = Some(token);
        verdict.judged()
    }

    async fn post(&self, token: &SecretString, body: String) -> Result<Verdict, SendError> {
        let url = self.at("cgi-bin/message/template/send", &[("access_token", token.expose_secret())]);
        let request = self.client.post(url).header("Content-Type", "application/json").body(body);
        let answer = answer(request).await?;
        serde_json::from_slice(&answer).map_err(|_| misunderstood())
    }

    async fn new_token(&self) -> Result<SecretString, SendError> {
        let query = [
            ("grant_type", "client_credential"),
            ("appid", &self.appid),
            ("secret", self.secret.expose_secret()),
        ];
        let answer = answer(self.client.get(self.at("cgi-bin/token", &query))).await?;
        if let Ok(Token { access_token }) = serde_json::from_slice(&answer) {
            return Ok(SecretString::from(access_token));
        }
        let Verdict { errcode, errmsg } = serde_json::from_slice(&answer).map_err(|_| misunderstood())?;
        Err(SendError::Channel(format!("the Official Account gives no access token: {errcode} {errmsg}")))
    }

    fn at(&self, path: &str, query: &[(&str, &str)]) -> Url {
        let mut url = self.api.clone();
        url.set_path(&format!("{}/{path}", self.api.path().trim_end_matches('/')));
        url.query_pairs_mut().clear().extend_pairs(query);
        url
    }
}

impl Verdict {
    fn judged(self) -> Result<(), SendError> {
        let Verdict { errcode, errmsg } = self;
        match errcode {
            0 => Ok(()),
            code if RECIPIENT_REFUSED.contains(&code) => Err(SendError::Recipient(format!(
                "the Official Account cannot reach this person: {code} {errmsg}"
            ))),
            code => Err(SendError::Channel(format!("the Official Account refuses it: {code} {errmsg}"))),
        }
    }
}

async fn answer(request: RequestBuilder) -> Result<Vec<u8>, SendError> {
    let unanswered = |error| silent("the Official Account", error);
    let answer = request.send().await.and_then(|answer| answer.error_for_status()).map_err(unanswered)?;
    Ok(answer.bytes().await.map_err(unanswered)?.to_vec())
}

fn misunderstood() -> SendError {
    SendError::Channel("the Official Account answers with something else than JSON".to_owned())
}
