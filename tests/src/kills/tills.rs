//! The tills: they ask for refunds and repeat what was not answered, as often as it takes, with the same body.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::{Value, json};

use super::book::Book;
use super::trade::{Shop, Trade, Wish};
use crate::tenant::{Answer, Tenant, connections};

/// How long a till waits before it repeats what was not answered.
const REPEAT_AFTER: Duration = Duration::from_millis(10);

/// A gateway that does not come back within this has not been started again.
const GIVE_UP_AFTER: Duration = Duration::from_secs(120);

/// What the tills of all shops share.
#[derive(Debug, Clone)]
pub(super) struct Tills {
    trade: Arc<Trade>,
    paid: Arc<Vec<Value>>,
    book: Arc<Book>,
    urls: Arc<Vec<String>>,
    /// How many calls were begun: each goes to the next of the gateways.
    calls: Arc<AtomicUsize>,
    /// `keys` of the gateway's own file for its sandbox: an API key for each merchant id and sub-merchant.
    keys: Value,
    http: Client,
}

impl Tills {
    /// Tills that ask the gateways at `urls` in turn; `paid` has the orders of `trade` as they were paid.
    pub(super) fn new(
        trade: Arc<Trade>,
        paid: Vec<Value>,
        book: Arc<Book>,
        urls: Vec<String>,
        keys: &Value,
    ) -> Tills {
        Tills {
            trade,
            paid: Arc::new(paid),
            book,
            urls: Arc::new(urls),
            calls: Arc::default(),
            keys: keys.clone(),
            http: connections(),
        }
    }

    /// The same tills, asking the gateway at `url` alone.
    pub(super) fn at(&self, url: String) -> Tills {
        Tills { urls: Arc::new(vec![url]), ..self.clone() }
    }

    /// Asks for refund `n` until it is acknowledged or refused.
    pub(super) async fn ask(&self, n: usize) {
        self.until_answered(|| async {
            let (tenant, body) = self.request(n);
            match tenant.post("/v1/refunds", &body).await {
                Ok(answer) => self.book.heard(n, &answer).then_some(()),
                Err(_) => {
                    self.book.heard_nothing(n);
                    None
                }
            }
        })
        .await;
    }

    /// Asks once more for refund `n`, which was acknowledged: it must be there, and be the same.
    pub(super) async fn ask_again(&self, n: usize) {
        let answer = self.until_answered(|| async {
            let (tenant, body) = self.request(n);
            tenant.post("/v1/refunds", &body).await.ok()
        });
        let answer = answer.await;
        let is_replay = answer.header("idempotent-replayed") == Some("true");
        self.book.heard(n, &answer);
        if !is_replay {
            self.book
                .found(format!("refund {n}: asked for again, and not told that it is a replay: {answer:?}"));
        }
    }

    /// The refund that was acknowledged as `id`, as the gateway shows it.
    pub(super) async fn look(&self, shop: Shop, id: &str) -> Answer {
        self.read(shop.mchid, &format!("/v1/refunds/{id}")).await
    }

    /// What the gateway has under the number of `wish`.
    pub(super) async fn look_by_number(&self, wish: &Wish) -> Answer {
        let shop = self.trade.order(wish).shop;
        let narrowed = shop.sub_mchid.map_or(String::new(), |sub_mchid| format!("?sub_mchid={sub_mchid}"));
        let path = format!("/v1/refunds/{}{narrowed}", wish.out_refund_no);
        self.read(shop.mchid, &path).await
    }

    async fn read(&self, mchid: &str, path: &str) -> Answer {
        self.until_answered(|| async { self.with_key(mchid).get(path).await.ok().filter(is_worth_reading) })
            .await
    }

    /// Tells the gateway of a payment, as `POST /control/payments` answered it.
    pub(super) async fn report(&self, paid: &Value) {
        let mchid = paid["mchid"].as_str().expect("every payment is to a merchant id");
        let mut report = paid.clone();
        report.as_object_mut().expect("a payment is an object").remove("mchid");
        let answer = self.until_answered(|| async {
            let answer = self.with_key(mchid).post("/v1/payments", &report).await.ok();
            answer.filter(is_worth_reading)
        });
        let answer = answer.await;
        if !matches!(answer.status, 200 | 201) {
            self.book.found(format!("the report {report} is answered {} {}", answer.status, answer.body));
        }
    }

    fn request(&self, n: usize) -> (Tenant, Value) {
        let wish = &self.trade.wishes[n];
        let shop = self.trade.order(wish).shop;
        let paid = &self.paid[wish.order];
        let mut body = json!({
            "out_refund_no": wish.out_refund_no,
            "amount": { "refund": wish.fen, "total": paid["amount"]["total"], "currency": "CNY" },
        });
        let name = if wish.by_transaction_id { "transaction_id" } else { "out_trade_no" };
        body[name] = paid[name].clone();
        let tenant = match shop.sub_mchid {
            Some(sub_mchid) if !wish.by_institution => self.with_key(sub_mchid),
            Some(sub_mchid) => {
                body["sub_mchid"] = json!(sub_mchid);
                self.with_key(shop.mchid)
            }
            None => self.with_key(shop.mchid),
        };
        (tenant, body)
    }

    fn with_key(&self, whose: &str) -> Tenant {
        let key = self.keys[whose].as_str().unwrap_or_else(|| panic!("`gateway.json` has no key of {whose}"));
        let call = self.calls.fetch_add(1, Ordering::Relaxed);
        Tenant::new(&self.http, &self.urls[call % self.urls.len()], key)
    }

    async fn until_answered<T, F: Future<Output = Option<T>>>(&self, once: impl Fn() -> F) -> T {
        let deadline = Instant::now() + GIVE_UP_AFTER;
        loop {
            if let Some(answer) = once().await {
                return answer;
            }
            assert!(Instant::now() < deadline, "nothing is answered any more within {GIVE_UP_AFTER:?}");
            tokio::time::sleep(REPEAT_AFTER).await;
        }
    }
}

/// Whether an answer says anything but "later".
fn is_worth_reading(answer: &Answer) -> bool {
    !matches!(answer.status, 429 | 500..)
}
