//! Notifications: what the platform posts when a refund ends or an order is paid.
//!
//! The way in is one line of steps, each the only entrance to the next: verified bytes
//! ([`super::verify::PlatformKeys::verify`]), the envelope, the opened resource. What comes out is news, not the result:
//! the query has the last word. Source: [global-refund-notification], [mainland-notification].

use jiff::Timestamp;

use crate::ids::{OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::keys::ApiV3Key;

use super::caller::{Merchant, Region};
use super::json::{Fields, Message, MessageError, ObjectWriter};
use super::order::record::Order;
use super::refund::record::{RecordedAmount, keys_of, refund_id};
use super::resource::{ResourceError, SealedResource};
use super::verify::Verified;
use super::words::{Event, FundSource, RefundStatus, TradeState};

const RESOURCE_TYPE: &str = "encrypt-resource";
/// What the resource of a refund's notification says it is.
pub const REFUND: &str = "refund";
/// What the resource of a payment's notification says it is.
pub const TRANSACTION: &str = "transaction";

/// The body with which a notification is taken.
pub const TAKEN: &str = r#"{"code":"SUCCESS","message":"成功"}"#;

/// The body with which a notification is not taken, so that it comes again.
pub fn not_taken(message: &str) -> String {
    ObjectWriter::render(|object| {
        object.text("code", "FAIL");
        object.text("message", message);
    })
}

/// Why a verified notification cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotificationError {
    /// The envelope is not as documented.
    #[error("the notification: {0}")]
    Envelope(#[source] MessageError),
    /// The resource does not open.
    #[error(transparent)]
    Sealed(#[from] ResourceError),
    /// The opened resource is not as documented.
    #[error("the notification's resource: {0}")]
    Resource(#[source] MessageError),
}

/// A notification as it is posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Its own id, the same whenever it is delivered again.
    pub id: String,
    /// When it was made.
    pub create_time: Timestamp,
    /// What it reports.
    pub event: Event,
    /// The same in words.
    pub summary: String,
    /// `refund` or `transaction`.
    pub original_type: String,
    /// What happened, sealed.
    pub resource: SealedResource,
}

impl Envelope {
    /// The envelope in `body`.
    pub fn parse(body: &[u8]) -> Result<Envelope, MessageError> {
        let message = Message::parse(body)?;
        let fields = message.fields();
        if fields.text("resource_type")? != RESOURCE_TYPE {
            return Err(fields.bad_value("resource_type", format_args!("is not {RESOURCE_TYPE}")));
        }
        let resource = fields.object("resource")?;
        Ok(Envelope {
            id: fields.text("id")?.to_owned(),
            create_time: fields.instant("create_time")?,
            event: Event::parse(fields.text("event_type")?),
            summary: fields.optional_text("summary")?.unwrap_or_default().to_owned(),
            original_type: resource.optional_text("original_type")?.unwrap_or_default().to_owned(),
            resource: SealedResource::read(&resource)?,
        })
    }

    /// The body that is posted.
    pub fn render(&self) -> String {
        ObjectWriter::render(|object| {
            object.text("id", &self.id);
            object.optional_instant("create_time", Some(self.create_time));
            object.text("resource_type", RESOURCE_TYPE);
            object.text("event_type", self.event.as_str());
            object.text("summary", &self.summary);
            object.object("resource", |object| {
                object.text("original_type", &self.original_type);
                self.resource.write(object);
            });
        })
    }

    /// Whether it is about a refund, by either of the places that say so.
    fn is_about_a_refund(&self) -> bool {
        self.original_type == REFUND || self.event.as_str().starts_with("REFUND.")
    }
}

/// A notification, opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Its own id, the same whenever it is delivered again.
    pub id: String,
    /// When it was made.
    pub create_time: Timestamp,
    /// What it reports.
    pub event: Event,
    /// What happened.
    pub news: News,
}

/// What a notification tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Of a refund.
    Refund(RefundNews),
    /// Of a paid order.
    Payment(Order),
    /// Of something else, such as a test of the connection; its resource was not opened.
    Other,
}

