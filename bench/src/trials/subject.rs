//! A gateway in a process of its own, mostly with an empty store: the subject of one trial.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use tempfile::TempDir;

use super::setting::{Paid, Setting, order_number};
use crate::callers::Post;
use crate::error::BenchError;
use crate::http::Connection;
use crate::processes::child::Child;
use crate::processes::gateway;
use crate::world::{ENDLESS_FEN, ORDER_FEN, POOL_FEN};

/// Where refunds are posted.
const REFUNDS: &str = "/v1/refunds";

/// How often the gateway's counters are looked at: seldom enough to cost next to nothing.
const LOOK: Duration = Duration::from_millis(100);

/// Nothing happens for this long only if nothing happens any more.
const STALLED: Duration = Duration::from_secs(20);

/// The gateway of a trial.
#[derive(Debug)]
pub struct Subject {
    /// Its process. Its place is where it is called.
    pub process: Child,
    /// Its files.
    pub folder: TempDir,
    access: Rc<Access>,
}

/// What is needed to call it.
#[derive(Debug)]
pub struct Access {
    merchants: Vec<String>,
    keys: BTreeMap<String, String>,
    admin_key: String,
}

/// What the gateway writes down for developers when it is linked to a sandbox.
#[derive(Debug, Deserialize)]
struct GatewayJson {
    admin_key: String,
    keys: BTreeMap<String, String>,
}

impl Subject {
    /// Starts a gateway for the merchants of `setting`, with its files in a folder inside of `disk`.
    pub async fn start(setting: &Setting, disk: &Path) -> Result<Subject, BenchError> {
        let failed = |source| BenchError::File { path: disk.to_owned(), source };
        let folder = tempfile::Builder::new().prefix("gateway-").tempdir_in(disk).map_err(failed)?;
        Subject::begin(setting, folder, &[]).await
    }

    /// Starts a gateway on the files that another one has left in `folder`, called where that one was, at `place`.
    pub async fn start_again(setting: &Setting, folder: TempDir, place: &str) -> Result<Subject, BenchError> {
        Subject::begin(setting, folder, &[place.trim_start_matches("http://")]).await
    }

    async fn begin(setting: &Setting, folder: TempDir, listen: &[&str]) -> Result<Subject, BenchError> {
        let sandbox = setting.folder.to_string_lossy().into_owned();
        let arguments: Vec<&str> = [sandbox.as_str()].into_iter().chain(listen.iter().copied()).collect();
        let process = Child::start(gateway::ROLE, folder.path(), &arguments).await?;
        let path = setting.folder.join("gateway.json");
        let text = fs::read(&path).map_err(|source| BenchError::File { path: path.clone(), source })?;
        let GatewayJson { admin_key, keys } = serde_json::from_slice(&text)
            .map_err(|error| BenchError::Content { path, what: error.to_string() })?;
        let access = Access { merchants: setting.merchants.clone(), keys, admin_key };
        Ok(Subject { process, folder, access: Rc::new(access) })
    }

    /// What is needed to call it.
    pub fn access(&self) -> Rc<Access> {
        Rc::clone(&self.access)
    }

    /// Lets no merchant id submit anything.
    pub async fn pause(&self) -> Result<(), BenchError> {
        let mut connection = Connection::open(&self.process.place).await?;
        for mchid in &self.access.merchants {
            let target = format!("/v1/admin/merchants/{mchid}/pause");
            connection.post(&target, Some(&self.access.admin_key), "").await?.accepted(&target)?;
        }
        Ok(())
    }

    /// Asks for one refund on each of these payments by WeChat Pay's number alone. The gateway must look such an order
    /// up, and so knows from WeChat Pay what its pools hold.
    pub async fn show_pools(&self, paid: &[Paid]) -> Result<(), BenchError> {
        let mut connection = Connection::open(&self.process.place).await?;
        for Paid { mchid, transaction_id } in paid {
            let body = json!({
                "transaction_id": transaction_id,
                "out_refund_no": format!("POOL{transaction_id}"),
                "amount": { "refund": ENDLESS_FEN, "total": POOL_FEN, "currency": "CNY" },
            });
            let answer = connection.post(REFUNDS, Some(self.access.key(mchid)), &body.to_string()).await?;
            answer.accepted("the refund that shows the pool")?;
        }
        Ok(())
    }

