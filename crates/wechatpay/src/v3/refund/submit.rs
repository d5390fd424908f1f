//! Submitting a refund: the body that is sent, and what an accepted one is answered with.
//!
//! The body is rendered once, stored, and sent byte for byte ever after: the same refund renders to the same bytes.
//! Source: [global-refund], [mainland-refund].

use std::fmt;

use jiff::Timestamp;

use crate::ids::{Mchid, OutRefundNo, RefundId, SubMchid};
use crate::money::{Currency, Money};
use crate::v3::caller::{Caller, Merchant, Region};
use crate::v3::json::{Fields, Message, MessageError, ObjectWriter};
use crate::v3::words::{FundSource, RefundStatus};

use super::call::OrderName;
use super::record::{RecordedAmount, refund_id};

/// A text given with a request that WeChat Pay does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// Longer than WeChat Pay takes.
    #[error("{name} has {length} bytes; WeChat Pay takes {limit} at most")]
    TooLong {
        /// WeChat Pay's name of the field.
        name: &'static str,
        /// Bytes given.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A character beyond the basic plane, such as an emoji, or a control character. Source: [global-rules].
    #[error("{name} contains {found:?}, which WeChat Pay does not take")]
    Character {
        /// WeChat Pay's name of the field.
        name: &'static str,
        /// The first such character.
        found: char,
    },
    /// Not an address WeChat Pay sends notifications to.
    #[error("notify_url must begin with https:// and have a host and neither query nor fragment")]
    NotifyUrl,
    /// A refund of nothing, or of an order of nothing.
    #[error("{name} must be above zero")]
    NotPositive {
        /// WeChat Pay's name of the field.
        name: &'static str,
    },
    /// Refund and order are in two currencies.
    #[error("the refund is in {refund}, the order in {total}; a refund has its order's currency")]
    CurrenciesDiffer {
        /// The refund's.
        refund: Currency,
        /// The order's.
        total: Currency,
    },
}

/// Why the payer gets the money back, as the payer reads it: at most 80 bytes of UTF-8.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Reason(String);

impl Reason {
    /// The reason `text`.
    pub fn parse(text: &str) -> Result<Reason, SubmitError> {
        const NAME: &str = "reason";
        const LIMIT: usize = 80;
        if text.len() > LIMIT {
            return Err(SubmitError::TooLong { name: NAME, length: text.len(), limit: LIMIT });
        }
        match text.chars().find(|c| c.len_utf8() > 3 || c.is_control()) {
            Some(found) => Err(SubmitError::Character { name: NAME, found }),
            None => Ok(Reason(text.to_owned())),
        }
    }

    /// The reason as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// Where the platform sends the notification: `https://`, at most 256 bytes, neither query nor fragment.
///
/// `http://` to a loopback host is taken too, for a sandbox on the same machine; the platform refuses it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct NotifyUrl(String);

impl NotifyUrl {
    /// The address `text`.
    pub fn parse(text: &str) -> Result<NotifyUrl, SubmitError> {
        const LIMIT: usize = 256;
        if text.len() > LIMIT {
            return Err(SubmitError::TooLong { name: "notify_url", length: text.len(), limit: LIMIT });
        }
        let host_of = |scheme: &str| text.strip_prefix(scheme).and_then(|rest| rest.split('/').next());
        let taken = match (host_of("https://"), host_of("http://")) {
            (Some(host), _) => !host.is_empty(),
            (None, Some(host)) => is_loopback(host),
            (None, None) => false,
        };
        let clean = text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'?' | b'#'));
        if taken && clean { Ok(NotifyUrl(text.to_owned())) } else { Err(SubmitError::NotifyUrl) }
    }

    /// Whether it is one that only a sandbox takes.
    pub fn is_plain_http(&self) -> bool {
        self.0.starts_with("http://")
    }

    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for NotifyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether `authority` (host, perhaps with a port) is this machine.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// What is to be refunded, and of how much: both above zero, in the order's price currency.
///
/// That the refund does not pass the order is the platform's rule to enforce, and the gateway's before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RefundAmount {
    refund: Money,
    total: Money,
}

