//! A refund as queries and lists tell it.
//!
//! Source: [global-refund-query], [mainland-refund].

use jiff::Timestamp;

use crate::ids::{OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::money::{Currency, Money};
use crate::v3::caller::{Merchant, Region};
use crate::v3::json::{Fields, Message, MessageError, ObjectWriter};
use crate::v3::words::{Channel, FundSource, RateType, RefundStatus};

use super::call::OrderName;
use super::submit::{Mismatch, SubmitRequest, check};

/// A rate as it is given, never computed with here. The scale is 10^8 by the V2 page (6.5 is 650000000); V3's pages
/// do not say. Source: [multi-currency].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExchangeRate {
    /// Which rate.
    pub kind: RateType,
    /// The rate, scaled.
    pub rate: i64,
}

impl ExchangeRate {
    pub(crate) fn read(amount: &Fields<'_>) -> Result<Option<ExchangeRate>, MessageError> {
        let Some(fields) = amount.optional_object("exchange_rate")? else { return Ok(None) };
        Ok(Some(ExchangeRate { kind: RateType::parse(fields.text("type")?), rate: fields.integer("rate")? }))
    }

    pub(crate) fn write(&self, amount: &mut ObjectWriter) {
        amount.object("exchange_rate", |object| {
            object.text("type", self.kind.as_str());
            object.integer("rate", self.rate);
        });
    }
}

/// The amounts of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedAmount {
    /// The refund in the order's price currency.
    pub refund: Money,
    /// What the payer gets, in the payer's currency. Known only if both amount and currency are given.
    pub payer_refund: Option<Money>,
    /// The order in its price currency.
    pub total: Option<Money>,
    /// What the payer paid for the order.
    pub payer_total: Option<Money>,
    /// The rate between the two currencies.
    pub exchange_rate: Option<ExchangeRate>,
}

impl RecordedAmount {
    /// The amounts in the object `amount`. On the mainland everything is CNY, whether that is said or not.
    pub(crate) fn read(region: Region, amount: &Fields<'_>) -> Result<RecordedAmount, MessageError> {
        let currency = amount.optional_parsed("currency", Currency::parse)?;
        let payer_currency = amount.optional_parsed("payer_currency", Currency::parse)?;
        let (currency, payer_currency) = match region {
            Region::Global => (currency, payer_currency),
            Region::Mainland => (currency.or(Some(Currency::CNY)), payer_currency.or(Some(Currency::CNY))),
        };
        let currency = currency.ok_or_else(|| amount.missing("currency"))?;
        let payers = |key| match payer_currency {
            Some(currency) => amount.optional_money(key, currency),
            None => Ok(None),
        };
        Ok(RecordedAmount {
            refund: amount.money("refund", currency)?,
            payer_refund: payers("payer_refund")?,
            total: amount.optional_money("total", currency)?,
            payer_total: payers("payer_total")?,
            exchange_rate: ExchangeRate::read(amount)?,
        })
    }

    pub(crate) fn write(&self, region: Region, object: &mut ObjectWriter) {
        if let Some(total) = self.total {
            object.integer("total", total.minor());
        }
        object.money("refund", "currency", self.refund);
        if let Some(payer_total) = self.payer_total {
            object.integer("payer_total", payer_total.minor());
        }
        match (self.payer_refund, region) {
            (Some(payer_refund), Region::Global) => {
                object.money("payer_refund", "payer_currency", payer_refund)
            }
            (Some(payer_refund), Region::Mainland) => object.integer("payer_refund", payer_refund.minor()),
            (None, _) => {}
        }
        if let Some(rate) = &self.exchange_rate {
            rate.write(object);
        }
    }
}

/// A refund as the platform tells it. What it says here is the result. Source: [refund-logic].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundRecord {
    /// Its number at WeChat Pay.
    pub refund_id: RefundId,
    /// Its number at the merchant.
    pub out_refund_no: OutRefundNo,
    /// The order's number at WeChat Pay; in a list it stands on the list.
    pub transaction_id: Option<TransactionId>,
    /// The order's number at the merchant; in a list it stands on the list.
    pub out_trade_no: Option<OutTradeNo>,
    /// How far it is. A word we do not know decides nothing.
    pub status: RefundStatus,
    /// The way back.
    pub channel: Option<Channel>,
    /// Where the money went, in words: `招商银行信用卡0403`.
    pub recv_account: Option<String>,
    /// Where the money came from.
    pub fund_source: Option<FundSource>,
    /// When the payer had the money; on a success only.
    pub success_time: Option<Timestamp>,
    /// When it was accepted.
    pub create_time: Option<Timestamp>,
    /// The amounts.
    pub amount: RecordedAmount,
}

