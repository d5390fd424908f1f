//! Notifications: what the platform posts when a refund ends or an order is paid.
//!
//! A payment's notification is signed. A refund's is not: it is encrypted under the API key, in a mode without a seal,
//! and that it opens is all there is to say for it. So [`RefundHint`] is a hint and no proof: it says which refund to
//! ask about, and the query has the word. While a key is being changed, the previous one is tried as well.
//! Source: [v2-notification], [v2-payment], \[inferred\].

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;

use crate::ids::{Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use crate::money::Currency;
use crate::v3::order::record::Order;
use crate::v3::words::{FundSource, RefundStatus};

use super::answer::Layers;
use super::caller::Caller;
use super::key::ApiV2Key;
use super::message::{Message, MessageError};
use super::order;
use super::refund::record::{RECEIVING_ACCOUNT, status_text};
use super::sign::{Nonce, SignType, SignViolation, verify};
use super::time;
use super::xml::XmlWriter;

/// The root of what is encrypted.
const ROOT: &str = "root";

/// Why a notification tells nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotificationError {
    /// What was posted is not as documented.
    #[error("the notification: {0}")]
    Message(#[from] MessageError),
    /// `req_info` is not Base64.
    #[error("req_info is not Base64")]
    NotBase64,
    /// Another key, or other bytes.
    #[error("req_info does not open with this key")]
    WrongKey,
    /// What was encrypted is not as documented; mostly it was another key after all.
    #[error("what req_info holds: {0}")]
    Opened(#[source] MessageError),
    /// A payment whose signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignViolation),
    /// A payment that says of itself that it is none.
    #[error("the notification reports no payment")]
    NoPayment,
}

/// A notification as it was posted: nothing of it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Posted {
    /// Of a refund, encrypted.
    Refund(SealedRefund),
    /// Of a payment, not verified.
    Payment(UnverifiedPayment),
}

impl Posted {
    /// The notification in `body`: with `req_info` it is a refund's.
    pub fn parse(body: &[u8]) -> Result<Posted, NotificationError> {
        let message = Message::parse(body)?;
        let mchid = message.parsed("mch_id", Mchid::parse)?;
        Ok(match message.optional_text("req_info")? {
            Some(req_info) => {
                let sub_mchid = message.optional_parsed("sub_mch_id", SubMchid::parse)?;
                Posted::Refund(SealedRefund { mchid, sub_mchid, req_info: req_info.to_owned() })
            }
            None => Posted::Payment(UnverifiedPayment { mchid, message }),
        })
    }

    /// The merchant id it names, which says whose key to take.
    pub fn mchid(&self) -> &Mchid {
        match self {
            Posted::Refund(sealed) => &sealed.mchid,
            Posted::Payment(payment) => &payment.mchid,
        }
    }
}

/// The notification of a refund before it is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedRefund {
    /// Whose key opens it.
    pub mchid: Mchid,
    /// The sub-merchant it names. Nothing vouches for that.
    pub sub_mchid: Option<SubMchid>,
    req_info: String,
}

impl SealedRefund {
    /// What is inside, if `key` opens it.
    pub fn open(&self, key: &ApiV2Key) -> Result<RefundHint, NotificationError> {
        let bytes = BASE64.decode(&self.req_info).map_err(|_| NotificationError::NotBase64)?;
        let text = key.decrypt(&bytes).ok_or(NotificationError::WrongKey)?;
        let read = || RefundHint::read(&Message::below(ROOT, &text)?);
        read().map_err(NotificationError::Opened)
    }
}

/// What a refund's notification claims. Amounts are in minor units of the order's price currency, which is not said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundHint {
    /// The refund's number at WeChat Pay. Like all the rest it may lack; nothing hangs on it.
    pub refund_id: Option<RefundId>,
    /// The refund's number at the merchant.
    pub out_refund_no: OutRefundNo,
    /// The order's number at WeChat Pay.
    pub transaction_id: Option<TransactionId>,
    /// The order's number at the merchant.
    pub out_trade_no: Option<OutTradeNo>,
    /// How far the refund is said to be.
    pub status: RefundStatus,
    /// When the payer had the money; on a success only.
    pub success_time: Option<Timestamp>,
    /// Where the money went, in words.
    pub recv_account: Option<String>,
    /// Where the money came from.
    pub fund_source: Option<FundSource>,
    /// The refund.
    pub refund_minor: Option<i64>,
    /// The order.
    pub total_minor: Option<i64>,
    /// What the payer gets, in CNY fen unless the payer's currency is another; not always told.
    pub payer_refund_minor: Option<i64>,
    /// Who asked for it: `API`, or `VENDOR_PLATFORM` for one made by hand, which a gateway may never have heard of.
    pub request_source: Option<String>,
}