/// What a refund's notification tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundNews {
    /// Whose refund. One institution's key opens the news of all its sub-merchants, so this must be looked at.
    pub merchant: Option<Merchant>,
    /// The refund's number at WeChat Pay.
    pub refund_id: RefundId,
    /// The refund's number at the merchant.
    pub out_refund_no: OutRefundNo,
    /// The order's number at WeChat Pay.
    pub transaction_id: Option<TransactionId>,
    /// The order's number at the merchant.
    pub out_trade_no: Option<OutTradeNo>,
    /// How far the refund is.
    pub status: RefundStatus,
    /// When the payer had the money; on a success only.
    pub success_time: Option<Timestamp>,
    /// Where the money went, in words.
    pub recv_account: Option<String>,
    /// Where the money came from.
    pub fund_source: Option<FundSource>,
    /// The amounts.
    pub amount: RecordedAmount,
}

impl Notification {
    /// The notification in verified bytes, its resource opened with the merchant's APIv3 key.
    pub fn open(
        region: Region,
        verified: &Verified<'_>,
        key: &ApiV3Key,
    ) -> Result<Notification, NotificationError> {
        let envelope = Envelope::parse(verified.body()).map_err(NotificationError::Envelope)?;
        let news = News::open(region, &envelope, key)?;
        Ok(Notification { id: envelope.id, create_time: envelope.create_time, event: envelope.event, news })
    }

    /// Whether the event and what is inside say the same. If not, only a query can tell what happened.
    pub fn agrees(&self) -> bool {
        match &self.news {
            News::Refund(refund) => Event::of(&refund.status).as_ref() == Some(&self.event),
            News::Payment(order) => {
                self.event == Event::TransactionSuccess && order.trade_state == TradeState::Success
            }
            News::Other => true,
        }
    }
}

impl News {
    fn open(region: Region, envelope: &Envelope, key: &ApiV3Key) -> Result<News, NotificationError> {
        let about_a_refund = envelope.is_about_a_refund();
        if !about_a_refund && envelope.event != Event::TransactionSuccess {
            return Ok(News::Other);
        }
        let text = envelope.resource.open(key)?;
        let read = || {
            let message = Message::parse(text.as_bytes())?;
            match about_a_refund {
                true => RefundNews::read(region, &message.fields()).map(News::Refund),
                false => Order::read(region, &message.fields()).map(News::Payment),
            }
        };
        read().map_err(NotificationError::Resource)
    }
}

impl RefundNews {
    fn read(region: Region, fields: &Fields<'_>) -> Result<RefundNews, MessageError> {
        let (account_key, source_key) = keys_of(region);
        Ok(RefundNews {
            merchant: Merchant::read_if_named(fields)?,
            refund_id: refund_id(fields)?,
            out_refund_no: fields.parsed("out_refund_no", OutRefundNo::parse)?,
            transaction_id: fields.optional_parsed("transaction_id", TransactionId::parse)?,
            out_trade_no: fields.optional_parsed("out_trade_no", OutTradeNo::parse)?,
            status: RefundStatus::parse(fields.text("refund_status")?),
            success_time: fields.optional_instant("success_time")?,
            recv_account: fields.optional_text(account_key)?.map(str::to_owned),
            fund_source: fields.optional_text(source_key)?.map(FundSource::parse),
            amount: RecordedAmount::read(region, &fields.object("amount")?)?,
        })
    }

