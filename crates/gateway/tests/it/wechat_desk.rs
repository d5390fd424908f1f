//! Requests as an owner lets them go. Only a batch that is on disk makes one, so there is no other way to get one.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use refunds::batch::Submission;
use refunds::intake::{Admission, NewRefund, Request};
use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use refunds::order::OrderNames;
use refunds::outcome::{Evidence, QueryOutcome, SubmitOutcome};
use refunds::owner::{Fact, Input, Output, Owner, Question};
use refunds::policy::Policy;
use refunds::refund::RequestBytes;
use refunds::weight::Weight;
use store::contract::Store;
use store::memory::MemoryStore;
use store::merchant::{Merchant, Mode};
use wechatpay::calendar::Calendar;
use wechatpay::china::ChinaDay;
use wechatpay::ids::{Appid, Mchid, SubMchid};
use wechatpay::money::Currency;
use wechatpay::v2;
use wechatpay::v3::caller::Region;
use wechatpay::v3::refund::call::OrderName;
use wechatpay::v3::refund::submit::SubmitRequest;
use wechatpay::wire::Wire;

/// An owner with one refund, and what it wants done.
pub(crate) struct Desk {
    mchid: Mchid,
    owner: Owner,
    store: MemoryStore,
    wanted: VecDeque<Output>,
    now: Timestamp,
    wake_at: Timestamp,
}

/// What leaves the house.
#[derive(Debug)]
enum Errand {
    Send(Submission),
    Ask(Question),
}

impl Desk {
    /// An owner that has taken in `request` of a direct merchant at `now`.
    pub(crate) async fn with(request: &SubmitRequest, now: Timestamp) -> Desk {
        Desk::of(new_refund(request, now)).await
    }

    /// The same with this one.
    pub(crate) async fn of(new: NewRefund) -> Desk {
        let (mchid, now) = (new.request.identity.mchid.clone(), new.at);
        let store = MemoryStore::default();
        store.put_merchant(direct_merchant(&mchid)).await.unwrap();
        let admitted = store.admit(new).await.unwrap();
        assert!(matches!(admitted.admission, Admission::Admitted { .. }), "{admitted:?}");
        let epoch = store.take_ownership(&mchid, "test").await.unwrap();
        let calendar = Arc::new(Calendar::bundled());
        let (owner, outputs) = Owner::new(mchid.clone(), epoch, true, Policy::default(), calendar, now);
        Desk { mchid, owner, store, wanted: outputs.into(), now, wake_at: now }
    }

    /// The first attempt.
    pub(crate) async fn submission(&mut self) -> Submission {
        match self.next().await {
            Errand::Send(submission) => submission,
            Errand::Ask(question) => panic!("{question:?}"),
        }
    }

    /// The attempt after `submission`, of which nothing was heard, and of which nothing is known at WeChat Pay.
    pub(crate) async fn next_attempt(&mut self, submission: &Submission) -> Submission {
        self.tell(Input::Fact(Fact::Answered {
            refund: submission.refund().clone(),
            attempt: submission.attempt(),
            outcome: SubmitOutcome::Unclear,
            evidence: Evidence::default(),
        }));
        let Errand::Ask(Question::Refund { refund, asked_at, .. }) = self.next().await else {
            panic!("whoever does not know asks first")
        };
        let (outcome, evidence) = (QueryOutcome::Absent, Evidence::default());
        self.tell(Input::Fact(Fact::Asked { refund, asked_at, outcome, evidence }));
        self.submission().await
    }

    fn tell(&mut self, input: Input) {
        self.wanted.extend(self.owner.handle(input, self.now));
    }