impl RefundAmount {
    /// `refund` out of an order of `total`.
    pub fn new(refund: Money, total: Money) -> Result<RefundAmount, SubmitError> {
        if refund.currency() != total.currency() {
            let (refund, total) = (refund.currency(), total.currency());
            return Err(SubmitError::CurrenciesDiffer { refund, total });
        }
        for (name, amount) in [("amount.refund", refund), ("amount.total", total)] {
            if amount.minor() <= 0 {
                return Err(SubmitError::NotPositive { name });
            }
        }
        Ok(RefundAmount { refund, total })
    }

    /// The amount to refund.
    pub fn refund(&self) -> Money {
        self.refund
    }

    /// The amount of the whole order.
    pub fn total(&self) -> Money {
        self.total
    }
}

/// A request to refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitRequest {
    /// Who refunds.
    pub caller: Caller,
    /// Which order.
    pub order: OrderName,
    /// The number of the refund. The same number again is the same refund; another number is another refund.
    pub out_refund_no: OutRefundNo,
    /// What the payer reads.
    pub reason: Option<Reason>,
    /// Where the money comes from, if not from where it ordinarily does. `source` on the global wire,
    /// `funds_account` on the mainland's.
    pub source: Option<FundSource>,
    /// How much.
    pub amount: RefundAmount,
    /// Where to send the notification.
    pub notify_url: Option<NotifyUrl>,
}

impl SubmitRequest {
    /// The body: the same bytes for the same request, whenever it is rendered.
    pub fn render(&self) -> String {
        ObjectWriter::render(|object| {
            let source_key = match self.caller.region() {
                Region::Global => {
                    self.caller.write(object);
                    "source"
                }
                Region::Mainland => {
                    let merchant = self.caller.merchant();
                    object.optional_text("sub_mchid", merchant.sub_mchid().map(SubMchid::as_str));
                    "funds_account"
                }
            };
            self.order.write(object);
            object.text("out_refund_no", self.out_refund_no.as_str());
            object.optional_text("reason", self.reason.as_ref().map(Reason::as_str));
            object.optional_text(source_key, self.source.as_ref().map(FundSource::as_str));
            object.object("amount", |object| {
                object.integer("refund", self.amount.refund.minor());
                object.integer("total", self.amount.total.minor());
                object.text("currency", self.amount.refund.currency().code());
            });
            object.optional_text("notify_url", self.notify_url.as_ref().map(NotifyUrl::as_str));
        })
    }

    /// The request in `body`, sent to `region` and signed by `signer`. Unknown keys are left alone.
    ///
    /// Global bodies name the merchant themselves; whether `signer` may refund for it is for the platform to see.
    pub fn parse(region: Region, signer: &Mchid, body: &[u8]) -> Result<SubmitRequest, MessageError> {
        let message = Message::parse(body)?;
        let fields = message.fields();
        let (caller, source_key) = match region {
            Region::Global => (Caller::read(region, &fields)?, "source"),
            Region::Mainland => {
                let sub_mchid = fields.optional_parsed("sub_mchid", SubMchid::parse)?;
                let merchant = Merchant::of_signer(signer, sub_mchid);
                (Caller::Mainland { merchant, appid: None }, "funds_account")
            }
        };
        let source = match fields.optional_text(source_key)?.map(FundSource::parse) {
            Some(FundSource::Other(_)) => return Err(fields.bad_value(source_key, "is no source of funds")),
            source => source,
        };
        Ok(SubmitRequest {
            caller,
            order: OrderName::read(&fields)?,
            out_refund_no: fields.parsed("out_refund_no", OutRefundNo::parse)?,
            reason: fields.optional_parsed("reason", Reason::parse)?,
            source,
            amount: read_amount(&fields)?,
            notify_url: fields.optional_parsed("notify_url", NotifyUrl::parse)?,
        })
    }
}

fn read_amount(fields: &Fields<'_>) -> Result<RefundAmount, MessageError> {
    let amount = fields.object("amount")?;
    let currency = amount.parsed("currency", Currency::parse)?;
    RefundAmount::new(amount.money("refund", currency)?, amount.money("total", currency)?)
        .map_err(|error| amount.bad_value("refund", error))
}

