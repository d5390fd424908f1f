//! What an owner wants done, each errand in a task of its own. Whatever comes of it is told, if only that nothing did.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use refunds::batch::{Batch, Epoch, Halt, MerchantState, Restored, Submission};
use refunds::key::RefundKey;
use refunds::outcome::{Evidence, SubmitOutcome};
use refunds::owner::{Fact, FoundRefunds, Input, Load, Question};
use refunds::pool::explain::promise_kept;
use refunds::refund::State;
use store::contract::{Answer, Store};
use store::error::{CommitError, StoreError};
use store::kill_point;
use store::open::OpenStore;
use tokio::sync::mpsc;
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;

use super::taking_in;
use crate::activity::{Activity, Busy};
use crate::gateway::Gateway;

/// How long an owner is kept from trying what the store just refused, by a clock that is never virtual.
const BREATH: Duration = Duration::from_secs(1);

/// What an owner is told. It is busy until it has heard it.
pub(super) struct Told {
    pub(super) input: Result<Input, StoreError>,
    pub(super) busy: Busy,
}

/// Does the errands of one owner.
#[derive(Clone)]
pub(super) struct Errands {
    pub(super) gateway: Gateway,
    pub(super) mchid: Mchid,
    pub(super) epoch: Epoch,
    pub(super) told: mpsc::UnboundedSender<Told>,
    /// What of this owner is under way, other than what merely waits.
    pub(super) under_way: Activity,
}

impl Errands {
    pub(super) fn commit(&self, batch: Batch, busy: Busy) {
        let errands = self.clone();
        self.run(busy, async move {
            let number = batch.number;
            let changed: Arc<[RefundKey]> = batch.changes.iter().map(|change| change.refund.key.clone()).collect();
            let has_intents = batch.changes.iter().any(|change| matches!(change.refund.state, State::Submitting { .. }));
            let merchant = batch.merchant;
            let promises: Vec<bool> = batch.changes.iter().filter_map(promise_kept).collect();
            let written = errands.store().commit(batch).await;
            errands.gateway.metrics.batch(written.is_ok());
            Ok(match written {
                Ok(()) => {
                    promises.iter().for_each(|is_kept| errands.gateway.metrics.promise(*is_kept));
                    if has_intents {
                        kill_point::pass("after_intent");
                    }
                    if let Some(state) = merchant {
                        tell_standing(&errands.mchid, state);
                    }
                    errands.gateway.owners.announce(&errands.mchid, changed);
                    Input::Committed(number)
                }
                Err(CommitError::Fenced) => Input::LeaseLost,
                Err(error) => {
                    tracing::warn!(mchid = %errands.mchid, %error, "a batch was not written; its owner reads again");
                    tokio::time::sleep(BREATH).await;
                    Input::CommitLost(number)
                }
            })
        });
    }

    pub(super) fn send(&self, submission: Submission, busy: Busy) {
        let errands = self.clone();
        self.run(busy, async move {
            kill_point::pass("before_send");
            let begun = Instant::now();
            let fact = match errands
                .gateway
                .merchants
                .get(&errands.mchid)
                .and_then(|account| account.line.clone())
            {
                Some(line) => line.submit(&submission).await,
                None => Fact::Answered {
                    refund: submission.refund().clone(),
                    attempt: submission.attempt(),
                    outcome: SubmitOutcome::Unclear,
                    evidence: unsent(),
                },
            };
            kill_point::pass("after_answer");
            errands.gateway.metrics.called(&fact, begun.elapsed());
            Ok(Input::Fact(fact))
        });
    }

    pub(super) fn ask(&self, question: Question, busy: Busy) {
        let errands = self.clone();
        self.run(busy, async move {
            let begun = Instant::now();
            let line = errands.gateway.merchants.get(&errands.mchid).and_then(|account| account.line.clone());
            let fact = match line {
                Some(line) => line.ask(&question).await,
                None => question.unanswered(unsent()),
            };
            errands.gateway.metrics.called(&fact, begun.elapsed());
            Ok(Input::Fact(fact))
        });
    }

    pub(super) fn load(&self, load: Load, busy: Busy) {
        let errands = self.clone();
        self.run(busy, async move { errands.again_and_again(|| errands.page(&load)).await });
    }

    pub(super) fn take_in(&self, found: FoundRefunds, busy: Busy) {
        let errands = self.clone();
        self.run(busy, async move {
            errands.again_and_again(|| taking_in::take_in(&errands.gateway, &errands.mchid, &found)).await?;
            Ok(Input::TakenIn { order: found.order, asked_at: found.asked_at })
        });
    }

    /// Does `errand` until the store has done its part; fails only if the store is broken.
    async fn again_and_again<T, F>(&self, mut errand: impl FnMut() -> F) -> Answer<T>
    where
        F: Future<Output = Answer<T>>,
    {
        loop {
            match errand().await {
                Err(StoreError::Broken { why }) => return Err(StoreError::Broken { why }),
                Err(error) => {
                    tracing::warn!(mchid = %self.mchid, %error, "the store did not do what an owner wants; it is tried again");
                    tokio::time::sleep(BREATH).await;
                }
                Ok(done) => return Ok(done),
            }
        }
    }

    async fn page(&self, load: &Load) -> Answer<Input> {
        let day = ChinaDay::of(self.gateway.clock.now());
        Ok(match store::owner::load(self.store(), &self.mchid, load, day).await? {
            // Another owner's holding is no ground to go on.
            Input::Holding(holding) if holding.epoch != self.epoch => Input::LeaseLost,
            found => found,
        })
    }

    fn store(&self) -> &OpenStore {
        &self.gateway.store
    }

    fn run(&self, busy: Busy, errand: impl Future<Output = Result<Input, StoreError>> + Send + 'static) {
        let (told, under_way) = (self.told.clone(), self.under_way.begin());
        tokio::spawn(async move {
            let input = errand.await;
            // An owner that is over needs to hear nothing more.
            let _ = told.send(Told { input, busy });
            drop(under_way);
        });
    }
}

/// Says what a merchant id as a whole does from now on: nobody looks at every refund.
fn tell_standing(mchid: &Mchid, state: MerchantState) {
    match state {
        MerchantState { halt: Some(Halt { fault, since }), .. } => {
            tracing::error!(%mchid, ?fault, %since, "nothing is submitted until the merchant id's set-up is mended");
        }
        MerchantState { restored: Some(Restored { is_checked: false, .. }), .. } => {
            tracing::info!(%mchid, "nothing is submitted before every open refund and the recent orders were asked about")
        }
        MerchantState { paused: true, .. } => {
            tracing::info!(%mchid, "the merchant id is paused: nothing is submitted")
        }
        MerchantState { paused: false, halt: None, restored: _ } => {
            tracing::info!(%mchid, "the merchant id submits again")
        }
    }
}

/// While a merchant id has no way out nothing is sent, and nothing is known.
const NO_LINE: &str = "not sent: the merchant id's secrets are missing";

fn unsent() -> Evidence {
    Evidence { answer: Some(NO_LINE.to_owned()), ..Evidence::default() }
}
