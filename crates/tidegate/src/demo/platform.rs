//! The demo's way to the sandbox's control interface: users who pay, the clock, accidents, and what the platform saw.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::{Client, Method};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::demo::call::CallError;
use crate::demo::plan::{Accident, INSTITUTION, Payment, Refund, SHOPS};

/// The control interface of a sandbox.
#[derive(Debug, Clone)]
pub(crate) struct Platform {
    control: String,
    client: Client,
}

/// An order after its payment.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Paid {
    /// WeChat Pay's number.
    pub(crate) transaction_id: String,
    /// When it was paid.
    pub(crate) success_time: String,
    /// With what.
    pub(crate) bank_type: String,
}

/// Where the clock came to.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Advanced {
    /// Who let it wait for too long.
    pub(crate) silent: Vec<String>,
}

/// The institution's pools.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Pools {
    /// One, as all of its shops share it.
    pub(crate) pools: Vec<Pool>,
}

/// A CNY pool and the settlement pool behind it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Pool {
    /// What a refund could be taken from now.
    pub(crate) refundable: Amount,
    /// Every account's balance, in smallest units.
    pub(crate) accounts: BTreeMap<String, i64>,
    /// The days so far.
    pub(crate) days: Vec<PoolDay>,
    /// What went to the bank.
    pub(crate) payouts: Vec<Payout>,
}

/// A China day of a pool.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PoolDay {
    /// The exchange of the night after it.
    pub(crate) exchange: Option<Exchange>,
}

/// What left a pool for the settlement currency.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Exchange {
    /// When.
    pub(crate) at: Timestamp,
    /// How much.
    pub(crate) cny_fen: i64,
}

/// What went to the institution's bank account.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Payout {
    /// How much.
    pub(crate) amount: Amount,
}

/// An amount as WeChat Pay writes it.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Amount {
    /// In smallest units.
    pub(crate) total: i64,
    /// Of this currency.
    pub(crate) currency: String,
}

/// A request as it arrived at the platform.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Request {
    /// Counts arrivals from 1.
    pub(crate) n: u64,
    /// When.
    pub(crate) at: Timestamp,
    /// Which call it is.
    pub(crate) call: Option<String>,
    /// Its body.
    pub(crate) body: String,
    /// The merchant id it says to come from.
    pub(crate) caller: Option<String>,
    /// The serial number of the certificate it was signed with.
    pub(crate) serial_no: Option<String>,
    /// What it was answered; none if the connection was cut before anything was done.
    pub(crate) outcome: Option<Outcome>,
}

/// An answer in short.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Outcome {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The error code.
    pub(crate) code: Option<String>,
    /// Whether the platform was never asked.
    pub(crate) is_instead: bool,
}

/// The platform's own recount.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Audit {
    /// Every number that was ever asked for.
    pub(crate) refunds: Vec<Audited>,
    /// What must never be.
    pub(crate) violations: Vec<Value>,
}

/// A number, recounted by the platform.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Audited {
    /// The number on the wire.
    pub(crate) out_refund_no: String,
    /// Acceptances that moved money.
    pub(crate) acceptances: u64,
    /// What the payer is owed.
    pub(crate) amount_fen: i64,
    /// What left the pool.
    pub(crate) money_moved_fen: i64,
    /// Where it stands; none if it was never accepted.
    pub(crate) status: Option<String>,
}

/// The journals of all books.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Ledger {
    /// By owner.
    pub(crate) pools: Vec<Journal>,
}

/// One owner's journal.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Journal {
    /// Whose.
    pub(crate) mchid: String,
    /// What was posted.
    pub(crate) journal: Vec<Posting>,
}

/// An amount that left one account and entered another.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Posting {
    /// When.
    pub(crate) at: Timestamp,
    /// Why.
    pub(crate) event: String,
    /// Whence.
    pub(crate) from: String,
    /// Where to.
    pub(crate) to: String,
    /// How much.
    pub(crate) amount: Amount,
    /// For which refund, if for one.
    pub(crate) out_refund_no: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Told {
    certificate_string: String,
}

#[derive(Debug, Deserialize)]
struct Requests {
    requests: Vec<Request>,
}

/// The call of a request that submits a refund.
pub(crate) const SUBMISSION: &str = "refund_submit";

/// No answer takes longer, not even when half a day passes until it comes.
const PATIENCE: Duration = Duration::from_secs(300);

/// How many requests are asked for at once; the sandbox gives no more.
const PAGE: usize = 1000;

impl Platform {
    /// The control interface at the URL `control`.
    pub(crate) fn new(control: String) -> Result<Platform, reqwest::Error> {
        let client = Client::builder().no_proxy().timeout(PATIENCE).build()?;
        Ok(Platform { control, client })
    }

