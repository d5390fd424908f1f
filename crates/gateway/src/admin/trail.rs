//! The audit trail: every change an operator makes to a merchant id, in a chain of hashes, so that no line can be changed
//! or taken out unseen. What belongs to no merchant id, the operator's own keys, is told to the log.

use aws_lc_rs::digest::{Context, SHA256};
use store::Store;
use store::error::StoreError;
use store::merchant::{AuditLine, Audited};
use wechatpay::ids::Mchid;

use crate::clock::kept;
use crate::gateway::Gateway;

/// What somebody did.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// Who, as the log names them.
    pub actor: &'a str,
    /// What was done, e.g. `merchant.pause`.
    pub action: &'a str,
    /// To what, and how. Never secret.
    pub detail: &'a str,
}

/// How many lines are read at once on the way to the newest. A trail is short: people write it.
const PAGE: usize = 1000;

/// Writes `act` into the trail of `mchid`.
pub async fn record(gateway: &Gateway, mchid: &Mchid, act: Act<'_>) -> Result<(), StoreError> {
    let Act { actor, action, detail } = act;
    loop {
        let (n, previous) = newest(&*gateway.store, mchid).await?;
        let at = kept(gateway.clock.now());
        let (actor, action, detail) = (actor.to_owned(), action.to_owned(), detail.to_owned());
        let mut line =
            AuditLine { mchid: mchid.clone(), n: n + 1, at, actor, action, detail, previous, hash: [0; 32] };
        line.hash = hash_of(&line);
        match gateway.store.audit(line).await? {
            Audited::Written => break,
            // Somebody else's line came first; ours follows on it.
            Audited::Outrun => {}
        }
    }
    tracing::info!(%mchid, actor, action, detail, "audit");
    Ok(())
}

/// Tells the log of what belongs to no merchant id.
pub fn announce(act: Act<'_>) {
    let Act { actor, action, detail } = act;
    tracing::info!(actor, action, detail, "audit");
}

/// The number of the first of `lines`, which follow each other, that is not as it was written or does not follow on the
/// one before it.
pub fn first_broken(lines: &[AuditLine]) -> Option<u64> {
    let mut before: Option<&AuditLine> = None;
    for line in lines {
        let follows = before.is_none_or(|before| line.n == before.n + 1 && line.previous == before.hash);
        if !follows || line.hash != hash_of(line) || (line.n == 1 && line.previous != [0; 32]) {
            return Some(line.n);
        }
        before = Some(line);
    }
    None
}

async fn newest(store: &impl Store, mchid: &Mchid) -> Result<(u64, [u8; 32]), StoreError> {
    let mut last = (0, [0; 32]);
    loop {
        let page = store.audit_trail(mchid, last.0, PAGE).await?;
        match page.last() {
            Some(line) => last = (line.n, line.hash),
            None => return Ok(last),
        }
        if page.len() < PAGE {
            return Ok(last);
        }
    }
}

/// The SHA-256 of a line's parts, each with its length before it, so that no two lines have the same bytes.
fn hash_of(line: &AuditLine) -> [u8; 32] {
    let AuditLine { mchid, n, at, actor, action, detail, previous, hash: _ } = line;
    let mut context = Context::new(&SHA256);
    let at = at.as_microsecond().to_be_bytes();
    let parts = [mchid.as_str().as_bytes(), &n.to_be_bytes(), &at, actor.as_bytes(), action.as_bytes()];
    for part in parts.into_iter().chain([detail.as_bytes(), previous.as_slice()]) {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    // SHA-256 has 32 bytes.
    context.finish().as_ref().try_into().unwrap_or_default()
}
