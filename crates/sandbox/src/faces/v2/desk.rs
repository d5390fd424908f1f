//! Where a request that was let in is carried out.

use jiff::{SignedDuration, Timestamp};
use platform::chance::Chance;
use platform::platform::Platform;
use platform::refund::Refund;
use wechatpay::ids::{Appid, Mchid};
use wechatpay::v2::caller::Caller;
use wechatpay::v2::sign::SignType;

use super::answer::Answer;
use super::arrival::Request;
use super::asked::AskedByV2;
use super::errors::Refusal;

/// Everything that serves one request.
pub(crate) struct Desk<'a> {
    pub(crate) platform: &'a mut Platform,
    pub(crate) asked: &'a mut AskedByV2,
    pub(crate) chance: Chance,
    pub(crate) sign_type: SignType,
    pub(crate) now: Timestamp,
    /// A refund accepted less than this ago is not found yet.
    pub(crate) behind: SignedDuration,
}

impl Desk<'_> {
    /// Carries `request` of `mchid` out.
    pub(crate) fn serve(&mut self, mchid: &Mchid, request: &Request) -> Result<Answer, Refusal> {
        if let Some(caller) = caller_of(request) {
            self.has_appid(mchid, caller.appid())?;
        }
        match request {
            Request::SubmitRefund(request) => self.submit_refund(request),
            Request::QueryRefunds(query) => self.query_refunds(query),
            Request::PlaceOrder(request) => self.place_order(request),
            Request::QueryOrder(query) => self.query_order(query),
            Request::CloseOrder(request) => self.close_order(request),
            Request::ReverseOrder(request) => self.reverse_order(request),
            Request::Account { is_question: true } => Err(Refusal::NeverSent),
            Request::Account { is_question: false } => Err(Refusal::NoFunds),
        }
    }

    /// Merchants with keys that are no merchants of the world are turned away by the platform.
    fn has_appid(&self, mchid: &Mchid, appid: &Appid) -> Result<(), Refusal> {
        match self.platform.world().merchants.get(mchid) {
            Some(known) if known.appid != *appid => Err(Refusal::OtherAppid),
            _ => Ok(()),
        }
    }

    /// Questions may be answered from a copy that is a little behind.
    pub(crate) fn is_known_yet(&self, refund: &Refund) -> bool {
        self.behind.is_zero() || self.now.duration_since(refund.accepted_at) >= self.behind
    }
}

fn caller_of(request: &Request) -> Option<&Caller> {
    match request {
        Request::SubmitRefund(request) => Some(&request.caller),
        Request::QueryRefunds(query) => Some(&query.caller),
        Request::PlaceOrder(request) => Some(&request.caller),
        Request::QueryOrder(query) | Request::ReverseOrder(query) => Some(&query.caller),
        Request::CloseOrder(request) => Some(&request.caller),
        Request::Account { .. } => None,
    }
}