    /// The text of the resource before it is sealed.
    pub fn render(&self, region: Region) -> String {
        let (account_key, source_key) = keys_of(region);
        ObjectWriter::render(|object| {
            if let Some(merchant) = &self.merchant {
                merchant.write(object);
            }
            object.optional_text("transaction_id", self.transaction_id.as_ref().map(TransactionId::as_str));
            object.optional_text("out_trade_no", self.out_trade_no.as_ref().map(OutTradeNo::as_str));
            object.text("refund_id", self.refund_id.as_str());
            object.text("out_refund_no", self.out_refund_no.as_str());
            object.text("refund_status", self.status.as_str());
            object.optional_instant("success_time", self.success_time);
            object.optional_text(account_key, self.recv_account.as_deref());
            object.optional_text(source_key, self.fund_source.as_ref().map(FundSource::as_str));
            object.object("amount", |object| self.amount.write(region, object));
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::{Mchid, SubMchid};
    use crate::money::{Currency, Money};
    use crate::v3::order::record::OrderPlace;
    use crate::v3::refund::record::ExchangeRate;
    use crate::v3::sign::{Nonce, SignatureHeaders};
    use crate::v3::testdata;
    use crate::v3::words::RateType;

    const SIGNED_AT: i64 = 1_754_102_700;

    fn key() -> ApiV3Key {
        ApiV3Key::parse(testdata::API_V3_KEY).unwrap()
    }

    fn news(status: RefundStatus) -> RefundNews {
        RefundNews {
            merchant: Some(Merchant::SubMerchant {
                sp_mchid: Mchid::parse("1900000100").unwrap(),
                sub_mchid: SubMchid::parse("1900000109").unwrap(),
            }),
            refund_id: RefundId::parse("50201308462021060109285031309").unwrap(),
            out_refund_no: OutRefundNo::parse("RF-1").unwrap(),
            transaction_id: Some(TransactionId::parse("4200000349202508025069555683").unwrap()),
            out_trade_no: Some(OutTradeNo::parse("T1").unwrap()),
            success_time: Some("2025-08-02T10:45:00+08:00".parse().unwrap()),
            status,
            recv_account: Some("支付用户零钱".to_owned()),
            fund_source: Some(FundSource::UnsettledFunds),
            amount: RecordedAmount {
                refund: Money::new(500, Currency::USD),
                payer_refund: Some(Money::fen(3604)),
                total: Some(Money::new(888, Currency::USD)),
                payer_total: Some(Money::fen(6400)),
                exchange_rate: Some(ExchangeRate { kind: RateType::UserpaymentRate, rate: 720_720_721 }),
            },
        }
    }

    fn envelope(event: Event, original_type: &str, text: &str) -> Envelope {
        Envelope {
            id: "EV-2018022511223320873".to_owned(),
            create_time: "2025-08-02T10:45:00+08:00".parse().unwrap(),
            event,
            summary: "退款成功".to_owned(),
            original_type: original_type.to_owned(),
            resource: SealedResource::seal(&key(), "nonce-123456", original_type, text).unwrap(),
        }
    }

    /// Posts `body` with the platform's signature and takes it in.
    fn post(region: Region, body: &str) -> Result<Notification, NotificationError> {
        let (signer, serial) = (testdata::platform_key(), testdata::platform_serial());
        let nonce = Nonce::parse("N1").unwrap();
        let headers = SignatureHeaders::sign(&signer, &serial, SIGNED_AT, &nonce, body.as_bytes()).unwrap();
        let now = Timestamp::from_second(SIGNED_AT + 5).unwrap();
        let keys = testdata::platform_keys();
        let verified = keys.verify(|name| headers.get(name), body.as_bytes(), now).unwrap();
        Notification::open(region, &verified, &key())
    }

    #[test]
    fn every_refund_event_comes_through_verified_opened_and_read() {
        for status in [RefundStatus::Success, RefundStatus::Closed, RefundStatus::Abnormal] {
            let news = news(status.clone());
            let event = Event::of(&status).unwrap();
            let body = envelope(event.clone(), REFUND, &news.render(Region::Global)).render();
            let notification = post(Region::Global, &body).unwrap();
            assert!(notification.agrees(), "{status:?}");
            assert_eq!((notification.event, notification.news), (event, News::Refund(news)));
        }
    }

    #[test]
    fn mainland_news_have_their_own_names_and_no_currency() {
        let text = r#"{"mchid":"1900000001","transaction_id":"1","out_trade_no":"T1","refund_id":"5","out_refund_no":"R1",
            "refund_status":"SUCCESS","success_time":"2025-08-02T10:45:00+08:00","user_received_account":"招商银行信用卡0403",
            "amount":{"total":999,"refund":900,"payer_total":999,"payer_refund":899}}"#;
        let body = envelope(Event::RefundSuccess, REFUND, text).render();
        let News::Refund(news) = post(Region::Mainland, &body).unwrap().news else { panic!("no refund") };
        assert_eq!(news.amount.refund, Money::fen(900));
        assert_eq!(news.amount.payer_refund, Some(Money::fen(899)));
        assert_eq!(news.recv_account.as_deref(), Some("招商银行信用卡0403"));
        let body = envelope(Event::RefundSuccess, REFUND, &news.render(Region::Mainland)).render();
        assert_eq!(post(Region::Mainland, &body).unwrap().news, News::Refund(news));
    }

    #[test]
    fn event_and_status_that_differ_are_noticed() {
        for (event, status) in [
            (Event::RefundSuccess, RefundStatus::Closed),
            (Event::RefundClosed, RefundStatus::Success),
            (Event::RefundAbnormal, RefundStatus::Processing),
            (Event::Other("REFUND.NEW".into()), RefundStatus::Success),
            (Event::TransactionSuccess, RefundStatus::Success),
            (Event::RefundSuccess, RefundStatus::Other("NEW".into())),
        ] {
            let body = envelope(event, REFUND, &news(status).render(Region::Global)).render();
            assert!(!post(Region::Global, &body).unwrap().agrees(), "{body}");
        }
    }

    #[test]
    fn a_payment_is_an_order() {
        let text = r#"{"mchid":"1900000001","transaction_id":"42000003","out_trade_no":"T1","trade_state":"SUCCESS",
            "amount":{"total":888,"currency":"USD","payer_total":6400,"payer_currency":"CNY"}}"#;
        let body = envelope(Event::TransactionSuccess, TRANSACTION, text).render();
        let notification = post(Region::Global, &body).unwrap();
        assert!(notification.agrees());
        let News::Payment(order) = notification.news else { panic!("no payment") };
        assert!(
            order
                .render(Region::Global, OrderPlace::Notification)
                .contains("\"transaction_id\":\"42000003\"")
        );
    }

    #[test]
    fn other_events_are_not_opened() {
        let body = envelope(Event::Other("SECURITY_ECHO.SUCCESS".into()), "security", "not JSON").render();
        assert_eq!(post(Region::Global, &body).unwrap().news, News::Other);
    }

    #[test]
    fn each_fault_names_the_layer_it_is_in() {
        let good =
            envelope(Event::RefundSuccess, REFUND, &news(RefundStatus::Success).render(Region::Global));
        for (from, to, field) in [
            ("AEAD_AES_256_GCM", "AES", "resource.algorithm"),
            ("encrypt-resource", "resource", "resource_type"),
            ("\"event_type\"", "\"event\"", "event_type"),
            ("\"ciphertext\"", "\"text\"", "resource.ciphertext"),
        ] {
            match post(Region::Global, &good.render().replace(from, to)) {
                Err(NotificationError::Envelope(error)) => assert_eq!(error.field(), Some(field)),
                other => panic!("{from}: {other:?}"),
            }
        }
        let changed = good.render().replace("nonce-123456", "nonce-123457");
        assert_eq!(
            post(Region::Global, &changed),
            Err(NotificationError::Sealed(ResourceError::WrongKeyOrChanged))
        );
        let text = news(RefundStatus::Success).render(Region::Global).replace("refund_status", "status");
        match post(Region::Global, &envelope(Event::RefundSuccess, REFUND, &text).render()) {
            Err(NotificationError::Resource(error)) => assert_eq!(error.field(), Some("refund_status")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn answers_to_a_notification_are_json() {
        assert_eq!(not_taken("later"), r#"{"code":"FAIL","message":"later"}"#);
        assert!(Message::parse(TAKEN.as_bytes()).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_envelope_or_an_error(at in any::<prop::sample::Index>(), new in prop::collection::vec(any::<u8>(), 0..9)) {
            let body = envelope(Event::RefundSuccess, REFUND, "{}").render().into_bytes();
            let at = at.index(body.len());
            let changed: Vec<u8> = body[..at].iter().chain(&new).chain(&body[at..]).copied().collect();
            let _ = Envelope::parse(&changed).is_ok();
        }
    }
}
