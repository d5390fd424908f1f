//! The demo's way to the gateway: what an institution's own system would call.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::demo::call::CallError;
use crate::demo::plan::{Payment, Refund, SHOPS};
use crate::demo::platform::Paid;

/// The HTTP interface of a gateway, with the institution's key; and with the operator's, who is the same here.
#[derive(Debug, Clone)]
pub(crate) struct Gateway {
    url: String,
    client: Client,
    operator: Client,
}

/// A refund as the gateway shows it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Shown {
    /// The gateway's id.
    pub(crate) id: String,
    /// Where it stands, as tenants read it.
    pub(crate) status: String,
    /// Where it stands, of the states of its life.
    pub(crate) state: String,
    /// What the till says.
    pub(crate) till: Option<Till>,
}

/// What a till says to whoever stands in front of it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Till {
    /// `accepted`, `registered`, `refused` or `unclear`.
    pub(crate) outcome: String,
}

/// A step in a refund's life.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Entry {
    /// What brought it about.
    pub(crate) cause: String,
    /// The state before.
    pub(crate) from: String,
    /// The state after.
    pub(crate) to: String,
}

/// How a request for a refund was answered.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// Taken, or already there.
    Acknowledged {
        /// The refund.
        shown: Shown,
    },
    /// Turned away; nothing was stored.
    TurnedAway {
        /// The HTTP status.
        status: u16,
        /// Why.
        body: String,
    },
}

/// What waits before the gate.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct Queue {
    /// How many refunds.
    pub(crate) count: u64,
    /// How much.
    pub(crate) fen: i64,
}

#[derive(Debug, Deserialize)]
struct PoolShown {
    waiting: Queue,
    forecast: Option<ForecastShown>,
}

#[derive(Debug, Deserialize)]
struct ForecastShown {
    by_hour: Vec<HourShown>,
}

#[derive(Debug, Deserialize)]
struct HourShown {
    expected_fen: i64,
}

#[derive(Debug, Deserialize)]
struct Page {
    refunds: Vec<Shown>,
    next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Timeline {
    events: Vec<Entry>,
}

/// No answer takes longer, on however busy a machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A caller whose answer was lost asks again after this pause.
const AGAIN: Duration = Duration::from_millis(50);

/// And so often at most: a gateway that was killed is back long before.
const TIMES: usize = 600;

impl Gateway {
    /// The gateway at `url`, called with the API key `key`, and by the operator with `admin_key`.
    pub(crate) fn new(url: String, key: &str, admin_key: &str) -> Result<Gateway, reqwest::Error> {
        Ok(Gateway { url, client: client(key)?, operator: client(admin_key)? })
    }

    /// Whether it answers and is well.
    pub(crate) async fn is_ready(&self) -> bool {
        let answer = self.request(Method::GET, "/readyz").send().await;
        answer.is_ok_and(|answer| answer.status().is_success())
    }

    /// Tells it of a payment.
    pub(crate) async fn report(&self, payment: &Payment, paid: &Paid) -> Result<(), CallError> {
        let body = json!({
            "sub_mchid": SHOPS[payment.shop].sub_mchid,
            "out_trade_no": payment.out_trade_no,
            "transaction_id": paid.transaction_id,
            "amount": { "total": payment.total_fen, "currency": "CNY" },
            "success_time": paid.success_time,
            "bank_type": paid.bank_type,
        });
        self.persistently("POST /v1/payments", || {
            self.request(Method::POST, "/v1/payments").body(body.to_string())
        })
        .await
        .and_then(|(status, body)| accepted("POST /v1/payments", status, &body).map(|_: Value| ()))
    }

    /// Asks for a refund of `payment`. Whoever gets no answer asks again, with the same number and body.
    pub(crate) async fn ask(&self, refund: &Refund, payment: &Payment) -> Result<Answer, CallError> {
        const CALL: &str = "POST /v1/refunds";
        let body = json!({
            "sub_mchid": SHOPS[refund.shop].sub_mchid,
            "out_trade_no": payment.out_trade_no,
            "out_refund_no": refund.out_refund_no,
            "amount": { "refund": refund.amount_fen, "total": payment.total_fen, "currency": "CNY" },
        });
        let (status, body) = self
            .persistently(CALL, || {
                let request = self.request(Method::POST, "/v1/refunds").body(body.to_string());
                match refund.waits_s {
                    Some(seconds) => request.header("Prefer", format!("wait={seconds}")),
                    None => request,
                }
            })
            .await?;
        if !status.is_success() {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Ok(Answer::TurnedAway { status: status.as_u16(), body });
        }
        let shown = accepted(CALL, status, &body)?;
        Ok(Answer::Acknowledged { shown })
    }