/// The answer to an accepted refund. Acceptance, not the result. Source: [global-refund].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitAnswer {
    /// The refund's number at WeChat Pay.
    pub refund_id: RefundId,
    /// The merchant's number, as asked.
    pub out_refund_no: OutRefundNo,
    /// When it was accepted.
    pub create_time: Option<Timestamp>,
    /// The amounts.
    pub amount: RecordedAmount,
    /// How far it is; on the mainland only.
    pub status: Option<RefundStatus>,
}

impl SubmitAnswer {
    /// The answer in a body that was verified. The mainland's fuller answer is read as well.
    pub fn parse(region: Region, body: &[u8]) -> Result<SubmitAnswer, MessageError> {
        let message = Message::parse(body)?;
        let fields = message.fields();
        Ok(SubmitAnswer {
            refund_id: refund_id(&fields)?,
            out_refund_no: fields.parsed("out_refund_no", OutRefundNo::parse)?,
            create_time: fields.optional_instant("create_time")?,
            amount: RecordedAmount::read(region, &fields.object("amount")?)?,
            status: fields.optional_text("status")?.map(RefundStatus::parse),
        })
    }

    /// The body of a global answer. On the mainland the answer is a whole [`super::record::RefundRecord`].
    pub fn render(&self) -> String {
        ObjectWriter::render(|object| {
            object.text("id", self.refund_id.as_str());
            object.text("out_refund_no", self.out_refund_no.as_str());
            object.optional_instant("create_time", self.create_time);
            object.object("amount", |object| self.amount.write(Region::Global, object));
        })
    }

    /// Whether this answers `request`.
    ///
    /// A signature does not tie an answer to its request, so an answer that got mixed up, or was played again, verifies
    /// all the same. One that does not fit proves nothing about `request`.
    pub fn check_against(&self, request: &SubmitRequest) -> Result<(), Mismatch> {
        check(&self.out_refund_no, self.amount.refund, request)
    }
}

/// An answer that is about another refund than was asked about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the answer's {field} is {answered}, asked was {asked}")]
pub struct Mismatch {
    /// The field that differs.
    pub field: &'static str,
    /// What was asked.
    pub asked: String,
    /// What was answered.
    pub answered: String,
}

impl Mismatch {
    /// An answer about an order that has these two numbers, to whoever asked for `asked`.
    pub(crate) fn of_order(
        asked: &OrderName,
        transaction_id: &impl fmt::Debug,
        out_trade_no: &impl fmt::Debug,
    ) -> Mismatch {
        let answered = format!("{transaction_id:?} / {out_trade_no:?}");
        Mismatch { field: "order", asked: format!("{asked:?}"), answered }
    }
}