/// Which word an answer uses for a closed refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClosedWord {
    /// `REFUNDCLOSE`, by the page of the global query.
    Refundclose,
    /// `CLOSED`, everywhere else and in newer guidance.
    Closed,
}

impl RefundRecord {
    /// The refund in a body that was verified: a query's answer, or on the mainland a submit's.
    pub fn parse(region: Region, body: &[u8]) -> Result<RefundRecord, MessageError> {
        RefundRecord::read(region, &Message::parse(body)?.fields())
    }

    fn read(region: Region, fields: &Fields<'_>) -> Result<RefundRecord, MessageError> {
        let (account_key, source_key) = keys_of(region);
        Ok(RefundRecord {
            refund_id: refund_id(fields)?,
            out_refund_no: fields.parsed("out_refund_no", OutRefundNo::parse)?,
            transaction_id: fields.optional_parsed("transaction_id", TransactionId::parse)?,
            out_trade_no: fields.optional_parsed("out_trade_no", OutTradeNo::parse)?,
            status: RefundStatus::parse(fields.text("status")?),
            channel: fields.optional_text("channel")?.map(Channel::parse),
            recv_account: fields.optional_text(account_key)?.map(str::to_owned),
            fund_source: fields.optional_text(source_key)?.map(FundSource::parse),
            success_time: fields.optional_instant("success_time")?,
            create_time: fields.optional_instant("create_time")?,
            amount: RecordedAmount::read(region, &fields.object("amount")?)?,
        })
    }

    /// The body of an answer.
    pub fn render(&self, region: Region, closed: ClosedWord) -> String {
        ObjectWriter::render(|object| self.write(region, closed, object))
    }

    fn write(&self, region: Region, closed: ClosedWord, object: &mut ObjectWriter) {
        let (account_key, source_key) = keys_of(region);
        let status = match closed {
            ClosedWord::Refundclose => self.status.as_global_query_str(),
            ClosedWord::Closed => self.status.as_str(),
        };
        let id_key = match region {
            Region::Global => "id",
            Region::Mainland => "refund_id",
        };
        object.text(id_key, self.refund_id.as_str());
        object.text("out_refund_no", self.out_refund_no.as_str());
        object.optional_text("transaction_id", self.transaction_id.as_ref().map(TransactionId::as_str));
        object.optional_text("out_trade_no", self.out_trade_no.as_ref().map(OutTradeNo::as_str));
        object.optional_text("channel", self.channel.as_ref().map(Channel::as_str));
        object.optional_text(account_key, self.recv_account.as_deref());
        object.optional_text(source_key, self.fund_source.as_ref().map(FundSource::as_str));
        object.optional_instant("success_time", self.success_time);
        object.optional_instant("create_time", self.create_time);
        object.text("status", status);
        object.object("amount", |object| self.amount.write(region, object));
    }

    /// Whether this is the refund that `request` asked for. One that is not proves nothing about it.
    pub fn check_against(&self, request: &SubmitRequest) -> Result<(), Mismatch> {
        check(&self.out_refund_no, self.amount.refund, request)
    }
}

/// The names of the receiving account and of the source of money, in queries and notifications.
pub(crate) const fn keys_of(region: Region) -> (&'static str, &'static str) {
    match region {
        Region::Global => ("recv_account", "fund_source"),
        Region::Mainland => ("user_received_account", "funds_account"),
    }
}

/// A refund's number at WeChat Pay, under either of its names; if both are there they must agree.
pub(crate) fn refund_id(fields: &Fields<'_>) -> Result<RefundId, MessageError> {
    let global = fields.optional_parsed("id", RefundId::parse)?;
    let elsewhere = fields.optional_parsed("refund_id", RefundId::parse)?;
    match (global, elsewhere) {
        (Some(one), Some(other)) if one != other => Err(fields.bad_value("refund_id", "differs from id")),
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Err(fields.missing("refund_id")),
    }
}

/// A page of the refunds of one order; global only. Source: [global-refund-query].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundList {
    /// Whose order.
    pub merchant: Option<Merchant>,
    /// The order's number at WeChat Pay.
    pub transaction_id: Option<TransactionId>,
    /// The order's number at the merchant.
    pub out_trade_no: Option<OutTradeNo>,
    /// The order's amount, in its price currency.
    pub total: Option<Money>,
    /// What the payer paid.
    pub payer_total: Option<Money>,
    /// The refunds on this page.
    pub refunds: Vec<RefundRecord>,
    /// How many refunds the order has in all.
    pub total_num: i64,
}