impl RefundHint {
    fn read(message: &Message) -> Result<RefundHint, MessageError> {
        Ok(RefundHint {
            refund_id: message.optional_parsed("refund_id", RefundId::parse)?,
            out_refund_no: message.parsed("out_refund_no", OutRefundNo::parse)?,
            transaction_id: message.optional_parsed("transaction_id", TransactionId::parse)?,
            out_trade_no: message.optional_parsed("out_trade_no", OutTradeNo::parse)?,
            status: RefundStatus::parse(message.text("refund_status")?),
            success_time: message.optional_instant("success_time")?,
            recv_account: message.optional_text(RECEIVING_ACCOUNT)?.map(str::to_owned),
            fund_source: message.optional_text("refund_account")?.map(FundSource::parse),
            refund_minor: message.optional_integer("refund_fee")?,
            total_minor: message.optional_integer("total_fee")?,
            payer_refund_minor: message.optional_integer("cash_refund_fee")?,
            request_source: message.optional_text("refund_request_source")?.map(str::to_owned),
        })
    }

    fn render(&self) -> String {
        let (text, _) = XmlWriter::render(ROOT, |xml| {
            xml.text("out_refund_no", self.out_refund_no.as_str());
            xml.optional_text("out_trade_no", self.out_trade_no.as_ref().map(OutTradeNo::as_str));
            xml.optional_text("refund_account", self.fund_source.as_ref().map(FundSource::as_str));
            xml.optional_integer("refund_fee", self.refund_minor);
            xml.optional_text("refund_id", self.refund_id.as_ref().map(RefundId::as_str));
            xml.optional_text(RECEIVING_ACCOUNT, self.recv_account.as_deref());
            xml.optional_text("refund_request_source", self.request_source.as_deref());
            xml.text("refund_status", status_text(&self.status));
            // Without coupons what is settled is what was asked for.
            xml.optional_integer("settlement_refund_fee", self.refund_minor);
            xml.optional_integer("settlement_total_fee", self.total_minor);
            xml.optional_text("success_time", self.success_time.map(time::render).as_deref());
            xml.optional_integer("total_fee", self.total_minor);
            xml.optional_integer("cash_refund_fee", self.payer_refund_minor);
            xml.optional_text("transaction_id", self.transaction_id.as_ref().map(TransactionId::as_str));
        });
        text
    }

    /// The notification that is posted to `caller`; `None` if the cryptographic library fails.
    pub fn post(&self, caller: &Caller, nonce: &Nonce, key: &ApiV2Key) -> Option<String> {
        let req_info = BASE64.encode(key.encrypt(&self.render())?);
        let (text, _) = XmlWriter::render("xml", |xml| {
            xml.text("return_code", "SUCCESS");
            caller.write(xml);
            xml.text("nonce_str", nonce.as_str());
            xml.text("req_info", &req_info);
        });
        Some(text)
    }
}

/// The notification of a payment before its signature was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnverifiedPayment {
    /// Whose key signed it.
    pub mchid: Mchid,
    message: Message,
}

impl UnverifiedPayment {
    /// The paid order, if `key` signed the notification in the way its `sign_type` says, or else in the way the length
    /// of its signature tells.
    pub fn verify(&self, key: &ApiV2Key) -> Result<Order, NotificationError> {
        verify(&self.message, self.sign_type()?, key)?;
        match Layers::read(&self.message)? {
            // Without a currency it is CNY. [v2-parameters]
            Layers::Success => Ok(order::record::read(&self.message, Currency::CNY)?),
            Layers::Failure(_) => Err(NotificationError::NoPayment),
        }
    }