pub(super) fn check(
    out_refund_no: &OutRefundNo,
    refund: Money,
    request: &SubmitRequest,
) -> Result<(), Mismatch> {
    let mismatch = |field, asked: String, answered: String| Err(Mismatch { field, asked, answered });
    if *out_refund_no != request.out_refund_no {
        return mismatch("out_refund_no", request.out_refund_no.to_string(), out_refund_no.to_string());
    }
    if refund != request.amount.refund {
        return mismatch("amount.refund", request.amount.refund.to_string(), refund.to_string());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::{Appid, TransactionId};

    fn signer() -> Mchid {
        Mchid::parse("1900000100").unwrap()
    }

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    fn request() -> SubmitRequest {
        SubmitRequest {
            caller: Caller::Institution {
                sp_mchid: signer(),
                sp_appid: Appid::parse("wx8888888888888888").unwrap(),
                sub_mchid: SubMchid::parse("1900000109").unwrap(),
                sub_appid: None,
            },
            order: OrderName::TransactionId(TransactionId::parse("4200000349202508025069555683").unwrap()),
            out_refund_no: OutRefundNo::parse("RF-1").unwrap(),
            reason: Some(Reason::parse("商品已售完").unwrap()),
            source: None,
            amount: RefundAmount::new(usd(500), usd(888)).unwrap(),
            notify_url: Some(NotifyUrl::parse("https://merchant.example/wx/refund").unwrap()),
        }
    }

    #[test]
    fn every_caller_has_its_fields_in_a_fixed_order() {
        let institution = request();
        assert_eq!(
            institution.render(),
            "{\"sp_mchid\":\"1900000100\",\"sub_mchid\":\"1900000109\",\"sp_appid\":\"wx8888888888888888\",\
             \"transaction_id\":\"4200000349202508025069555683\",\"out_refund_no\":\"RF-1\",\"reason\":\"商品已售完\",\
             \"amount\":{\"refund\":500,\"total\":888,\"currency\":\"USD\"},\
             \"notify_url\":\"https://merchant.example/wx/refund\"}"
        );
        let direct = SubmitRequest {
            caller: Caller::Direct { mchid: signer(), appid: Appid::parse("wx1").unwrap() },
            reason: None,
            source: Some(FundSource::RechargeFunds),
            notify_url: None,
            ..request()
        };
        assert_eq!(
            direct.render(),
            "{\"mchid\":\"1900000100\",\"appid\":\"wx1\",\"transaction_id\":\"4200000349202508025069555683\",\
             \"out_refund_no\":\"RF-1\",\"source\":\"REFUND_SOURCE_RECHARGE_FUNDS\",\
             \"amount\":{\"refund\":500,\"total\":888,\"currency\":\"USD\"}}"
        );
        let mainland = SubmitRequest {
            caller: Caller::Mainland { merchant: institution.caller.merchant(), appid: None },
            source: Some(FundSource::Available),
            reason: None,
            notify_url: None,
            amount: RefundAmount::new(Money::fen(5), Money::fen(8)).unwrap(),
            ..request()
        };
        assert_eq!(
            mainland.render(),
            "{\"sub_mchid\":\"1900000109\",\"transaction_id\":\"4200000349202508025069555683\",\
             \"out_refund_no\":\"RF-1\",\"funds_account\":\"AVAILABLE\",\
             \"amount\":{\"refund\":5,\"total\":8,\"currency\":\"CNY\"}}"
        );
        for request in [institution, direct, mainland] {
            let body = request.render();
            let read = SubmitRequest::parse(request.caller.region(), &signer(), body.as_bytes());
            assert_eq!(read, Ok(request), "{body}");
        }
    }

    #[test]
    fn a_bad_request_names_its_field() {
        let body = request().render();
        for (from, to, field) in [
            ("\"sp_mchid\"", "\"mchid\"", "mchid"),
            ("\"sp_appid\"", "\"appid\"", "sp_appid"),
            ("\"1900000109\"", "1900000109", "sub_mchid"),
            ("\"transaction_id\"", "\"transaction\"", "transaction_id"),
            ("RF-1", "RF.1", "out_refund_no"),
            ("商品已售完", "😀", "reason"),
            ("\"reason\"", "\"source\"", "source"),
            ("500", "500.0", "amount.refund"),
            ("500", "0", "amount.refund"),
            ("500", "-500", "amount.refund"),
            ("\"refund\":500", "\"refund\":500,\"refund\":501", "amount.refund"),
            (":888,", ":\"888\",", "amount.total"),
            (":888,", ":null,", "amount.total"),
            ("USD", "usd", "amount.currency"),
            ("https:", "http:", "notify_url"),
            ("/refund", "/refund?a=1", "notify_url"),
        ] {
            let changed = body.replace(from, to);
            assert_ne!(changed, body, "{from}");
            let error = SubmitRequest::parse(Region::Global, &signer(), changed.as_bytes()).unwrap_err();
            assert_eq!(error.field(), Some(field), "{from} → {to}: {error}");
        }
    }

    #[test]
    fn keys_that_nobody_knows_yet_change_nothing() {
        let body = request().render().replacen('{', "{\"goods_detail\":[{\"a\":1.5}],\"new\":null,", 1);
        assert_eq!(SubmitRequest::parse(Region::Global, &signer(), body.as_bytes()), Ok(request()));
    }

    #[test]
    fn both_names_of_an_order_are_read_as_the_platforms_own() {
        let body = request().render().replacen('{', "{\"out_trade_no\":\"T1\",", 1);
        assert_eq!(SubmitRequest::parse(Region::Global, &signer(), body.as_bytes()), Ok(request()));
    }

    #[test]
    fn plain_http_goes_to_this_machine_only() {
        for (url, taken) in [
            ("http://127.0.0.1:8080/n", true),
            ("http://localhost/n", true),
            ("http://[::1]:80/n", true),
            ("http://127.0.0.1.example/n", false),
            ("http://localhost@example/n", false),
            ("https://", false),
            ("https://a/b c", false),
            ("https://a/b#c", false),
            ("ftp://a/b", false),
        ] {
            assert_eq!(NotifyUrl::parse(url).is_ok(), taken, "{url}");
        }
        assert!(NotifyUrl::parse(&format!("https://a/{}", "b".repeat(250))).is_err());
    }

    const ANSWER: &str = "{\"id\":\"50201308462021060109285031309\",\"out_refund_no\":\"RF-1\",\
        \"create_time\":\"2025-08-02T10:00:01+08:00\",\"amount\":{\"refund\":500,\"currency\":\"USD\",\
        \"payer_refund\":3604,\"payer_currency\":\"CNY\",\
        \"exchange_rate\":{\"type\":\"USERPAYMENT_RATE\",\"rate\":720720721}}}";

    #[test]
    fn an_answer_is_read_and_written() {
        let answer = SubmitAnswer::parse(Region::Global, ANSWER.as_bytes()).unwrap();
        assert_eq!(answer.refund_id.as_str(), "50201308462021060109285031309");
        assert_eq!(answer.amount.payer_refund, Some(Money::fen(3604)));
        assert_eq!((answer.status.clone(), answer.render().as_str()), (None, ANSWER));
        answer.check_against(&request()).unwrap();

        let renamed = ANSWER.replace("\"id\"", "\"new\":true,\"status\":\"PROCESSING\",\"refund_id\"");
        let renamed = SubmitAnswer::parse(Region::Global, renamed.as_bytes()).unwrap();
        assert_eq!(renamed, SubmitAnswer { status: Some(RefundStatus::Processing), ..answer });
    }

    #[test]
    fn an_answer_about_another_refund_is_noticed() {
        for (from, to, field) in [
            ("RF-1", "RF-2", "out_refund_no"),
            ("\"refund\":500", "\"refund\":501", "amount.refund"),
            ("USD", "HKD", "amount.refund"),
        ] {
            let answer = SubmitAnswer::parse(Region::Global, ANSWER.replace(from, to).as_bytes()).unwrap();
            assert_eq!(answer.check_against(&request()).unwrap_err().field, field, "{to}");
        }
    }

    #[test]
    fn a_bad_answer_names_its_field() {
        for (from, to, field) in [
            ("\"id\"", "\"refund\"", "refund_id"),
            ("\"id\":\"5", "\"refund_id\":\"6\",\"id\":\"5", "refund_id"),
            ("\"out_refund_no\"", "\"out_no\"", "out_refund_no"),
            ("2025-08-02T", "2025-13-02T", "create_time"),
            ("500", "5e2", "amount.refund"),
            ("3604", "-1", "amount.payer_refund"),
            ("720720721", "7.2", "amount.exchange_rate.rate"),
        ] {
            let error = SubmitAnswer::parse(Region::Global, ANSWER.replace(from, to).as_bytes()).unwrap_err();
            assert_eq!(error.field(), Some(field), "{from} → {to}: {error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_message_or_an_error(
            bytes in prop::collection::vec(any::<u8>(), 0..200), cut in any::<prop::sample::Index>(), new in any::<u8>(),
        ) {
            let mut changed = ANSWER.as_bytes().to_vec();
            let cut = cut.index(changed.len());
            changed[cut] = new;
            for body in [&bytes, &changed] {
                for region in [Region::Global, Region::Mainland] {
                    let _ = SubmitAnswer::parse(region, body).is_ok();
                    let _ = SubmitRequest::parse(region, &signer(), body).is_ok();
                }
            }
        }

        #[test]
        fn a_rendered_request_is_read_back(
            number in "[A-Za-z0-9_|*@-]{1,64}", reason in "[ -~é退款]{0,26}", refund in 1..i64::MAX, total in 1..i64::MAX,
        ) {
            let request = SubmitRequest {
                out_refund_no: OutRefundNo::parse(&number).unwrap(),
                reason: Some(Reason::parse(&reason).unwrap()),
                amount: RefundAmount::new(usd(refund), usd(total)).unwrap(),
                ..request()
            };
            let read = SubmitRequest::parse(Region::Global, &signer(), request.render().as_bytes());
            prop_assert_eq!(read, Ok(request));
        }
    }
}
