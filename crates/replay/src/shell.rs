//! What an owner wants, done at once: its store is the model in memory, and nothing takes any time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use refunds::batch::Batch;
use refunds::intake::{NewRefund, Request};
use refunds::key::{Identity, NumberForm};
use refunds::order::{OrderFacts, OrderNames, Source};
use refunds::owner::{Input, Output, Owner};
use refunds::policy::Policy;
use refunds::refund::{Promise, RequestBytes};
use refunds::weight::Weight;
use store::intake::{NewPastDay, NewPayment};
use store::memory::Model;
use store::merchant::{Merchant, Mode};
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Mchid, SubMchid};
use wechatpay::money::{Currency, Money};
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use crate::history::{AskedRefund, Payment};
use crate::names;
use crate::run::ReplayError;
use crate::wechat::WechatPay;

/// One owner with its store, and WeChat Pay behind it.
#[derive(Debug)]
pub(crate) struct Shell<'h> {
    mchid: Mchid,
    sub_mchids: BTreeMap<&'h str, SubMchid>,
    model: Model,
    owner: Owner,
    /// When the owner wants to be woken.
    wake: Option<Timestamp>,
    pub(crate) wechat: WechatPay<'h>,
}

impl<'h> Shell<'h> {
    /// An owner that begins at `now`, for a merchant id that nobody has refunded anything of.
    pub(crate) fn new(
        refunds: &'h [AskedRefund],
        policy: &Policy,
        wechat: WechatPay<'h>,
        now: Timestamp,
    ) -> Result<Shell<'h>, ReplayError> {
        let mchid = names::mchid();
        let mut sub_mchids: BTreeMap<&str, SubMchid> = BTreeMap::new();
        for share in refunds.iter().filter_map(|refund| refund.share.as_deref()) {
            let next = names::sub_mchid(sub_mchids.len());
            sub_mchids.entry(share).or_insert(next);
        }
        let is_direct = sub_mchids.is_empty();
        let mut model = Model::new();
        model.put_merchant(Merchant {
            mchid: mchid.clone(),
            mode: if is_direct { Mode::Direct } else { Mode::Institution },
            number_form: NumberForm::AsGiven,
            settlement_currency: Currency::USD,
            wire: Wire::V3,
            region: Region::Global,
            appid: names::appid(),
            api_hosts: vec![],
            is_sandbox: true,
            sub_merchants: sub_mchids.values().map(|sub_mchid| (sub_mchid.clone(), Weight::USUAL)).collect(),
        })?;
        let epoch = model.take_ownership(&mchid, "replay")?;
        let calendar = Arc::new(Calendar::bundled());
        let (owner, outputs) = Owner::new(mchid.clone(), epoch, is_direct, policy.clone(), calendar, now);
        let mut shell = Shell { mchid, sub_mchids, model, owner, wake: None, wechat };
        shell.perform(outputs, now)?;
        Ok(shell)
    }

    /// When the owner wants to be woken next.
    pub(crate) fn wake(&self) -> Option<Timestamp> {
        self.wake
    }

    /// Wakes the owner.
    pub(crate) fn tick(&mut self, now: Timestamp) -> Result<(), ReplayError> {
        self.wake = None;
        self.tell(Input::Tick, now)
    }

    /// The owner hears of a payment, on WeChat Pay's word.
    pub(crate) fn report(&mut self, n: usize, payment: Payment) -> Result<(), ReplayError> {
        let (order_key, out_trade_no) = names::paid_order(&self.mchid, n);
        let amount = Money::fen(payment.amount_fen);
        self.model.report_payment(NewPayment {
            mchid: self.mchid.clone(),
            sub_mchid: None,
            names: OrderNames { out_trade_no: Some(out_trade_no), transaction_id: None },
            facts: OrderFacts {
                total: amount,
                payer_total: Some(amount),
                paid_at: Some(payment.at),
                bank_type: None,
            },
            source: Source::Platform,
            order_key,
            at: payment.at,
        })?;
        self.tell(Input::Hint, payment.at)
    }

    /// A refund is asked for, of an order of its own: nothing but the pool ever keeps it back.
    pub(crate) fn admit(&mut self, n: usize, refund: &AskedRefund) -> Result<(), ReplayError> {
        let (order_key, out_trade_no) = names::refunded_order(&self.mchid, n);
        let sub_mchid = refund.share.as_deref().and_then(|share| self.sub_mchids.get(share)).cloned();
        let out_refund_no = names::out_refund_no(n);
        let identity = Identity { mchid: self.mchid.clone(), sub_mchid, out_refund_no };
        let amount = Money::fen(refund.amount_fen);
        self.model.admit(NewRefund {
            key: names::refund_key(&self.mchid, n),
            order_key,
            upstream_no: names::upstream_no(&identity),
            request: Request {
                identity,
                order: OrderNames { out_trade_no: Some(out_trade_no), transaction_id: None },
                amount,
                total: amount,
                reason: None,
                deadline: None,
                notify_url: None,
                metadata: None,
                adopt: None,
                found: false,
            },
            bytes: RequestBytes::new(Wire::V3, b""),
            at: refund.at,
        })?;
        self.tell(Input::Hint, refund.at)
    }

    /// The owner hears of a day's statement.
    pub(crate) fn record(&mut self, statement: NewPastDay, now: Timestamp) -> Result<(), ReplayError> {
        self.model.record_past_day(statement)?;
        self.tell(Input::Hint, now)
    }

    /// What was said of when the refund with place `n` would leave.
    pub(crate) fn promise(&self, n: usize) -> Result<Option<Promise>, ReplayError> {
        let refund = self.model.refund(&names::refund_key(&self.mchid, n))?;
        Ok(refund.and_then(|refund| refund.promise))
    }

    /// The merchant id that is played for.
    pub(crate) fn mchid(&self) -> &Mchid {
        &self.mchid
    }

    fn tell(&mut self, input: Input, now: Timestamp) -> Result<(), ReplayError> {
        let outputs = self.owner.handle(input, now);
        self.perform(outputs, now)
    }

    /// Does what the owner wants, and all that it wants because of that.
    fn perform(&mut self, outputs: Vec<Output>, now: Timestamp) -> Result<(), ReplayError> {
        let mut wanted = VecDeque::from(outputs);
        while let Some(output) = wanted.pop_front() {
            let answer = match output {
                Output::Commit(batch) => self.commit(batch)?,
                Output::Send(submission) => Input::Fact(self.wechat.submit(&submission, now)),
                Output::Ask(question) => Input::Fact(self.wechat.ask(question)),
                Output::Load(load) => self.model.load(&self.mchid, &load, ChinaDay::of(now))?,
                // No backup is ever put back here.
                Output::TakeIn(found) => Input::TakenIn { order: found.order, asked_at: found.asked_at },
                Output::WakeAt(at) => {
                    self.wake = Some(at.max(now + SHORTEST_SLEEP));
                    continue;
                }
            };
            wanted.extend(self.owner.handle(answer, now));
        }
        Ok(())
    }

    fn commit(&mut self, mut batch: Batch) -> Result<Input, ReplayError> {
        let number = batch.number;
        // Nobody reads the journal of a replay, and with many short pauses it would fill the memory.
        batch.changes.iter_mut().for_each(|change| change.entries.clear());
        self.model.commit(batch)?;
        Ok(Input::Committed(number))
    }
}

/// An owner that wants to be woken now has just been heard; it is woken when the clock has moved at all.
const SHORTEST_SLEEP: SignedDuration = SignedDuration::from_millis(1);