    /// Comes back when WeChat Pay has accepted `wanted` submissions since the gateway began.
    pub async fn wait_for_acceptance(&self, wanted: usize) -> Result<(), BenchError> {
        let counter = r#"tidegate_submissions_total{outcome="accepted"}"#;
        self.wait("WeChat Pay's acceptance", counter, wanted).await
    }

    /// Comes back when WeChat Pay has answered `wanted` questions with what was asked about since the gateway began.
    pub async fn wait_for_confirmation(&self, wanted: usize) -> Result<(), BenchError> {
        let counter = r#"tidegate_questions_total{outcome="found"}"#;
        self.wait("WeChat Pay's confirmation", counter, wanted).await
    }

    /// Comes back when the gateway has counted `wanted` under `name`.
    async fn wait(&self, what: &'static str, name: &str, wanted: usize) -> Result<(), BenchError> {
        let mut connection = Connection::open(&self.process.place).await?;
        let (mut got, mut since) = (0, Instant::now());
        loop {
            let text =
                connection.get("/metrics", Some(&self.access.admin_key)).await?.accepted("/metrics")?;
            let counted = counter(&String::from_utf8_lossy(&text), name).unwrap_or(0);
            if counted >= wanted {
                return Ok(());
            }
            if counted > got {
                (got, since) = (counted, Instant::now());
            } else if since.elapsed() > STALLED {
                return Err(BenchError::Stalled { what, seconds: STALLED.as_secs(), got, wanted });
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

impl Access {
    /// The request for the `n`-th refund, of so many fen. Each is on an order of its own.
    pub fn refund(&self, n: usize, fen: u64) -> Option<Post> {
        let mchid = self.merchants.get(n % self.merchants.len().max(1))?;
        let body = format!(
            "{{\"out_trade_no\":\"{}\",\"out_refund_no\":\"{}\",\"amount\":{{\"refund\":{fen},\
             \"total\":{ORDER_FEN},\"currency\":\"CNY\"}}}}",
            order_number(n),
            refund_number(n),
        );
        Some(Post { target: REFUNDS, key: self.key(mchid).to_owned(), body })
    }

    fn key(&self, mchid: &str) -> &str {
        self.keys.get(mchid).map_or("", String::as_str)
    }
}

/// The tenant's number of the `n`-th refund.
fn refund_number(n: usize) -> String {
    format!("R{n}")
}

/// Which refund has this number; none for one that shows a pool.
pub fn refund_of(number: &str) -> Option<usize> {
    number.strip_prefix('R')?.parse().ok()
}

/// The value of the counter `name` in a text of metrics.
fn counter(text: &str, name: &str) -> Option<usize> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_found_by_its_whole_name() {
        let text = "# HELP x y\ntidegate_submissions_total{outcome=\"accepted\"} 12\nother 3\n";
        assert_eq!(counter(text, r#"tidegate_submissions_total{outcome="accepted"}"#), Some(12));
        assert_eq!(counter(text, "oth"), None);
    }

    #[test]
    fn a_refund_is_known_by_its_number() {
        assert_eq!(refund_of(&refund_number(7)), Some(7));
        assert_eq!((refund_of("POOL42"), refund_of("R")), (None, None));
    }

    #[test]
    fn refunds_take_turns_among_the_merchants() {
        let merchants = vec!["1".to_owned(), "2".to_owned()];
        let keys = [("1".to_owned(), "a".to_owned()), ("2".to_owned(), "b".to_owned())].into();
        let access = Access { merchants, keys, admin_key: String::new() };
        let keys: Vec<String> = (0..3).filter_map(|n| access.refund(n, 1)).map(|post| post.key).collect();
        assert_eq!(keys, ["a", "b", "a"]);
        let post = access.refund(3, 1_000).unwrap();
        let body: serde_json::Value = serde_json::from_str(&post.body).unwrap();
        assert_eq!((&body["out_refund_no"], &body["amount"]["refund"]), (&"R3".into(), &1_000.into()));
    }
}
