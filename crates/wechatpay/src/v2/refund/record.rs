//! Refunds as answers to questions tell them: records in numbered fields, `refund_id_0`, `refund_id_1` and so on.
//!
//! The numbers say which fields belong together and nothing else. Pages count from 0; one later page was seen to go on
//! counting. So records are what fields `out_refund_no_` with a number behind there are, and a record is known by the
//! refund's number, never by its place. Source: [v2-refund-query], \[inferred\].

use std::collections::BTreeSet;

use crate::ids::{OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::money::{Currency, Money};
use crate::v2::answer;
use crate::v2::caller::Caller;
use crate::v2::message::{Message, MessageError};
use crate::v2::sign::{SignType, UnsignedBody};
use crate::v2::time;
use crate::v2::xml::XmlWriter;
use crate::v3::refund::call::OrderName;
use crate::v3::refund::record::{RecordedAmount, RefundRecord};
use crate::v3::words::{Channel, FundSource, RefundStatus};

use super::amounts;

/// The refunds of one order that an answer tells: one, or a page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundPage {
    /// The order's number at WeChat Pay.
    pub transaction_id: Option<TransactionId>,
    /// The order's number at the merchant.
    pub out_trade_no: Option<OutTradeNo>,
    /// The order's amount, in its price currency.
    pub total: Option<Money>,
    /// What the payer paid.
    pub payer_total: Option<Money>,
    /// The refunds. Each names the order, too.
    pub refunds: Vec<RefundRecord>,
    /// How many refunds the order has in all; said where there are more than these.
    pub total_count: Option<i64>,
}

impl RefundPage {
    /// The page in a message that was verified. Prices are in `assumed` where the answer names no currency: it is the
    /// one of the order asked about.
    ///
    /// Fails if there are other records than `refund_count` says, or one number twice: what is missing might be the one
    /// that was asked for.
    pub fn read(message: &Message, assumed: Currency) -> Result<RefundPage, MessageError> {
        let currency = amounts::price_currency(message, assumed)?;
        let mut page = RefundPage {
            transaction_id: message.optional_parsed("transaction_id", TransactionId::parse)?,
            out_trade_no: message.optional_parsed("out_trade_no", OutTradeNo::parse)?,
            total: message.optional_money("total_fee", currency)?,
            payer_total: amounts::payer_total(message)?,
            refunds: Vec::new(),
            total_count: message.optional_integer("total_refund_count")?,
        };
        let numbers: Vec<&str> = message.numbers_behind("out_refund_no_").collect();
        if usize::try_from(message.integer("refund_count")?) != Ok(numbers.len()) {
            return Err(MessageError::bad_value(
                "refund_count",
                "is not the number of refunds in the answer",
            ));
        }
        // What the payer gets is told once, for all of them together.
        let payer_refund = if numbers.len() == 1 { amounts::payer_refund(message)? } else { None };
        let mut seen = BTreeSet::new();
        for number in numbers {
            let record = page.read_record(message, number, currency, payer_refund)?;
            if !seen.insert(record.out_refund_no.clone()) {
                return Err(MessageError::bad_value("out_refund_no", "stands for two refunds"));
            }
            page.refunds.push(record);
        }
        Ok(page)
    }

    fn read_record(
        &self,
        message: &Message,
        number: &str,
        currency: Currency,
        payer_refund: Option<Money>,
    ) -> Result<RefundRecord, MessageError> {
        let named = |name: &str| format!("{name}_{number}");
        Ok(RefundRecord {
            refund_id: message.parsed(&named("refund_id"), RefundId::parse)?,
            out_refund_no: message.parsed(&named("out_refund_no"), OutRefundNo::parse)?,
            transaction_id: self.transaction_id.clone(),
            out_trade_no: self.out_trade_no.clone(),
            status: RefundStatus::parse(message.text(&named("refund_status"))?),
            channel: message.optional_text(&named("refund_channel"))?.map(Channel::parse),
            recv_account: message.optional_text(&named(RECEIVING_ACCOUNT))?.map(str::to_owned),
            fund_source: message.optional_text(&named("refund_account"))?.map(FundSource::parse),
            success_time: message.optional_instant(&named("refund_success_time"))?,
            create_time: None,
            amount: RecordedAmount {
                refund: message.money(&named("refund_fee"), currency)?,
                payer_refund,
                total: self.total,
                payer_total: self.payer_total,
                exchange_rate: amounts::rate(message)?,
            },
        })
    }

