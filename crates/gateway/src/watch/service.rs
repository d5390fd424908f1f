//! The gateway's own watch: over the certificate of every merchant id that can call WeChat Pay, as long as it runs.
//!
//! Watched are the certificate in force and, after a Change, the one before it, which calls fall back to. Of several nodes
//! that share a store the first one tells people. It goes by the platform's clock, and lets a virtual one move on while it waits.
//!
//! Once a day it makes a harmless call for each merchant id, as every call is made: with the newest certificate, and with the
//! one before it if that is refused, which the log then says. When WeChat Pay took one last stands in the metrics: a
//! certificate may be voided or replaced long before its end, and a gateway without refunds would not notice.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use refunds::outcome::Fault;
use refunds::owner::ProbeOutcome;
use store::error::StoreError;
use tokio_util::sync::CancellationToken;
use wechatpay::ids::Mchid;

use super::round::{Round, Watch, Why};
use super::sent::StoredSent;
use super::watched::Watched;
use crate::activity::Busy;
use crate::gateway::Gateway;
use crate::merchants::account::Account;
use crate::merchants::stored;
use crate::secrets::sealer::Sealer;

/// The first call to see whether a certificate is taken. Until then others tell: a set-up begins with one.
const FIRST_CHECK_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// How often one is made.
const CHECKED_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// How soon another is made if there was no clear answer.
const CHECKED_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);

/// Figures are brought up to date at least so often.
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// How often a node that is not the first looks whether it is by now.
const UNTIL_FIRST: SignedDuration = SignedDuration::from_mins(10);

/// How soon the store is asked again after it failed.
const AFTER_A_FAILURE: SignedDuration = SignedDuration::from_mins(1);

/// The watch of one gateway.
#[derive(Debug)]
pub struct Service {
    gateway: Gateway,
    sealer: Sealer,
    watch: Watch,
    sent: StoredSent,
    /// When each merchant id's certificate is to be checked next.
    checks: BTreeMap<Mchid, Timestamp>,
}

impl Service {
    /// A watch over the certificates in the gateway's store.
    pub fn new(gateway: Gateway, sealer: Sealer, watch: Watch) -> Service {
        let sent = StoredSent::of(gateway.store.clone());
        Service { gateway, sealer, watch, sent, checks: BTreeMap::new() }
    }

    /// Watches until `ending`. `busy` until the first round is over, and not while it waits.
    pub async fn keep(mut self, ending: CancellationToken, mut busy: Busy) {
        let mut accounts = self.gateway.merchants.follow();
        loop {
            accounts.mark_unchanged();
            let next = tokio::select! {
                () = ending.cancelled() => return,
                next = self.once() => next,
            };
            let waiting = self.gateway.clock.sleep_until(next);
            drop(busy);
            busy = tokio::select! {
                () = ending.cancelled() => return,
                woken = waiting => woken,
                changed = accounts.changed() => match changed {
                    Ok(()) => self.gateway.activity.begin(),
                    Err(_) => return,
                },
            };
        }
    }

    /// Looks at everything once. When to look again.
    async fn once(&mut self) -> Timestamp {
        let now = self.gateway.clock.now();
        let mut watched = Vec::new();
        let mut next = now + LONGEST_PAUSE;
        for account in self.gateway.merchants.all() {
            match self.of(&account, now).await {
                Ok(of_account) => watched.extend(of_account),
                Err(error) => {
                    let mchid = &account.merchant.mchid;
                    tracing::error!(%mchid, %error, "its certificates cannot be watched: the store does not give them");
                    next = next.min(now + AFTER_A_FAILURE);
                }
            }
            if let Some(again) = self.check(&account, now).await {
                next = next.min(again);
            }
        }
        if !self.gateway.nodes.is_first() {
            // Another node tells people.
            return next.min(now + UNTIL_FIRST);
        }
        let round = self.watch.round(&watched, &self.sent, now).await;
        round.log();
        self.count(&round);
        round.next.map_or(next, |at| next.min(at))
    }

    /// What is watched of one merchant id, newest first; nothing if it cannot call WeChat Pay.
    async fn of(&self, account: &Account, now: Timestamp) -> Result<Vec<Watched>, StoreError> {
        let mchid = &account.merchant.mchid;
        if account.line.is_none() {
            return Ok(Vec::new());
        }
        let certificates = stored::certificates_in_use(&*self.gateway.store, &self.sealer, mchid).await?;
        let settings = self.watch.settings();
        let mut watched = Watched::of_merchant(mchid.as_str(), &certificates, &settings.policy, now);
        if let Some(in_force) = watched.first() {
            let not_after = in_force.record.validity.not_after;
            let is_overdue = not_after - settings.overdue_before <= now;
            self.gateway.metrics.certificate(mchid, not_after, is_overdue);
        }
        // A renewed one is only what calls fall back to: its end is nobody's concern.
        let mut is_first = true;
        watched.retain(|it| std::mem::take(&mut is_first) || it.is_replaced(&settings.policy));
        Ok(watched)
    }

    /// Makes a harmless call over the account's line if it is time. When it is time again; never without a line.
    async fn check(&mut self, account: &Account, now: Timestamp) -> Option<Timestamp> {
        let line = account.line.as_ref()?;
        let mchid = &account.merchant.mchid;
        let at = *self.checks.entry(mchid.clone()).or_insert(now + FIRST_CHECK_AFTER);
        if now < at {
            return Some(at);
        }
        let again = match line.probe().await {
            ProbeOutcome::Fine | ProbeOutcome::Misconfigured(Fault::Permission | Fault::Merchant) => {
                self.gateway.metrics.certificate_checked(mchid, now);
                now + CHECKED_EVERY
            }
            ProbeOutcome::Misconfigured(Fault::Signature | Fault::Certificate) => {
                tracing::error!(%mchid, "WeChat Pay does not take a call with this merchant id's certificate");
                now + CHECKED_AGAIN_AFTER
            }
            ProbeOutcome::Unclear => now + CHECKED_AGAIN_AFTER,
        };
        self.checks.insert(mchid.clone(), again);
        Some(again)
    }

    fn count(&self, round: &Round) {
        let metrics = &self.gateway.metrics;
        for delivery in &round.sent {
            metrics.certificate_notice(delivery.to.channel.name(), "sent");
        }
        for failure in &round.failures {
            let outcome = match &failure.why {
                // It arrived; only its record did not.
                Why::NotKept(_) => "sent",
                Why::NotSent { .. } | Why::NotKnown(_) => "failed",
            };
            metrics.certificate_notice(failure.to.channel.name(), outcome);
        }
    }
}