    /// Moves the clock to `at`; comes back when everything due by then is done.
    pub(crate) async fn advance_to(&self, at: Timestamp) -> Result<Advanced, CallError> {
        self.post("/control/clock", &json!({ "to": at.to_string() })).await
    }

    /// A user pays.
    pub(crate) async fn pay(&self, payment: &Payment) -> Result<Paid, CallError> {
        let mut body = json!({
            "mchid": INSTITUTION,
            "sub_mchid": SHOPS[payment.shop].sub_mchid,
            "out_trade_no": payment.out_trade_no,
            "amount": { "total": payment.total_fen, "currency": "CNY" },
        });
        if let Some(bank_type) = payment.bank_type {
            body["bank_type"] = json!(bank_type);
        }
        self.post("/control/payments", &body).await
    }

    /// Lets an accident happen to the next request for `refund`.
    pub(crate) async fn prepare(&self, refund: &Refund, accident: Accident) -> Result<(), CallError> {
        let mut rule = json!({ "call": SUBMISSION, "out_refund_no": refund.upstream_no(), "times": 1 });
        rule["fault"] = json!(match accident {
            Accident::CutBefore => "cut_before_commit",
            Accident::CutAfter => "cut_after_commit",
            Accident::WrongSignature => "wrong_signature",
            Accident::ServerError => "status",
            Accident::Twice => "duplicate_answer",
        });
        if accident == Accident::ServerError {
            rule["status"] = json!(500);
        }
        self.post::<Value>("/control/faults", &rule).await.map(drop)
    }

    /// The platform begins to sign with another key.
    pub(crate) async fn rotate_keys(&self) -> Result<(), CallError> {
        self.post::<Value>("/control/platform_keys/rotate", &json!({})).await.map(drop)
    }

    /// The institution stands as one that never applied for a certificate.
    pub(crate) async fn forget_certificates(&self) -> Result<(), CallError> {
        let path = format!("/control/certificates/{INSTITUTION}");
        self.call::<()>(Method::DELETE, &path, String::new()).await
    }

    /// The institution applies for a certificate; gives the certificate string.
    pub(crate) async fn applies(&self, request_string: &str) -> Result<String, CallError> {
        let path = format!("/control/certificates/{INSTITUTION}");
        let told: Told = self.post(&path, &json!({ "request_string": request_string })).await?;
        Ok(told.certificate_string)
    }

    /// The institution changes its certificate; gives the new certificate string.
    pub(crate) async fn changes(&self, serial_no: &str, request_string: &str) -> Result<String, CallError> {
        let path = format!("/control/certificates/{INSTITUTION}/{serial_no}/change");
        let told: Told = self.post(&path, &json!({ "request_string": request_string })).await?;
        Ok(told.certificate_string)
    }

    /// The institution's pools.
    pub(crate) async fn pools(&self) -> Result<Pools, CallError> {
        self.get(&format!("/control/pools/{INSTITUTION}")).await
    }

    /// Every request that arrived, in order.
    pub(crate) async fn requests(&self) -> Result<Vec<Request>, CallError> {
        let mut all: Vec<Request> = Vec::new();
        loop {
            let page = self.requests_after(all.last().map_or(0, |request| request.n)).await?;
            if page.is_empty() {
                return Ok(all);
            }
            all.extend(page);
        }
    }

    /// The requests that arrived after the `n`-th, in order, up to a page.
    pub(crate) async fn requests_after(&self, n: u64) -> Result<Vec<Request>, CallError> {
        let path = format!("/control/requests?after={n}&limit={PAGE}");
        self.get::<Requests>(&path).await.map(|page| page.requests)
    }

    /// The platform's own recount.
    pub(crate) async fn audit(&self) -> Result<Audit, CallError> {
        self.get("/control/audit").await
    }

    /// Every posting.
    pub(crate) async fn ledger(&self) -> Result<Ledger, CallError> {
        self.get("/control/ledger").await
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, CallError> {
        self.call(Method::GET, path, String::new()).await
    }

    async fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, CallError> {
        self.call(Method::POST, path, body.to_string()).await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: String,
    ) -> Result<T, CallError> {
        let call = format!("{method} {path}");
        let request = self.client.request(method, format!("{}{path}", self.control)).body(body);
        let no_answer = |source| CallError::NoAnswer { call: call.clone(), source };
        let answer = request.send().await.map_err(no_answer)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(no_answer)?;
        if !status.is_success() {
            let body = String::from_utf8_lossy(&body).into_owned();
            return Err(CallError::Refused { call, status: status.as_u16(), body });
        }
        // Where there is nothing to tell, that is an answer too.
        let body = if body.is_empty() { &b"null"[..] } else { &body };
        serde_json::from_slice(body).map_err(|source| CallError::Unreadable { call, source })
    }
}