    /// The answer to `caller`, ready to be signed.
    pub fn render(&self, sign_type: SignType, caller: &Caller) -> UnsignedBody {
        answer::success(sign_type, caller, |xml| {
            xml.optional_integer("total_refund_count", self.total_count);
            xml.optional_text("transaction_id", self.transaction_id.as_ref().map(TransactionId::as_str));
            xml.optional_text("out_trade_no", self.out_trade_no.as_ref().map(OutTradeNo::as_str));
            let rate = self.refunds.first().and_then(|refund| refund.amount.exchange_rate.as_ref());
            amounts::write_totals(xml, self.total, self.payer_total, rate);
            xml.integer("refund_count", i64::try_from(self.refunds.len()).unwrap_or(i64::MAX));
            xml.integer("refund_fee", self.refunds.iter().map(|refund| refund.amount.refund.minor()).sum());
            amounts::write_payer_refund(xml, self.payer_refunds());
            for (number, refund) in self.refunds.iter().enumerate() {
                write_record(xml, number, refund);
            }
        })
    }

    /// What the payer gets back in all, if that is known of every refund and in one currency.
    fn payer_refunds(&self) -> Option<Money> {
        let mut amounts = self.refunds.iter().map(|refund| refund.amount.payer_refund);
        let first = amounts.next()??;
        amounts.try_fold(first, |sum, amount| sum.checked_add(amount?).ok())
    }

    /// The refund with this number, if it is on the page.
    pub fn refund(&self, out_refund_no: &OutRefundNo) -> Option<&RefundRecord> {
        self.refunds.iter().find(|refund| refund.out_refund_no == *out_refund_no)
    }

    /// Whether these are the refunds of the order asked about. A signature does not tie an answer to its question.
    pub fn is_of(&self, order: &OrderName) -> bool {
        order.is_one_of(self.transaction_id.as_ref(), self.out_trade_no.as_ref())
    }
}

/// Where the money went, in words. WeChat Pay spells it so.
pub(crate) const RECEIVING_ACCOUNT: &str = "refund_recv_accout";

/// The state of a refund as V2 spells it: `REFUNDCLOSE` and `CHANGE` are its own words.
pub(crate) fn status_text(status: &RefundStatus) -> &str {
    match status {
        RefundStatus::Closed => "REFUNDCLOSE",
        RefundStatus::Abnormal => "CHANGE",
        status => status.as_str(),
    }
}

