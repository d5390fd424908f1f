//! Certificates with an end, memories of what was sent, and an SMS gateway that does as it is told.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Json, Router};
use certs::certificate::Certificate;
use certs::lifecycle::notices::{Language, Text};
use certs::material;
use gateway::watch::channel::{Channel, Message};
use gateway::watch::round::{Round, Watch};
use gateway::watch::secret::SecretSource;
use gateway::watch::sent::StoredSent;
use gateway::watch::settings::{ChannelSettings, SmsSettings, WatchSettings};
use gateway::watch::watched::Watched;
use jiff::Timestamp;
use sandbox::authority::{Authority, Holder, Validity, new_key, pem_of};
use serde_json::Value;
use store::memory::{MemoryStore, Model};
use store::open::OpenStore;

use crate::setup_stage::{MCHID, mchid};

pub(crate) fn at(china: &str) -> Timestamp {
    format!("{china}+08:00").parse().unwrap()
}

/// A certificate's text and its key's.
pub(crate) struct Pair {
    pub(crate) certificate_pem: String,
    pub(crate) private_key_pem: String,
}

impl Pair {
    /// A pair of the CA-issued kind, with a key of its own.
    pub(crate) fn new(not_before: &str, not_after: &str) -> Pair {
        let authority = Authority::found(new_key().unwrap()).unwrap();
        let key = new_key().unwrap();
        let (not_before, not_after, mchid) = (at(not_before), at(not_after), mchid());
        let holder = Holder { mchid: &mchid, company_name: "Shop" };
        let issued = authority.issue_to_merchant(holder, &key, Validity { not_before, not_after }).unwrap();
        Pair { certificate_pem: issued.pem, private_key_pem: pem_of(&key) }
    }

    pub(crate) fn certificate(&self) -> Certificate {
        let contents = material::read(self.certificate_pem.as_bytes(), &[]).unwrap();
        contents.leaf().unwrap().clone()
    }
}

/// These certificates, all of one merchant id.
pub(crate) fn watched(pairs: &[&Pair], now: Timestamp) -> Vec<Watched> {
    let certificates: Vec<Certificate> = pairs.iter().map(|pair| pair.certificate()).collect();
    Watched::of_merchant(MCHID, &certificates, &WatchSettings::default().policy, now)
}

/// A store with nothing in it.
pub(crate) fn memory() -> StoredSent {
    StoredSent::of(Arc::new(OpenStore::Memory(MemoryStore::new(Model::new()))))
}

/// A watch over these channels, and the log.
pub(crate) fn watch(channels: &ChannelSettings) -> Watch {
    Watch::new(WatchSettings::default(), Channel::open(channels).unwrap())
}

/// What was sent by `channel`, without the serial number.
pub(crate) fn occasions(round: &Round, channel: &str) -> Vec<String> {
    let of_channel = round.sent.iter().filter(|delivery| delivery.to.channel.name() == channel);
    of_channel.map(|delivery| delivery.key.split_once('/').unwrap().1.to_owned()).collect()
}

/// A message with a text in Chinese and a line of more than a thousand bytes.
pub(crate) fn message(language: Language) -> Message {
    let (subject, body) = match language {
        Language::English => {
            ("1900000001: the API certificate expires in 60 days", "Valid to: 2026-11-30\n".to_owned())
        }
        Language::Chinese => {
            ("商户号1900000001：API证书将在60天后过期", "有效期至：2026-11-30（北京时间）\n".repeat(50))
        }
    };
    Message {
        key: "1BD4/60d".to_owned(),
        merchant_id: MCHID.to_owned(),
        serial: "1BD4".to_owned(),
        not_after: at("2026-11-30T12:00:00"),
        at: at("2026-10-01T12:00:00"),
        text: Text { subject: subject.to_owned(), body },
    }
}

/// An SMS gateway: what came, and what it answers.
#[derive(Clone, Default)]
pub(crate) struct SmsGateway {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    came: Vec<(Option<String>, Value)>,
    is_down: bool,
    refused: BTreeSet<String>,
}

impl SmsGateway {
    /// A gateway that listens, and the channel to it.
    pub(crate) async fn start() -> (SmsGateway, String) {
        let gateway = SmsGateway::default();
        let router = Router::new().route("/send", post(take)).with_state(gateway.clone());
        let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/send", socket.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(socket, router).await.unwrap() });
        (gateway, url)
    }

    /// Answers 503 from now on, or no longer.
    pub(crate) fn is_down(&self, is_down: bool) {
        self.inner.lock().unwrap().is_down = is_down;
    }

    /// Refuses messages to this number from now on.
    pub(crate) fn refuse(&self, number: &str) {
        self.inner.lock().unwrap().refused.insert(number.to_owned());
    }

    /// The `Authorization` and the body of everything that came.
    pub(crate) fn came(&self) -> Vec<(Option<String>, Value)> {
        self.inner.lock().unwrap().came.clone()
    }
}

async fn take(State(gateway): State<SmsGateway>, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
    let authorization = headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let mut inner = gateway.inner.lock().unwrap();
    inner.came.push((authorization, body.clone()));
    match () {
        () if inner.is_down => StatusCode::SERVICE_UNAVAILABLE,
        () if inner.refused.contains(body["to"].as_str().unwrap()) => StatusCode::BAD_REQUEST,
        () => StatusCode::OK,
    }
}

pub(crate) fn sms_to(url: &str, numbers: &[&str], token: Option<SecretSource>) -> ChannelSettings {
    let to = numbers.iter().map(|number| (*number).to_owned()).collect();
    ChannelSettings {
        sms: Some(SmsSettings { url: url.parse().unwrap(), token, to }),
        ..ChannelSettings::default()
    }
}
