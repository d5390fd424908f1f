//! Submitting a refund: the body that is stored, and what an accepted one is answered with.
//!
//! Client certificate of the calling merchant id needed. The body is rendered once and stored; what each attempt sends
//! is [`UnsignedBody::sign`] of it. Source: [v2-refund].

use crate::ids::{OutRefundNo, OutTradeNo, RefundId, TransactionId};
use crate::money::Currency;
use crate::v2::answer;
use crate::v2::caller::Caller;
use crate::v2::message::{Message, MessageError};
use crate::v2::order::{read_order_name, write_order_name};
use crate::v2::sign::{SignType, UnsignedBody};
use crate::v3::refund::call::OrderName;
use crate::v3::refund::record::RecordedAmount;
use crate::v3::refund::submit::{Mismatch, NotifyUrl, Reason, RefundAmount};
use crate::v3::words::{Channel, FundSource};

use super::amounts;

/// Where a refund is submitted, by POST.
pub const PATH: &str = "/secapi/pay/refund";

/// The same for orders of the mainland with promotions of single items; what it has beyond [`PATH`] is not read here.
pub const PATH_OF_ITEMS: &str = "/secapi/pay/refundv2";

/// A request to refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitRequest {
    /// Who refunds.
    pub caller: Caller,
    /// Which order.
    pub order: OrderName,
    /// The number of the refund, unique under the merchant id. The same number again is the same refund.
    pub out_refund_no: OutRefundNo,
    /// How much.
    pub amount: RefundAmount,
    /// What the payer reads (`refund_desc`).
    pub reason: Option<Reason>,
    /// Where the money comes from (`refund_account`), for merchants on the old fund flow.
    pub source: Option<FundSource>,
    /// Where to send the notification, instead of the address set on the Merchant Platform.
    pub notify_url: Option<NotifyUrl>,
}

impl SubmitRequest {
    /// The body that is stored: the same bytes for the same request, whenever it is rendered.
    pub fn render(&self, sign_type: SignType) -> UnsignedBody {
        UnsignedBody::render_request(sign_type, |xml| {
            self.caller.write(xml);
            write_order_name(&self.order, xml);
            xml.text("out_refund_no", self.out_refund_no.as_str());
            xml.integer("total_fee", self.amount.total().minor());
            xml.integer("refund_fee", self.amount.refund().minor());
            // Absent it is CNY, and merchants of the mainland know no other.
            let currency = self.amount.refund().currency();
            if currency != Currency::CNY {
                xml.text("refund_fee_type", currency.code());
            }
            xml.optional_text("refund_desc", self.reason.as_ref().map(Reason::as_str));
            xml.optional_text("refund_account", self.source.as_ref().map(FundSource::as_str));
            xml.optional_text("notify_url", self.notify_url.as_ref().map(NotifyUrl::as_str));
        })
    }

    /// The request in `message`, whose signature is for the caller to verify. Unknown fields are left alone.
    pub fn read(message: &Message) -> Result<SubmitRequest, MessageError> {
        let currency = message.optional_currency("refund_fee_type")?.unwrap_or(Currency::CNY);
        let source = match message.optional_text("refund_account")?.map(FundSource::parse) {
            Some(FundSource::Other(_)) => {
                return Err(MessageError::bad_value("refund_account", "is no source of funds"));
            }
            source => source,
        };
        let (refund, total) = (message.money("refund_fee", currency)?, message.money("total_fee", currency)?);
        Ok(SubmitRequest {
            caller: Caller::read(message)?,
            order: read_order_name(message)?,
            out_refund_no: message.parsed("out_refund_no", OutRefundNo::parse)?,
            amount: RefundAmount::new(refund, total)
                .map_err(|error| MessageError::bad_value("refund_fee", error))?,
            reason: message.optional_parsed("refund_desc", Reason::parse)?,
            source,
            notify_url: message.optional_parsed("notify_url", NotifyUrl::parse)?,
        })
    }
}

/// The answer to an accepted refund. Acceptance, not the result. Source: [v2-refund].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmitAnswer {
    /// The refund's number at WeChat Pay.
    pub refund_id: RefundId,
    /// The merchant's number, as asked.
    pub out_refund_no: OutRefundNo,
    /// The order's number at WeChat Pay.
    pub transaction_id: Option<TransactionId>,
    /// The order's number at the merchant.
    pub out_trade_no: Option<OutTradeNo>,
    /// The way back; often said only later.
    pub channel: Option<Channel>,
    /// The amounts.
    pub amount: RecordedAmount,
}