impl RefundList {
    /// Whether it is of the order asked about. A signature does not tie an answer to its question.
    pub fn is_of(&self, order: &OrderName) -> bool {
        order.is_one_of(self.transaction_id.as_ref(), self.out_trade_no.as_ref())
    }

    /// The list in a body that was verified.
    ///
    /// Fails if the page holds another number of refunds than it says: what is missing might be the one that was asked
    /// for.
    pub fn parse(body: &[u8]) -> Result<RefundList, MessageError> {
        let message = Message::parse(body)?;
        let fields = message.fields();
        let mut refunds = Vec::new();
        for refund in fields.objects("data")? {
            refunds.push(RefundRecord::read(Region::Global, &refund)?);
        }
        let current = fields.optional_integer("current_total_num")?;
        if current.is_some_and(|current| usize::try_from(current) != Ok(refunds.len())) {
            return Err(fields.bad_value("current_total_num", "is not the number of refunds in `data`"));
        }
        let (total, payer_total) = match fields.optional_object("amount")? {
            None => (None, None),
            Some(amount) => {
                let in_currency = |key, currency_key| {
                    let currency = amount.optional_parsed(currency_key, Currency::parse)?;
                    currency.map_or(Ok(None), |currency| amount.optional_money(key, currency))
                };
                (in_currency("total", "currency")?, in_currency("payer_total", "payer_currency")?)
            }
        };
        Ok(RefundList {
            merchant: Merchant::read_if_named(&fields)?,
            // The page has it as `id`; everywhere else it is called so.
            transaction_id: match fields.optional_parsed("id", TransactionId::parse)? {
                Some(id) => Some(id),
                None => fields.optional_parsed("transaction_id", TransactionId::parse)?,
            },
            out_trade_no: fields.optional_parsed("out_trade_no", OutTradeNo::parse)?,
            total,
            payer_total,
            refunds,
            total_num: fields.integer("total_num")?,
        })
    }

