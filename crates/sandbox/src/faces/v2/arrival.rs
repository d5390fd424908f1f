//! A request as far as it is understood before the platform sees it.

use jiff::Timestamp;
use wechatpay::ids::Mchid;
use wechatpay::v2::message::{Message, MessageError};
use wechatpay::v2::order::call::{CloseRequest, OrderQuery};
use wechatpay::v2::order::place::OrderRequest;
use wechatpay::v2::refund::query::{About, RefundQuery};
use wechatpay::v2::refund::submit::SubmitRequest;

use crate::faults::Seen;
use crate::record::{Entry, Outcome, Verdict, kept_body};
use crate::scene::Arrived;

use super::errors::Refusal;
use super::gate::Gate;
use super::route::{Call, Family};

/// What a request asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    SubmitRefund(SubmitRequest),
    QueryRefunds(RefundQuery),
    PlaceOrder(OrderRequest),
    QueryOrder(OrderQuery),
    CloseOrder(CloseRequest),
    ReverseOrder(OrderQuery),
    /// A red packet or a transfer, or a question about one.
    Account {
        is_question: bool,
    },
}

/// A request, read.
pub(crate) struct Arrival<'a> {
    arrived: &'a Arrived,
    pub(crate) gate: &'a Gate,
    /// Counts arrivals.
    pub(crate) n: u64,
    /// When it arrived.
    pub(crate) at: Timestamp,
    pub(crate) family: Family,
    call: Option<Call>,
    asked: Option<Result<Request, MessageError>>,
}

impl<'a> Arrival<'a> {
    /// The `n`-th request.
    pub(crate) fn new(arrived: &'a Arrived, gate: &'a Gate, n: u64, at: Timestamp) -> Arrival<'a> {
        let call = Call::of(&arrived.target);
        let asked = match (call, &gate.message) {
            (Some(call), Some(message)) => Some(Request::read(call, message)),
            _ => None,
        };
        let family = Family::of(&arrived.target).unwrap_or(Family::Open);
        Arrival { arrived, gate, n, at, family, call, asked }
    }

    /// Who asks what, if it is let in. The certificate is looked at even where nothing is served.
    pub(crate) fn request(&self) -> Result<(&Mchid, &Request), Refusal> {
        self.gate.verdict.clone().map_err(Refusal::Gate)?;
        match (&self.gate.caller, &self.asked) {
            (Some(caller), Some(Ok(request))) => Ok((caller, request)),
            (Some(_), Some(Err(error))) => Err(Refusal::Unreadable(error.clone())),
            _ => Err(Refusal::UnknownPath),
        }
    }

    /// The request as rules of faults see it.
    pub(crate) fn seen(&self) -> Seen<'_> {
        Seen {
            n: self.n,
            mchid: self.gate.caller.as_ref().map(Mchid::as_str),
            call: self.call.map_or("unknown", Call::name),
            out_refund_no: self.out_refund_no(),
            amount_minor: self.amount_minor(),
            headers: &self.arrived.headers,
        }
    }

    /// The request as it is recorded.
    pub(crate) fn entry(&self, outcome: Option<Outcome>, is_answer_lost: bool) -> Entry {
        Entry {
            n: self.n,
            at: self.at,
            method: self.arrived.method.clone(),
            target: self.arrived.target.clone(),
            headers: self.arrived.headers.clone(),
            body: kept_body(&self.arrived.body),
            body_bytes: self.arrived.body.len(),
            client_serial: self.gate.client_serial.clone(),
            caller: self.gate.caller.as_ref().map(Mchid::to_string),
            serial_no: None,
            call: self.call.map(|call| call.name().to_owned()),
            verdict: match &self.gate.verdict {
                Ok(()) => Verdict::Genuine,
                Err(refusal) => Verdict::Refused(refusal.to_string()),
            },
            expected_text: self.gate.expected_text.clone(),
            out_refund_no: self.out_refund_no().map(str::to_owned),
            amount_minor: self.amount_minor(),
            outcome,
            is_answer_lost,
        }
    }

    fn read(&self) -> Option<&Request> {
        self.asked.as_ref().and_then(|asked| asked.as_ref().ok())
    }

    fn out_refund_no(&self) -> Option<&str> {
        match self.read()? {
            Request::SubmitRefund(request) => Some(request.out_refund_no.as_str()),
            Request::QueryRefunds(RefundQuery { about: About::OutRefundNo(number), .. }) => {
                Some(number.as_str())
            }
            _ => None,
        }
    }

    fn amount_minor(&self) -> Option<i64> {
        match self.read()? {
            Request::SubmitRefund(request) => Some(request.amount.refund().minor()),
            Request::PlaceOrder(request) => Some(request.total.minor()),
            _ => None,
        }
    }
}

impl Request {
    fn read(call: Call, message: &Message) -> Result<Request, MessageError> {
        Ok(match call {
            Call::SubmitRefund => Request::SubmitRefund(SubmitRequest::read(message)?),
            Call::QueryRefunds => Request::QueryRefunds(RefundQuery::read(message)?),
            Call::QuickPay => Request::PlaceOrder(OrderRequest::read(true, message)?),
            Call::PlaceOrder => Request::PlaceOrder(OrderRequest::read(false, message)?),
            Call::QueryOrder => Request::QueryOrder(OrderQuery::read(message)?),
            Call::CloseOrder => Request::CloseOrder(CloseRequest::read(message)?),
            Call::ReverseOrder => Request::ReverseOrder(OrderQuery::read(message)?),
            Call::RedPacket | Call::QueryRedPacket | Call::Transfer | Call::QueryTransfer => {
                super::accounts::check_fields(call, message)?;
                Request::Account { is_question: matches!(call, Call::QueryRedPacket | Call::QueryTransfer) }
            }
        })
    }
}