fn write_record(xml: &mut XmlWriter, number: usize, refund: &RefundRecord) {
    let named = |name: &str| format!("{name}_{number}");
    xml.text(&named("out_refund_no"), refund.out_refund_no.as_str());
    xml.text(&named("refund_id"), refund.refund_id.as_str());
    xml.optional_text(&named("refund_channel"), refund.channel.as_ref().map(Channel::as_str));
    xml.integer(&named("refund_fee"), refund.amount.refund.minor());
    xml.text(&named("refund_status"), status_text(&refund.status));
    xml.optional_text(&named("refund_account"), refund.fund_source.as_ref().map(FundSource::as_str));
    xml.optional_text(&named(RECEIVING_ACCOUNT), refund.recv_account.as_deref());
    xml.optional_text(&named("refund_success_time"), refund.success_time.map(time::render).as_deref());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::{Appid, Mchid};

    fn record(number: &str, status: RefundStatus) -> RefundRecord {
        RefundRecord {
            refund_id: RefundId::parse(&format!("50{number}")).unwrap(),
            out_refund_no: OutRefundNo::parse(number).unwrap(),
            transaction_id: Some(TransactionId::parse("42").unwrap()),
            out_trade_no: Some(OutTradeNo::parse("T1").unwrap()),
            success_time: (status == RefundStatus::Success).then(|| "2018-09-07T08:10:30Z".parse().unwrap()),
            status,
            channel: Some(Channel::Original),
            recv_account: Some("招商银行信用卡0403".to_owned()),
            fund_source: Some(FundSource::UnsettledFunds),
            create_time: None,
            amount: RecordedAmount {
                refund: Money::new(20, Currency::USD),
                payer_refund: None,
                total: Some(Money::new(100, Currency::USD)),
                payer_total: Some(Money::fen(700)),
                exchange_rate: None,
            },
        }
    }

    fn page(refunds: Vec<RefundRecord>) -> RefundPage {
        RefundPage {
            transaction_id: Some(TransactionId::parse("42").unwrap()),
            out_trade_no: Some(OutTradeNo::parse("T1").unwrap()),
            total: Some(Money::new(100, Currency::USD)),
            payer_total: Some(Money::fen(700)),
            refunds,
            total_count: None,
        }
    }

    fn rendered(page: &RefundPage) -> String {
        let (mchid, appid) = (Mchid::parse("19").unwrap(), Appid::parse("wx1").unwrap());
        page.render(SignType::Md5, &Caller::Direct { mchid, appid }).as_str().to_owned()
    }

    fn read(body: &str) -> Result<RefundPage, MessageError> {
        RefundPage::read(&Message::parse(body.as_bytes()).unwrap(), Currency::CNY)
    }

    #[test]
    fn every_state_is_told_and_read_back_in_v2s_words() {
        use RefundStatus as S;
        let numbered =
            [S::Success, S::Processing, S::Abnormal, S::Closed].into_iter().zip(["R0", "R1", "R2", "R3"]);
        let page = page(numbered.map(|(status, number)| record(number, status)).collect());
        let body = rendered(&page);
        for word in ["SUCCESS", "PROCESSING", "CHANGE", "REFUNDCLOSE"] {
            assert!(body.contains(&format!("[{word}]")), "{word}");
        }
        assert_eq!(read(&body), Ok(page.clone()));
        assert!(page.is_of(&OrderName::OutTradeNo(OutTradeNo::parse("T1").unwrap())));
        assert!(!page.is_of(&OrderName::TransactionId(TransactionId::parse("43").unwrap())));
    }

    #[test]
    fn older_states_decide_nothing() {
        for word in ["FAIL", "NOTSURE", "success", ""] {
            let body =
                rendered(&page(vec![record("R0", RefundStatus::Processing)])).replace("PROCESSING", word);
            match read(&body) {
                Ok(page) => assert_eq!(page.refunds[0].status, RefundStatus::Other(word.into())),
                Err(error) => assert_eq!((error.field(), word), (Some("refund_status_0"), "")),
            }
        }
    }

    #[test]
    fn records_are_known_by_the_refunds_number_wherever_their_count_begins() {
        let body = rendered(&page(vec![
            record("R0", RefundStatus::Success),
            record("R1", RefundStatus::Processing),
        ]))
        .replace("_0>", "_24>")
        .replace("_1>", "_3>");
        let page = read(&body).unwrap();
        assert_eq!(page.refund(&OutRefundNo::parse("R0").unwrap()).unwrap().status, RefundStatus::Success);
        assert_eq!(page.refund(&OutRefundNo::parse("R1").unwrap()).unwrap().status, RefundStatus::Processing);
        assert_eq!(page.refund(&OutRefundNo::parse("R2").unwrap()), None);
    }

    #[test]
    fn a_page_that_does_not_add_up_is_refused() {
        let body =
            rendered(&page(vec![record("R0", RefundStatus::Success), record("R1", RefundStatus::Success)]));
        for (from, to, field) in [
            ("<refund_count>2", "<refund_count>3", "refund_count"),
            ("<refund_count>2", "<refund_counted>2", "refund_count"),
            ("[R1]", "[R0]", "out_refund_no"),
            ("refund_status_1", "refund_state_1", "refund_status_1"),
            ("out_refund_no_1", "out_refund_no_x", "refund_count"),
            ("<refund_fee_1>20<", "<refund_fee_1>2.0<", "refund_fee_1"),
            ("2018-09-07 16", "2018-09-07T16", "refund_success_time_0"),
        ] {
            let changed = body
                .replace(from, to)
                .replace("refund_counted>2</refund_count>", "refund_counted>2</refund_counted>");
            assert_eq!(read(&changed).unwrap_err().field(), Some(field), "{from} → {to}");
        }
    }

    #[test]
    fn coupons_share_a_beginning_with_other_fields_and_are_left_alone() {
        let body = rendered(&page(vec![record("R0", RefundStatus::Success)])).replace(
            "</xml>",
            "<coupon_refund_fee_0>1</coupon_refund_fee_0><coupon_refund_fee_0_0>1</coupon_refund_fee_0_0>\
             <coupon_refund_count_0>1</coupon_refund_count_0><coupon_type_0_0>CASH</coupon_type_0_0></xml>",
        );
        assert_eq!(read(&body), Ok(page(vec![record("R0", RefundStatus::Success)])));
    }

    #[test]
    fn what_the_payer_gets_is_known_of_a_refund_that_stands_alone() {
        let mut alone = record("R0", RefundStatus::Success);
        alone.amount.payer_refund = Some(Money::fen(140));
        assert_eq!(read(&rendered(&page(vec![alone.clone()]))), Ok(page(vec![alone.clone()])));
        let mut other = alone.clone();
        other.out_refund_no = OutRefundNo::parse("R1").unwrap();
        let body = rendered(&page(vec![alone, other]));
        assert!(body.contains("<cash_refund_fee>280<"));
        assert!(read(&body).unwrap().refunds.iter().all(|refund| refund.amount.payer_refund.is_none()));
    }

    proptest! {
        #[test]
        fn any_change_gives_a_page_or_an_error(at in any::<prop::sample::Index>(), new in "[0-9_<>/a-z]{0,4}") {
            let mut body = rendered(&page(vec![record("R0", RefundStatus::Success), record("R1", RefundStatus::Success)]));
            let ends: Vec<usize> = body.char_indices().map(|(index, _)| index).collect();
            body.insert_str(ends[at.index(ends.len())], &new);
            if let Ok(message) = Message::parse(body.as_bytes()) {
                let _ = RefundPage::read(&message, Currency::CNY).is_ok();
            }
        }
    }
}