    /// The body of an answer.
    pub fn render(&self, closed: ClosedWord) -> String {
        ObjectWriter::render(|object| {
            object.optional_text("id", self.transaction_id.as_ref().map(TransactionId::as_str));
            if let Some(merchant) = &self.merchant {
                merchant.write(object);
            }
            object.optional_text("out_trade_no", self.out_trade_no.as_ref().map(OutTradeNo::as_str));
            object.object("amount", |object| {
                if let Some(total) = self.total {
                    object.money("total", "currency", total);
                }
                if let Some(payer_total) = self.payer_total {
                    object.money("payer_total", "payer_currency", payer_total);
                }
            });
            object.objects("data", &self.refunds, |object, refund| {
                refund.write(Region::Global, closed, object)
            });
            object.integer("total_num", self.total_num);
            object.integer("current_total_num", i64::try_from(self.refunds.len()).unwrap_or(i64::MAX));
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::Mchid;

    fn record(status: RefundStatus) -> RefundRecord {
        let at = |text: &str| Some(text.parse().unwrap());
        RefundRecord {
            refund_id: RefundId::parse("50201308462021060109285031309").unwrap(),
            out_refund_no: OutRefundNo::parse("RF-1").unwrap(),
            transaction_id: Some(TransactionId::parse("4200000349202508025069555683").unwrap()),
            out_trade_no: Some(OutTradeNo::parse("T1").unwrap()),
            success_time: match status {
                RefundStatus::Success => at("2025-08-02T10:05:00+08:00"),
                _ => None,
            },
            status,
            channel: Some(Channel::Original),
            recv_account: Some("招商银行信用卡0403".to_owned()),
            fund_source: Some(FundSource::UnsettledFunds),
            create_time: at("2025-08-02T10:00:01+08:00"),
            amount: RecordedAmount {
                refund: Money::new(500, Currency::USD),
                payer_refund: Some(Money::fen(3604)),
                total: None,
                payer_total: None,
                exchange_rate: Some(ExchangeRate { kind: RateType::SettlementRate, rate: 720_720_721 }),
            },
        }
    }

    fn mainland() -> RefundRecord {
        RefundRecord {
            fund_source: Some(FundSource::Available),
            amount: RecordedAmount {
                refund: Money::fen(500),
                payer_refund: Some(Money::fen(500)),
                total: Some(Money::fen(888)),
                payer_total: Some(Money::fen(888)),
                exchange_rate: None,
            },
            ..record(RefundStatus::Success)
        }
    }

    #[test]
    fn a_global_record_is_written_as_the_page_has_it() {
        assert_eq!(
            record(RefundStatus::Success).render(Region::Global, ClosedWord::Refundclose),
            "{\"id\":\"50201308462021060109285031309\",\"out_refund_no\":\"RF-1\",\
             \"transaction_id\":\"4200000349202508025069555683\",\"out_trade_no\":\"T1\",\"channel\":\"ORIGINAL\",\
             \"recv_account\":\"招商银行信用卡0403\",\"fund_source\":\"REFUND_SOURCE_UNSETTLED_FUNDS\",\
             \"success_time\":\"2025-08-02T10:05:00+08:00\",\"create_time\":\"2025-08-02T10:00:01+08:00\",\
             \"status\":\"SUCCESS\",\"amount\":{\"refund\":500,\"currency\":\"USD\",\"payer_refund\":3604,\
             \"payer_currency\":\"CNY\",\"exchange_rate\":{\"type\":\"SETTLEMENT_RATE\",\"rate\":720720721}}}"
        );
    }

    #[test]
    fn every_status_is_read_in_every_spelling() {
        use RefundStatus as S;
        for status in [S::Processing, S::Success, S::Closed, S::Abnormal, S::Other("NEW".into())] {
            for closed in [ClosedWord::Refundclose, ClosedWord::Closed] {
                let record = record(status.clone());
                let body = record.render(Region::Global, closed);
                assert_eq!(RefundRecord::parse(Region::Global, body.as_bytes()), Ok(record), "{body}");
            }
        }
        let body = mainland().render(Region::Mainland, ClosedWord::Closed);
        assert_eq!(RefundRecord::parse(Region::Mainland, body.as_bytes()), Ok(mainland()), "{body}");
        assert!(body.contains("\"user_received_account\"") && body.contains("\"refund_id\""));
    }

    #[test]
    fn absent_optional_fields_are_absent_and_no_more() {
        let body = r#"{"refund_id":"5","out_refund_no":"R1","status":"PROCESSING","detail":null,
            "amount":{"refund":1,"currency":"JPY","payer_refund":2,"exchange_rate":null}}"#;
        let record = RefundRecord::parse(Region::Global, body.as_bytes()).unwrap();
        assert_eq!((record.create_time, record.channel), (None, None));
        assert_eq!(record.amount.payer_refund, None, "an amount without a currency is not an amount");
    }

    #[test]
    fn mainland_amounts_are_cny_even_unsaid() {
        let body = r#"{"refund_id":"5","out_refund_no":"R1","status":"SUCCESS","amount":{"refund":1,"payer_refund":2}}"#;
        let record = RefundRecord::parse(Region::Mainland, body.as_bytes()).unwrap();
        assert_eq!(record.amount.refund, Money::fen(1));
        assert_eq!(record.amount.payer_refund, Some(Money::fen(2)));
        let error = RefundRecord::parse(Region::Global, body.as_bytes()).unwrap_err();
        assert_eq!(error.field(), Some("amount.currency"));
    }

    fn list() -> RefundList {
        let entry = |status| RefundRecord { transaction_id: None, out_trade_no: None, ..record(status) };
        RefundList {
            merchant: Some(Merchant::Direct { mchid: Mchid::parse("1900000001").unwrap() }),
            transaction_id: record(RefundStatus::Success).transaction_id,
            out_trade_no: record(RefundStatus::Success).out_trade_no,
            total: Some(Money::new(888, Currency::USD)),
            payer_total: Some(Money::fen(6400)),
            refunds: vec![entry(RefundStatus::Success), entry(RefundStatus::Closed)],
            total_num: 7,
        }
    }

    #[test]
    fn a_list_is_read_back() {
        let body = list().render(ClosedWord::Refundclose);
        assert_eq!(RefundList::parse(body.as_bytes()), Ok(list()), "{body}");
    }

    #[test]
    fn a_list_that_is_not_as_long_as_it_says_is_refused() {
        let body = list().render(ClosedWord::Closed);
        let error =
            RefundList::parse(body.replace("\"current_total_num\":2", "\"current_total_num\":3").as_bytes());
        assert_eq!(error.unwrap_err().field(), Some("current_total_num"));
        let error = RefundList::parse(body.replace("\"refund\":500", "\"refund\":5.5").as_bytes());
        assert_eq!(error.unwrap_err().field(), Some("data[0].amount.refund"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_record_or_an_error(at in any::<prop::sample::Index>(), new in prop::collection::vec(any::<u8>(), 0..9)) {
            let body = list().render(ClosedWord::Closed).into_bytes();
            let at = at.index(body.len());
            let changed: Vec<u8> = body[..at].iter().chain(&new).chain(&body[at..]).copied().collect();
            let _ = RefundList::parse(&changed).is_ok();
            let _ = RefundRecord::parse(Region::Global, &changed).is_ok();
            let _ = RefundRecord::parse(Region::Mainland, &new).is_ok();
        }
    }
}