impl SubmitAnswer {
    /// The answer in a message that was verified, to a refund in the currency `asked`, which counts where the answer
    /// names none.
    pub fn read(message: &Message, asked: Currency) -> Result<SubmitAnswer, MessageError> {
        let price = amounts::price_currency(message, asked)?;
        let currency = message.optional_currency("refund_fee_type")?.unwrap_or(price);
        Ok(SubmitAnswer {
            refund_id: message.parsed("refund_id", RefundId::parse)?,
            out_refund_no: message.parsed("out_refund_no", OutRefundNo::parse)?,
            transaction_id: message.optional_parsed("transaction_id", TransactionId::parse)?,
            out_trade_no: message.optional_parsed("out_trade_no", OutTradeNo::parse)?,
            channel: message.optional_text("refund_channel")?.map(Channel::parse),
            amount: RecordedAmount {
                refund: message.money("refund_fee", currency)?,
                payer_refund: amounts::payer_refund(message)?,
                total: message.optional_money("total_fee", price)?,
                payer_total: amounts::payer_total(message)?,
                exchange_rate: amounts::rate(message)?,
            },
        })
    }

    /// The answer to `caller`, ready to be signed.
    pub fn render(&self, sign_type: SignType, caller: &Caller) -> UnsignedBody {
        answer::success(sign_type, caller, |xml| {
            xml.optional_text("transaction_id", self.transaction_id.as_ref().map(TransactionId::as_str));
            xml.optional_text("out_trade_no", self.out_trade_no.as_ref().map(OutTradeNo::as_str));
            xml.text("out_refund_no", self.out_refund_no.as_str());
            xml.text("refund_id", self.refund_id.as_str());
            // An empty element where nothing is known yet, as the samples of the page have it.
            xml.text("refund_channel", self.channel.as_ref().map_or("", Channel::as_str));
            let RecordedAmount { refund, payer_refund, total, payer_total, exchange_rate } = &self.amount;
            xml.integer("refund_fee", refund.minor());
            xml.text("refund_fee_type", refund.currency().code());
            amounts::write_totals(xml, *total, *payer_total, exchange_rate.as_ref());
            amounts::write_payer_refund(xml, *payer_refund);
        })
    }