    async fn next(&mut self) -> Errand {
        loop {
            match self.wanted.pop_front() {
                Some(Output::Send(submission)) => return Errand::Send(submission),
                Some(Output::Ask(question)) => return Errand::Ask(question),
                Some(Output::Commit(batch)) => {
                    let number = batch.number;
                    self.store.commit(batch).await.unwrap();
                    self.tell(Input::Committed(number));
                }
                Some(Output::Load(load)) => {
                    let day = ChinaDay::of(self.now);
                    let page = store::owner::load(&self.store, &self.mchid, &load, day).await.unwrap();
                    self.tell(page);
                }
                Some(Output::TakeIn(found)) => {
                    panic!("nothing was put back, and {found:?} is to be taken in")
                }
                Some(Output::WakeAt(at)) => self.wake_at = at,
                None => {
                    self.now = self.now.max(self.wake_at);
                    self.tell(Input::Tick);
                }
            }
        }
    }
}

/// A directly connected merchant id of the sandbox.
pub(crate) fn direct_merchant(mchid: &Mchid) -> Merchant {
    Merchant {
        mchid: mchid.clone(),
        mode: Mode::Direct,
        number_form: NumberForm::AsGiven,
        settlement_currency: Currency::HKD,
        wire: Wire::V3,
        region: Region::Global,
        appid: Appid::parse("wx0000000000000002").unwrap(),
        api_hosts: vec![],
        is_sandbox: true,
        sub_merchants: BTreeMap::new(),
    }
}

/// The institution of the sandbox.
pub(crate) fn institution() -> Merchant {
    let mchid = Mchid::parse(super::wechat_sandbox::INSTITUTION).unwrap();
    let sub_mchid = SubMchid::parse(super::wechat_sandbox::SUB_MERCHANT).unwrap();
    Merchant {
        mode: Mode::Institution,
        number_form: NumberForm::Prefixed,
        settlement_currency: Currency::USD,
        appid: Appid::parse("wx0000000000000001").unwrap(),
        sub_merchants: BTreeMap::from([(sub_mchid, Weight::USUAL)]),
        ..direct_merchant(&mchid)
    }
}

/// `request` as it is taken in where it is to go over V2.
pub(crate) fn new_refund_over_v2(request: &SubmitRequest, now: Timestamp) -> NewRefund {
    let body = v2::refund::submit::SubmitRequest {
        caller: v2::caller::Caller::Direct {
            mchid: request.caller.merchant().mchid().clone(),
            appid: Appid::parse("wx0000000000000002").unwrap(),
        },
        order: request.order.clone(),
        out_refund_no: request.out_refund_no.clone(),
        amount: request.amount,
        reason: None,
        source: None,
        notify_url: request.notify_url.clone(),
    };
    let body = body.render(v2::sign::SignType::HmacSha256);
    NewRefund { bytes: RequestBytes::new(Wire::V2, body.as_str().as_bytes()), ..new_refund(request, now) }
}

/// `request` as it is taken in.
pub(crate) fn new_refund(request: &SubmitRequest, now: Timestamp) -> NewRefund {
    let merchant = request.caller.merchant();
    let order = match request.order.clone() {
        OrderName::TransactionId(id) => OrderNames { out_trade_no: None, transaction_id: Some(id) },
        OrderName::OutTradeNo(number) => OrderNames { out_trade_no: Some(number), transaction_id: None },
    };
    let identity = Identity {
        mchid: merchant.mchid().clone(),
        sub_mchid: None,
        out_refund_no: request.out_refund_no.clone(),
    };
    NewRefund {
        key: RefundKey::new(merchant.mchid(), "01JZZZZZZZZZZZZZZZZZZZZZZ1").unwrap(),
        order_key: OrderKey::new(merchant.mchid(), "01JZZZZZZZZZZZZZZZZZZZZZZ1").unwrap(),
        upstream_no: UpstreamNo::of(&identity, NumberForm::AsGiven).unwrap(),
        request: Request {
            identity,
            order,
            amount: request.amount.refund(),
            total: request.amount.total(),
            reason: None,
            deadline: None,
            notify_url: None,
            metadata: None,
            adopt: None,
            found: false,
        },
        bytes: RequestBytes::new(Wire::V3, request.render().as_bytes()),
        at: now,
    }
}
