//! A request as far as it is understood before the platform sees it.

use jiff::Timestamp;
use wechatpay::ids::{Mchid, OutRefundNo};
use wechatpay::keys::KeyName;
use wechatpay::v3::json::MessageError;
use wechatpay::v3::target::Target;

use crate::faces::v2::certificate;
use crate::faults::Seen;
use crate::record::{Entry, Outcome, Verdict, kept_body};
use crate::scene::Arrived;

use super::errors::Refusal;
use super::gate::Gate;
use super::language::Language;
use super::route::{Call, Request};

/// A request, read.
pub(crate) struct Arrival<'a> {
    arrived: &'a Arrived,
    gate: &'a Gate,
    /// Counts arrivals.
    pub(crate) n: u64,
    /// When it arrived.
    pub(crate) at: Timestamp,
    /// In which language it is answered.
    pub(crate) language: Language,
    call: Option<Call>,
    asked: Asked,
}

/// What a request asks.
enum Asked {
    /// Something that nothing is served for, or that has no caller.
    Nothing,
    /// Something that cannot be read.
    Unreadable(MessageError),
    /// This.
    Request(Request),
}

impl<'a> Arrival<'a> {
    /// The `n`-th request; `language` is that of those who ask for none.
    pub(crate) fn new(
        arrived: &'a Arrived,
        gate: &'a Gate,
        n: u64,
        at: Timestamp,
        language: Language,
    ) -> Arrival<'a> {
        let target = Target::parse(&arrived.target);
        let call = target.as_ref().ok().and_then(|target| Call::of(&arrived.method, target));
        let asked = match (target, call, &gate.caller) {
            (Ok(target), Some(call), Some(signer)) => match Request::read(call, &target, arrived, signer) {
                Ok(Some(request)) => Asked::Request(request),
                Ok(None) => Asked::Nothing,
                Err(error) => Asked::Unreadable(error),
            },
            _ => Asked::Nothing,
        };
        let accepted = arrived.header("Accept-Language").and_then(Language::accepted);
        Arrival { arrived, gate, n, at, language: accepted.unwrap_or(language), call, asked }
    }

    /// Who asks what, if it is let in.
    pub(crate) fn request(&self) -> Result<(Mchid, Request), Refusal> {
        let call = self.call.ok_or(Refusal::UnknownPath)?;
        self.gate.verdict.clone().map_err(Refusal::Gate)?;
        match (&self.asked, &self.gate.caller) {
            (Asked::Request(request), Some(caller)) => Ok((caller.clone(), request.clone())),
            (Asked::Unreadable(error), _) => {
                Err(Refusal::Unreadable { error: error.clone(), location: call.location_of(error) })
            }
            (Asked::Nothing, _) | (Asked::Request(_), None) => Err(Refusal::UnknownPath),
        }
    }

    /// The request as rules of faults see it.
    pub(crate) fn seen(&self) -> Seen<'_> {
        Seen {
            n: self.n,
            mchid: self.gate.caller.as_ref().map(Mchid::as_str),
            call: self.call_name().unwrap_or("unknown"),
            out_refund_no: self.out_refund_no().map(OutRefundNo::as_str),
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
            client_serial: certificate::serial(self.arrived.client_certificate.as_deref()),
            caller: self.gate.caller.as_ref().map(Mchid::to_string),
            serial_no: self.gate.serial_no.as_ref().map(KeyName::to_string),
            call: self.call_name().map(str::to_owned),
            verdict: match &self.gate.verdict {
                Ok(()) => Verdict::Genuine,
                Err(refusal) => Verdict::Refused(refusal.to_string()),
            },
            expected_text: self.gate.expected_text.clone(),
            out_refund_no: self.out_refund_no().map(OutRefundNo::to_string),
            amount_minor: self.amount_minor(),
            outcome,
            is_answer_lost,
        }
    }

    fn read(&self) -> Option<&Request> {
        match &self.asked {
            Asked::Request(request) => Some(request),
            Asked::Nothing | Asked::Unreadable(_) => None,
        }
    }

    fn out_refund_no(&self) -> Option<&OutRefundNo> {
        self.read().and_then(Request::out_refund_no)
    }

    fn amount_minor(&self) -> Option<i64> {
        self.read().and_then(Request::amount_minor)
    }

    fn call_name(&self) -> Option<&'static str> {
        self.call.map(Call::name)
    }
}