    /// Whether this answers `request`. A signature does not tie an answer to its request.
    pub fn check_against(&self, request: &SubmitRequest) -> Result<(), Mismatch> {
        let mismatch = |field, asked: String, answered: String| Err(Mismatch { field, asked, answered });
        if self.out_refund_no != request.out_refund_no {
            let (asked, answered) = (request.out_refund_no.to_string(), self.out_refund_no.to_string());
            return mismatch("out_refund_no", asked, answered);
        }
        if self.amount.refund != request.amount.refund() {
            let (asked, answered) = (request.amount.refund().to_string(), self.amount.refund.to_string());
            return mismatch("refund_fee", asked, answered);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ids::{Appid, Mchid, SubMchid};
    use crate::money::Money;

    fn request() -> SubmitRequest {
        SubmitRequest {
            caller: Caller::Institution {
                mchid: Mchid::parse("1900000100").unwrap(),
                appid: Appid::parse("wx2421b1c4370ec43b").unwrap(),
                sub_mchid: SubMchid::parse("1900000109").unwrap(),
                sub_appid: None,
            },
            order: OrderName::OutTradeNo(OutTradeNo::parse("T1").unwrap()),
            out_refund_no: OutRefundNo::parse("R|1*@").unwrap(),
            amount: RefundAmount::new(usd(500), usd(888)).unwrap(),
            reason: Some(Reason::parse("退款 <&>").unwrap()),
            source: None,
            notify_url: Some(NotifyUrl::parse("https://example.com/n").unwrap()),
        }
    }

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    fn read(body: &str) -> Result<SubmitRequest, MessageError> {
        SubmitRequest::read(&Message::parse(body.as_bytes()).unwrap())
    }

    const STORED: &str = "<xml><appid><![CDATA[wx2421b1c4370ec43b]]></appid><mch_id><![CDATA[1900000100]]></mch_id>\
        <sub_mch_id><![CDATA[1900000109]]></sub_mch_id><out_trade_no><![CDATA[T1]]></out_trade_no>\
        <out_refund_no><![CDATA[R|1*@]]></out_refund_no><total_fee>888</total_fee><refund_fee>500</refund_fee>\
        <refund_fee_type><![CDATA[USD]]></refund_fee_type><refund_desc><![CDATA[退款 <&>]]></refund_desc>\
        <notify_url><![CDATA[https://example.com/n]]></notify_url></xml>";

    #[test]
    fn the_stored_bytes_are_these_and_are_read_back() {
        let stored = request().render(SignType::Md5);
        assert_eq!(stored.as_str(), STORED);
        assert_eq!(SubmitRequest::read(stored.message()), Ok(request()));
        assert_eq!(read(STORED), Ok(request()));
    }

    #[test]
    fn without_a_currency_it_is_cny_and_none_is_written() {
        let cny =
            SubmitRequest { amount: RefundAmount::new(Money::fen(1), Money::fen(2)).unwrap(), ..request() };
        let stored = cny.render(SignType::HmacSha256);
        assert!(!stored.as_str().contains("refund_fee_type"));
        assert_eq!(read(stored.as_str()), Ok(cny));
    }

    #[test]
    fn the_platforms_own_number_wins_where_both_are_given() {
        let both = STORED.replace("<xml>", "<xml><transaction_id>42</transaction_id>");
        assert_eq!(read(&both).unwrap().order, OrderName::TransactionId(TransactionId::parse("42").unwrap()));
    }

    #[test]
    fn a_bad_request_names_its_field() {
        for (from, to, field) in [
            ("out_trade_no", "out_no", "transaction_id"),
            ("R|1*@", "R 1", "out_refund_no"),
            ("out_refund_no", "refund_no", "out_refund_no"),
            (">888<", ">8.88<", "total_fee"),
            (">500<", ">0<", "refund_fee"),
            (">500<", ">-5<", "refund_fee"),
            ("[USD]", "[usd]", "refund_fee_type"),
            ("https://example.com/n", "http://example.com/n", "notify_url"),
            ("退款", "😀", "refund_desc"),
            ("</xml>", "<refund_account>OTHER</refund_account></xml>", "refund_account"),
            ("1900000109", "sub", "sub_mch_id"),
        ] {
            let error = read(&STORED.replace(from, to)).unwrap_err();
            assert_eq!(error.field(), Some(field), "{from} → {to}: {error}");
        }
    }

    fn answer() -> SubmitAnswer {
        SubmitAnswer {
            refund_id: RefundId::parse("50000208272018090706242811460").unwrap(),
            out_refund_no: OutRefundNo::parse("R|1*@").unwrap(),
            transaction_id: Some(TransactionId::parse("4200000174201809079044471634").unwrap()),
            out_trade_no: Some(OutTradeNo::parse("T1").unwrap()),
            channel: None,
            amount: RecordedAmount {
                refund: usd(500),
                payer_refund: Some(Money::fen(3604)),
                total: Some(usd(888)),
                payer_total: Some(Money::fen(6400)),
                exchange_rate: None,
            },
        }
    }

    #[test]
    fn an_answer_is_written_read_and_compared() {
        let rendered = answer().render(SignType::Md5, &request().caller);
        let read = SubmitAnswer::read(rendered.message(), Currency::CNY).unwrap();
        assert_eq!(read, answer());
        read.check_against(&request()).unwrap();
        let other = SubmitAnswer { out_refund_no: OutRefundNo::parse("R2").unwrap(), ..answer() };
        assert_eq!(other.check_against(&request()).unwrap_err().field, "out_refund_no");
        let amount = RecordedAmount { refund: usd(501), ..answer().amount };
        assert_eq!(
            SubmitAnswer { amount, ..answer() }.check_against(&request()).unwrap_err().field,
            "refund_fee"
        );
    }

    #[test]
    fn an_answer_without_currencies_is_in_the_one_asked_for_and_paid_in_cny() {
        let body = "<xml><refund_id>50</refund_id><out_refund_no>R|1*@</out_refund_no><refund_fee>500</refund_fee>\
            <cash_refund_fee>3604</cash_refund_fee></xml>";
        let answer = SubmitAnswer::read(&Message::parse(body.as_bytes()).unwrap(), Currency::USD).unwrap();
        assert_eq!(answer.amount.payer_refund, Some(Money::fen(3604)));
        answer.check_against(&request()).unwrap();
    }

    proptest! {
        #[test]
        fn a_rendered_request_is_read_back(
            number in "[A-Za-z0-9_|*@-]{1,64}", reason in "[ -~é退款\\]]{1,26}", refund in 1..i64::MAX, total in 1..i64::MAX,
        ) {
            let request = SubmitRequest {
                out_refund_no: OutRefundNo::parse(&number).unwrap(),
                reason: Some(Reason::parse(&reason).unwrap()),
                amount: RefundAmount::new(usd(refund), usd(total)).unwrap(),
                ..request()
            };
            let stored = request.render(SignType::Md5);
            prop_assert_eq!(read(stored.as_str()), Ok(request));
        }

        #[test]
        fn any_bytes_are_a_message_or_an_error(at in any::<prop::sample::Index>(), new in any::<u8>()) {
            let mut changed = STORED.as_bytes().to_vec();
            let at = at.index(changed.len());
            changed[at] = new;
            if let Ok(message) = Message::parse(&changed) {
                let _ = SubmitRequest::read(&message).is_ok();
                let _ = SubmitAnswer::read(&message, Currency::CNY).is_ok();
            }
        }
    }
}