    /// Withdraws a refund; false if it is too late for that.
    pub(crate) async fn withdraw(&self, id: &str) -> Result<bool, CallError> {
        let path = format!("/v1/refunds/{id}/cancel");
        let (status, body) = self.persistently(&path, || self.request(Method::POST, &path)).await?;
        if status == StatusCode::CONFLICT {
            return Ok(false);
        }
        accepted::<Value>(&path, status, &body).map(|_| true)
    }

    /// The operator gives `mchid` a new certificate while refunds go on.
    pub(crate) async fn renew(&self, mchid: &str, certificate: &str, key: &str) -> Result<(), CallError> {
        let path = format!("/v1/admin/merchants/{mchid}/certificate");
        let body = json!({ "certificate_pem": certificate, "private_key_pem": key }).to_string();
        let request = || self.operator.post(format!("{}{path}", self.url)).body(body.clone());
        let (status, body) = self.persistently(&path, request).await?;
        accepted::<Value>(&path, status, &body).map(drop)
    }

    /// The refund with this id; none if the gateway does not have it.
    pub(crate) async fn refund(&self, id: &str) -> Result<Option<Shown>, CallError> {
        let path = format!("/v1/refunds/{id}");
        let (status, body) = self.persistently(&path, || self.request(Method::GET, &path)).await?;
        if status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        accepted(&path, status, &body).map(Some)
    }

    /// The life of a refund so far.
    pub(crate) async fn timeline(&self, id: &str) -> Result<Vec<Entry>, CallError> {
        let path = format!("/v1/refunds/{id}/timeline");
        self.get::<Timeline>(&path).await.map(|timeline| timeline.events)
    }

    /// How many refunds stand where.
    pub(crate) async fn standings(&self) -> Result<BTreeMap<String, usize>, CallError> {
        let mut counts = BTreeMap::new();
        let mut cursor: Option<String> = None;
        loop {
            let path = match &cursor {
                None => "/v1/refunds?limit=100".to_owned(),
                Some(cursor) => format!("/v1/refunds?limit=100&cursor={cursor}"),
            };
            let page: Page = self.get(&path).await?;
            for shown in page.refunds {
                *counts.entry(shown.status).or_default() += 1;
            }
            cursor = page.next_cursor;
            if cursor.is_none() {
                return Ok(counts);
            }
        }
    }

    /// What waits before the gate.
    pub(crate) async fn queue(&self, mchid: &str) -> Result<Queue, CallError> {
        self.get::<PoolShown>(&format!("/v1/pools/{mchid}")).await.map(|pool| pool.waiting)
    }

    /// What payers are expected to have paid by midnight; none if too few days are known.
    pub(crate) async fn expected_today(&self, mchid: &str) -> Result<Option<i64>, CallError> {
        let pool = self.get::<PoolShown>(&format!("/v1/pools/{mchid}")).await?;
        Ok(pool.forecast.and_then(|forecast| forecast.by_hour.last().map(|hour| hour.expected_fen)))
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        let (status, body) = self.persistently(path, || self.request(Method::GET, path)).await?;
        accepted(path, status, &body)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    /// Sends until there is an answer that is none of a server in trouble.
    async fn persistently(
        &self,
        call: &str,
        request: impl Fn() -> RequestBuilder,
    ) -> Result<(StatusCode, Vec<u8>), CallError> {
        let mut attempt = 1;
        loop {
            let last = attempt >= TIMES;
            match answered(request()).await {
                Ok((status, body)) if last || !status.is_server_error() => return Ok((status, body)),
                Err(source) if last => return Err(CallError::NoAnswer { call: call.to_owned(), source }),
                Ok(_) | Err(_) => tokio::time::sleep(AGAIN).await,
            }
            attempt += 1;
        }
    }
}

/// Connections on which every request bears `key`.
fn client(key: &str) -> Result<Client, reqwest::Error> {
    let mut headers = HeaderMap::new();
    if let Ok(mut value) = HeaderValue::try_from(format!("Bearer {key}")) {
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Client::builder().no_proxy().default_headers(headers).timeout(PATIENCE).build()
}

async fn answered(request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), reqwest::Error> {
    let answer = request.send().await?;
    let status = answer.status();
    Ok((status, answer.bytes().await?.to_vec()))
}

fn accepted<T: DeserializeOwned>(call: &str, status: StatusCode, body: &[u8]) -> Result<T, CallError> {
    if !status.is_success() {
        let body = String::from_utf8_lossy(body).into_owned();
        return Err(CallError::Refused { call: call.to_owned(), status: status.as_u16(), body });
    }
    serde_json::from_slice(body).map_err(|source| CallError::Unreadable { call: call.to_owned(), source })
}
