//! Writing a statement, as the platform does.

use super::amount;
use super::column::Column;
use super::row::{Amounts, Event, Row};
use crate::china;
use crate::money::{Currency, Money};

/// The text of a statement with these rows, headings first, a line each.
///
/// Back quotes and control characters in texts become blanks: they would break the table. Source: \[inferred\].
pub fn render(rows: &[Row<'_>]) -> String {
    let headings: Vec<&str> = Column::ALL.iter().map(|column| column.heading()).collect();
    let mut text = headings.join(",");
    text.push('\n');
    for row in rows {
        let values = Values::of(row);
        for (index, column) in Column::ALL.iter().enumerate() {
            text.push_str(if index == 0 { "`" } else { ",`" });
            let value = values.value(*column);
            text.extend(value.chars().map(|c| if c == '`' || c.is_control() { ' ' } else { c }));
        }
        text.push('\n');
    }
    text
}

/// What stands for a number that a row does not have. Source: [operations 6.2], as V2 writes it.
const NO_NUMBER: &str = "0";

/// A row, its amounts sorted into those of the order and those of a refund.
struct Values<'r> {
    row: &'r Row<'r>,
    paid: Amounts,
    refunded: Amounts,
}

impl<'r> Values<'r> {
    fn of(row: &'r Row<'r>) -> Values<'r> {
        let amounts = *row.event.amounts();
        // A refund's record has nothing in the columns of the payment, and the other way round. [operations 6.2]
        let nothing = Amounts {
            price: none_of(amounts.price),
            payer: none_of(amounts.payer),
            settlement: amounts.settlement.map(none_of),
        };
        match row.event {
            Event::Payment(_) => Values { row, paid: amounts, refunded: nothing },
            Event::Refund(_) | Event::Revocation(_) => Values { row, paid: nothing, refunded: amounts },
        }
    }

    fn value(&self, column: Column) -> String {
        let Values { row, paid, refunded } = self;
        let is_payment = matches!(row.event, Event::Payment(_));
        let refund = match &row.event {
            Event::Refund(refund) => Some(refund),
            Event::Payment(_) | Event::Revocation(_) => None,
        };
        let coupon = |coupon: Option<Money>, is_here: bool| match (coupon, is_here) {
            (Some(coupon), true) => amount::write(coupon),
            (Some(coupon), false) => amount::write(none_of(coupon)),
            (None, _) => String::new(),
        };
        match column {
            Column::TradeTime => china::civil(row.at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Column::Appid => row.appid.to_owned(),
            Column::Mchid => row.mchid.to_string(),
            Column::SubMchid => row.sub_mchid.as_ref().map_or(NO_NUMBER.to_owned(), ToString::to_string),
            Column::Device => row.device.to_owned(),
            Column::TransactionId => row.transaction_id.to_string(),
            Column::OutTradeNo => row.out_trade_no.to_string(),
            Column::Openid => row.openid.to_owned(),
            Column::TradeType => row.trade_type.as_str().to_owned(),
            Column::TradeState => match row.event {
                Event::Payment(_) => "SUCCESS",
                Event::Refund(_) => "REFUND",
                Event::Revocation(_) => "REVOKED",
            }
            .to_owned(),
            Column::BankType => row.bank_type.to_owned(),
            Column::RechargeCouponCurrency => code(row.recharge_coupon),
            Column::RechargeCoupon => coupon(row.recharge_coupon, is_payment),
            Column::CouponCurrency => code(row.coupon),
            Column::Coupon => coupon(row.coupon, is_payment),
            Column::RefundId => refund.map_or(NO_NUMBER.to_owned(), |refund| refund.refund_id.to_string()),
            Column::OutRefundNo => {
                refund.map_or(NO_NUMBER.to_owned(), |refund| refund.out_refund_no.to_string())
            }
            Column::RefundType => refund.map_or(String::new(), |refund| refund.channel.as_str().to_owned()),
            Column::RefundStatus => refund.map_or(String::new(), |refund| refund.status.as_str().to_owned()),
            Column::Goods => row.goods.to_owned(),
            Column::Attach => row.attach.to_owned(),
            Column::Fee => row.fee.to_owned(),
            Column::FeeRate => row.fee_rate.to_owned(),
            Column::PriceCurrency => paid.price.currency().to_string(),
            Column::Price => amount::write(paid.price),
            Column::PayerCurrency => paid.payer.currency().to_string(),
            Column::Payer => amount::write(paid.payer),
            Column::SettlementCurrency => code(paid.settlement),
            Column::Settlement => paid.settlement.map_or(String::new(), amount::write),
            Column::PaymentRate => row.payment_rate.to_owned(),
            Column::RefundRate => row.refund_rate.to_owned(),
            Column::RefundAsked => amount::write(refunded.price),
            Column::PayerRefundCurrency => refunded.payer.currency().to_string(),
            Column::PayerRefund => amount::write(refunded.payer),
            Column::RefundSettlementCurrency => code(refunded.settlement),
            Column::RefundSettlement => refunded.settlement.map_or(String::new(), amount::write),
            Column::RechargeCouponRefund => coupon(row.recharge_coupon, !is_payment),
            Column::CouponRefund => coupon(row.coupon, !is_payment),
        }
    }
}

/// Nothing, in the same currency.
fn none_of(amount: Money) -> Money {
    Money::new(0, amount.currency())
}

fn code(amount: Option<Money>) -> String {
    amount.as_ref().map(Money::currency).as_ref().map(Currency::to_string).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::read::Statement;
    use super::super::sample::Sample;
    use super::*;

    #[test]
    fn a_text_cannot_break_the_table() {
        let sample = Sample { text: "a,`b\r\nc,d".to_owned(), ..Sample::payment() };
        let text = render(&[sample.row()]);
        assert_eq!(text.lines().count(), 2);
        let statement = Statement::read(text.as_bytes()).unwrap();
        let row = statement.rows().next().unwrap().unwrap();
        assert_eq!(row.attach, "a, b  c,d");
    }

    #[test]
    fn an_empty_statement_has_its_headings() {
        assert!(render(&[]).starts_with("交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,"));
        assert!(render(&[]).ends_with(",充值券退款金额,优惠券退款金额\n"));
    }
}
