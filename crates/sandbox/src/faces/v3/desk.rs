//! Where a request that was let in is carried out.

use jiff::{SignedDuration, Timestamp};
use platform::chance::Chance;
use platform::platform::Platform;
use platform::world::{Merchant as Known, Mode};
use wechatpay::ids::{Appid, Mchid};
use wechatpay::v3::caller::{Caller, Region};

use crate::keyring::Keyring;

use super::answer::Answer;
use super::errors::Refusal;
use super::language::Language;
use super::route::Request;
use super::settings::FaceSettings;

/// Everything that serves one request.
pub(crate) struct Desk<'a> {
    pub(crate) platform: &'a mut Platform,
    pub(crate) keyring: &'a Keyring,
    pub(crate) settings: &'a FaceSettings,
    pub(crate) chance: Chance,
    /// Who signed.
    pub(crate) signer: Mchid,
    /// Names the request in draws.
    pub(crate) name: String,
    pub(crate) language: Language,
    pub(crate) now: Timestamp,
    /// A refund accepted less than this ago is not found yet.
    pub(crate) behind: SignedDuration,
}

impl Desk<'_> {
    /// Carries `request` out.
    pub(crate) fn serve(&mut self, request: Request) -> Result<Answer, Refusal> {
        self.may_ask(&request)?;
        match request {
            Request::Certificates { .. } => self.certificates(),
            Request::SubmitRefund(request) => self.submit_refund(&request),
            Request::QueryRefunds(query) => self.query_refunds(&query),
            Request::PlaceOrder(request) => self.place_order(request),
            Request::QueryOrder(named) => self.query_order(&named),
            Request::CloseOrder(named) => self.close_order(&named),
            Request::RevokeOrder(named) => self.revoke_order(&named),
            Request::Statement(request) => self.statement(&request),
            Request::Settlements(query) => self.settlements(&query),
        }
    }

    /// Whether the signer may ask this at all: on its own branch, for itself, with its own app id.
    fn may_ask(&self, request: &Request) -> Result<(), Refusal> {
        let (region, mchid) = request.addressed();
        if mchid.is_some_and(|mchid| mchid != self.signer) {
            return Err(Refusal::OtherMerchant);
        }
        // Merchants with keys that are no merchants of the world are turned away by the platform.
        let Some(known) = self.platform.world().merchants.get(&self.signer) else { return Ok(()) };
        if region_of(known) != region {
            return Err(Refusal::OtherBranch(region));
        }
        let caller = match request {
            Request::SubmitRefund(request) => Some(&request.caller),
            Request::PlaceOrder(request) => Some(&request.caller),
            _ => None,
        };
        match caller.and_then(appid_of) {
            Some(appid) if *appid != known.appid => Err(Refusal::OtherAppid),
            _ => Ok(()),
        }
    }
}

/// The branch to which a merchant belongs.
pub(crate) fn region_of(merchant: &Known) -> Region {
    match merchant.mode {
        Mode::Direct | Mode::Institution => Region::Global,
        Mode::Mainland => Region::Mainland,
    }
}

/// The app id of the merchant that signs.
fn appid_of(caller: &Caller) -> Option<&Appid> {
    match caller {
        Caller::Direct { appid, .. } => Some(appid),
        Caller::Institution { sp_appid, .. } => Some(sp_appid),
        Caller::Mainland { appid, .. } => appid.as_ref(),
    }
}
