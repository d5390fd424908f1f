//! The sandbox that all trials share, and what people pay at it.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::Deserialize;
use serde_json::json;
use tokio::task::LocalSet;

use crate::error::BenchError;
use crate::http::Connection;
use crate::processes::child::Child;
use crate::processes::sandbox;
use crate::world::{self, ORDER_FEN, POOL_FEN};

/// How many connections payments are made over.
const PAYERS: usize = 4;

/// The sandbox's name of a refund's submission.
pub const SUBMISSION: &str = "refund_submit";

/// The sandbox's name of a question about a refund.
pub const QUESTION: &str = "refund_query";

/// Longer than anybody waits for an answer here, in milliseconds.
const HELD_BACK_MS: u64 = 60_000;

/// A running sandbox.
#[derive(Debug)]
pub struct Setting {
    /// Its process. Its place is its control interface.
    pub sandbox: Child,
    /// Its files.
    pub folder: PathBuf,
    /// The merchant ids of its world.
    pub merchants: Vec<String>,
}

/// A paid order.
#[derive(Debug, Deserialize)]
pub struct Paid {
    /// The merchant id it was paid to.
    pub mchid: String,
    /// WeChat Pay's number of it.
    pub transaction_id: String,
}

/// What the sandbox found when it counted everything again.
#[derive(Debug, Deserialize)]
pub struct Audit {
    refunds: Vec<AuditedRefund>,
    violations: Vec<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct AuditedRefund {
    acceptances: u64,
}

impl Audit {
    /// How many refunds were accepted.
    pub fn accepted(&self) -> usize {
        self.refunds.iter().filter(|refund| refund.acceptances > 0).count()
    }

    /// How many rules of the platform were broken; a refund paid twice is one of them.
    pub fn violations(&self) -> usize {
        let twice = self.refunds.iter().filter(|refund| refund.acceptances > 1).count();
        self.violations.len().max(twice)
    }
}

/// A request that arrived at the sandbox.
#[derive(Debug, Deserialize)]
pub struct Arrival {
    /// Counts them.
    pub n: u64,
    /// When it arrived.
    pub at: jiff::Timestamp,
    /// Which call it is, such as [`SUBMISSION`]; none for paths at which nothing is served.
    pub call: Option<String>,
    /// The number of the refund it asks for or about.
    pub out_refund_no: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Arrivals {
    requests: Vec<Arrival>,
}

impl Setting {
    /// Starts a sandbox with its files in `folder`, for `merchants` merchant ids.
    pub async fn start(folder: &Path, merchants: u32) -> Result<Setting, BenchError> {
        let merchants = world::merchants(merchants);
        let world = folder.join(sandbox::WORLD);
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&world, world::file(&merchants)));
        written.map_err(|source| BenchError::File { path: world, source })?;
        let sandbox = Child::start(sandbox::ROLE, folder, &[]).await?;
        Ok(Setting { sandbox, folder: folder.to_owned(), merchants })
    }

    /// Somebody pays each merchant id enough for every refund of the run.
    pub async fn fill_pools(&self) -> Result<Vec<Paid>, BenchError> {
        let mut control = Connection::open(&self.sandbox.place).await?;
        let mut paid = Vec::new();
        for mchid in &self.merchants {
            paid.push(pay(&mut control, mchid, None, POOL_FEN).await?);
        }
        Ok(paid)
    }

    /// Somebody pays orders number `from` to `until`, the last one excluded.
    pub async fn pay_orders(&self, from: usize, until: usize) -> Result<(), BenchError> {
        let merchants = Rc::new(self.merchants.clone());
        let set = LocalSet::new();
        let mut payers = Vec::new();
        for payer in 0..PAYERS {
            let (mut control, merchants) =
                (Connection::open(&self.sandbox.place).await?, Rc::clone(&merchants));
            payers.push(set.spawn_local(async move {
                for n in (from..until).skip(payer).step_by(PAYERS) {
                    let Some(mchid) = merchants.get(n % merchants.len().max(1)) else { break };
                    pay(&mut control, mchid, Some(&order_number(n)), ORDER_FEN).await?;
                }
                Ok::<(), BenchError>(())
            }));
        }
        set.await;
        for payer in payers {
            // One that panicked has said so.
            payer.await.unwrap_or(Ok(()))?;
        }
        Ok(())
    }

    /// Lets the sandbox count everything again.
    pub async fn audit(&self) -> Result<Audit, BenchError> {
        let mut control = Connection::open(&self.sandbox.place).await?;
        let body = control.get("/control/audit", None).await?.accepted("the audit")?;
        read("the audit", &body)
    }

    /// Holds the answers to the next `count` submissions back. What they ask for is done.
    pub async fn hold_answers_back(&self, count: usize) -> Result<(), BenchError> {
        let mut control = Connection::open(&self.sandbox.place).await?;
        let rule =
            json!({ "call": SUBMISSION, "fault": "slow_answer", "delay_ms": HELD_BACK_MS, "times": count });
        let answer = control.post("/control/faults", None, &rule.to_string()).await?;
        answer.accepted("that answers are held back").map(|_| ())
    }

    /// What arrived at the sandbox behind number `after`, in order.
    pub async fn arrivals(&self, mut after: u64) -> Result<Vec<Arrival>, BenchError> {
        let mut control = Connection::open(&self.sandbox.place).await?;
        let mut all = Vec::new();
        loop {
            let target = format!("/control/requests?after={after}&limit=1000");
            let body = control.get(&target, None).await?.accepted("what arrived")?;
            let Arrivals { requests } = read("what arrived", &body)?;
            let Some(last) = requests.last() else { return Ok(all) };
            after = last.n;
            all.extend(requests);
        }
    }
}

/// The merchant's number of the `n`-th order.
pub fn order_number(n: usize) -> String {
    format!("T{n}")
}

async fn pay(
    control: &mut Connection,
    mchid: &str,
    out_trade_no: Option<&str>,
    fen: u64,
) -> Result<Paid, BenchError> {
    let mut body = json!({ "mchid": mchid, "amount": { "total": fen, "currency": "CNY" } });
    if let Some(number) = out_trade_no {
        body["out_trade_no"] = json!(number);
    }
    let answer = control.post("/control/payments", None, &body.to_string()).await?;
    read("a payment", &answer.accepted("a payment")?)
}

/// The value in an answer of ours.
pub(super) fn read<T: serde::de::DeserializeOwned>(what: &str, body: &[u8]) -> Result<T, BenchError> {
    serde_json::from_slice(body)
        .map_err(|error| BenchError::Content { path: what.into(), what: error.to_string() })
}
