//! A merchant whose refunds go into the store without a gateway, and what an owner would decide about them.

use jiff::Timestamp;
use refunds::batch::{Change, Entry};
use refunds::intake::{NewRefund, Request};
use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use refunds::order::OrderNames;
use refunds::outcome::Evidence;
use refunds::policy::Policy;
use refunds::refund::{Refund, RequestBytes};
use refunds::step::{Event, Rules, step};
use store::merchant::{Merchant, Mode};
use wechatpay::calendar::Calendar;
use wechatpay::ids::{Appid, Mchid, OutRefundNo, OutTradeNo};
use wechatpay::money::{Currency, Money};
use wechatpay::v3::caller::Region;
use wechatpay::wire::Wire;

use crate::error::{BenchError, not_a_name};

/// About as long as a request to refund.
const REQUEST: &[u8] = br#"{"out_trade_no":"T0000000000","out_refund_no":"R0000000000","reason":"","amount":{"refund":1000,"total":10000,"currency":"CNY"}}"#;

/// A directly connected merchant.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its merchant id.
    pub mchid: Mchid,
}

impl Tenant {
    /// The merchant with this id.
    pub fn new(mchid: &str) -> Result<Tenant, BenchError> {
        Ok(Tenant { mchid: Mchid::parse(mchid).map_err(not_a_name)? })
    }

    /// It as it is set up.
    pub fn merchant(&self) -> Result<Merchant, BenchError> {
        Ok(Merchant {
            mchid: self.mchid.clone(),
            mode: Mode::Direct,
            number_form: NumberForm::AsGiven,
            settlement_currency: Currency::USD,
            wire: Wire::V3,
            region: Region::Global,
            appid: Appid::parse(&format!("wx{}", self.mchid.as_str())).map_err(not_a_name)?,
            api_hosts: vec![],
            is_sandbox: true,
            sub_merchants: [].into(),
        })
    }

    /// The `n`-th refund, on an order of its own.
    pub fn refund(&self, n: usize) -> Result<NewRefund, BenchError> {
        let identity = Identity {
            mchid: self.mchid.clone(),
            sub_mchid: None,
            out_refund_no: OutRefundNo::parse(&format!("R{n}")).map_err(not_a_name)?,
        };
        let row = format!("{n:026}");
        Ok(NewRefund {
            key: RefundKey::new(&self.mchid, &row).map_err(not_a_name)?,
            order_key: OrderKey::new(&self.mchid, &row).map_err(not_a_name)?,
            upstream_no: UpstreamNo::of(&identity, NumberForm::AsGiven).map_err(not_a_name)?,
            request: Request {
                identity,
                order: OrderNames {
                    out_trade_no: Some(OutTradeNo::parse(&format!("T{n}")).map_err(not_a_name)?),
                    transaction_id: None,
                },
                amount: Money::fen(1_000),
                total: Money::fen(10_000),
                reason: None,
                deadline: None,
                notify_url: None,
                metadata: None,
                adopt: None,
                found: false,
            },
            bytes: RequestBytes::new(Wire::V3, REQUEST),
            at: Timestamp::now(),
        })
    }
}

/// What an owner decides by.
#[derive(Debug)]
pub struct Rulebook {
    policy: Policy,
    calendar: Calendar,
}

impl Default for Rulebook {
    fn default() -> Rulebook {
        Rulebook { policy: Policy::default(), calendar: Calendar::bundled() }
    }
}

impl Rulebook {
    /// What `event` makes of a refund, for a batch; none if nothing.
    pub fn decide(&self, refund: &Refund, event: Event, now: Timestamp) -> Option<Change> {
        let rules = Rules { policy: &self.policy, calendar: &self.calendar };
        let stepped = step(refund, event, now, rules)?;
        let after = stepped.refund;
        let entry = Entry {
            n: after.version,
            at: now,
            cause: stepped.cause,
            from: refund.state.name(),
            to: after.state.name(),
            attempts: after.attempts.count,
            evidence: Evidence::default(),
        };
        Some(Change {
            expected_version: refund.version,
            entries: vec![entry],
            place_before: refund.place(),
            need_before: refund.need.high,
            place: after.place(),
            refund: after,
        })
    }
}