    fn sign_type(&self) -> Result<SignType, MessageError> {
        const HMAC_LENGTH: usize = 64;
        let length = self.message.optional_text("sign")?.map(str::len);
        match self.message.optional_text("sign_type")? {
            Some(_) => SignType::of(&self.message),
            None if length == Some(HMAC_LENGTH) => Ok(SignType::HmacSha256),
            None => Ok(SignType::Md5),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::Appid;
    use crate::v2::order::record::OrderPlace;
    use crate::v3::testdata;
    use crate::v3::words::TradeState;

    fn key() -> ApiV2Key {
        ApiV2Key::parse("TidegateTestOnlyApiV2Key00000000").unwrap()
    }

    fn caller() -> Caller {
        Caller::Institution {
            mchid: Mchid::parse("1900000100").unwrap(),
            appid: Appid::parse("wx1").unwrap(),
            sub_mchid: SubMchid::parse("1900000109").unwrap(),
            sub_appid: None,
        }
    }

    fn hint(status: RefundStatus) -> RefundHint {
        RefundHint {
            refund_id: Some(RefundId::parse("50").unwrap()),
            out_refund_no: OutRefundNo::parse("R|1").unwrap(),
            transaction_id: Some(TransactionId::parse("42").unwrap()),
            out_trade_no: Some(OutTradeNo::parse("T1").unwrap()),
            success_time: (status == RefundStatus::Success).then(|| "2018-09-07T08:10:30Z".parse().unwrap()),
            status,
            recv_account: Some("支付用户零钱".to_owned()),
            fund_source: Some(FundSource::UnsettledFunds),
            refund_minor: Some(500),
            total_minor: Some(888),
            payer_refund_minor: Some(3604),
            request_source: Some("API".to_owned()),
        }
    }

    fn posted(hint: &RefundHint) -> String {
        hint.post(&caller(), &Nonce::parse("N1").unwrap(), &key()).unwrap()
    }

    fn sealed(body: &str) -> SealedRefund {
        match Posted::parse(body.as_bytes()).unwrap() {
            Posted::Refund(sealed) => sealed,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_end_of_a_refund_comes_through() {
        for status in [RefundStatus::Success, RefundStatus::Abnormal, RefundStatus::Closed] {
            let body = posted(&hint(status.clone()));
            assert_eq!(Posted::parse(body.as_bytes()).unwrap().mchid().as_str(), "1900000100");
            let sealed = sealed(&body);
            assert_eq!(sealed.sub_mchid.as_ref().map(SubMchid::as_str), Some("1900000109"));
            assert_eq!(sealed.open(&key()), Ok(hint(status)));
        }
    }

    #[test]
    fn what_openssl_encrypted_opens() {
        let req_info = testdata::read("req_info.base64");
        let body =
            format!("<xml><mch_id>1900000100</mch_id><req_info>{}</req_info></xml>", req_info.trim_end());
        let hint = sealed(&body).open(&key()).unwrap();
        assert_eq!((hint.out_refund_no.as_str(), hint.refund_minor), ("R|1", Some(500)));
        assert_eq!((hint.status, hint.refund_id), (RefundStatus::Abnormal, None));
    }

    #[test]
    fn another_key_opens_nothing() {
        let sealed = sealed(&posted(&hint(RefundStatus::Success)));
        for letter in ["a", "b", "c"] {
            let error = sealed.open(&ApiV2Key::parse(&letter.repeat(32)).unwrap()).unwrap_err();
            assert!(matches!(error, NotificationError::WrongKey | NotificationError::Opened(_)), "{error}");
        }
    }

    #[test]
    fn what_is_inside_is_as_guarded_as_what_is_outside() {
        for (inside, opened) in [
            ("<!DOCTYPE root><root></root>", true),
            ("<xml></xml>", true),
            ("<root><refund_id>1</refund_id><refund_id>2</refund_id></root>", true),
            ("", true),
        ] {
            let req_info = BASE64.encode(key().encrypt(inside).unwrap());
            let body = format!("<xml><mch_id>19</mch_id><req_info>{req_info}</req_info></xml>");
            let error = sealed(&body).open(&key()).unwrap_err();
            assert_eq!(matches!(error, NotificationError::Opened(_)), opened, "{inside}: {error}");
        }
        let body = "<xml><mch_id>19</mch_id><req_info>*</req_info></xml>";
        assert_eq!(sealed(body).open(&key()), Err(NotificationError::NotBase64));
    }

    #[test]
    fn a_payment_counts_when_it_is_signed_and_says_so() {
        let body = "<xml><out_trade_no>T1</out_trade_no><total_fee>888</total_fee></xml>";
        let order = order::record::read(&Message::parse(body.as_bytes()).unwrap(), Currency::CNY).unwrap();
        let nonce = Nonce::parse("N1").unwrap();
        for sign_type in [SignType::Md5, SignType::HmacSha256] {
            let body = order::record::render(&order, OrderPlace::Payment, sign_type, &caller(), None)
                .sign(&nonce, &key());
            let payment = |body: &str| match Posted::parse(body.as_bytes()).unwrap() {
                Posted::Payment(payment) => payment.verify(&key()),
                other => panic!("{other:?}"),
            };
            let paid = payment(&body).unwrap();
            assert_eq!((paid.trade_state, paid.amount), (TradeState::Success, order.amount.clone()));
            let forged = payment(&body.replace("888", "889"));
            assert_eq!(forged, Err(NotificationError::Signature(SignViolation::Wrong)));
            let unsigned = payment(&body.replace("sign>", "gone>"));
            assert_eq!(unsigned, Err(NotificationError::Signature(SignViolation::Unsigned)));
        }
    }

    proptest! {
        #[test]
        fn any_bytes_inside_are_a_hint_or_an_error(inside in any::<String>(), bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            for req_info in [BASE64.encode(key().encrypt(&inside).unwrap()), BASE64.encode(&bytes)] {
                let body = format!("<xml><mch_id>19</mch_id><req_info>{req_info}</req_info></xml>");
                if let Ok(Posted::Refund(sealed)) = Posted::parse(body.as_bytes()) {
                    prop_assert!(sealed.open(&key()).is_err());
                }
            }
        }
    }
}
