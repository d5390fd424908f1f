//! What a day's statement says of the CNY pool.

use std::collections::BTreeMap;

use jiff::civil::Time;
use refunds::pool::past::Curve;
use wechatpay::china::{self, ChinaDay};
use wechatpay::ids::TransactionId;
use wechatpay::money::{Currency, Money};
use wechatpay::v3::statement::error::StatementError;
use wechatpay::v3::statement::read::Rows;
use wechatpay::v3::statement::row::Event;

/// What a day was like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// What payers paid.
    pub paid: Curve,
    /// How many payments that were.
    pub payments: usize,
    /// What refunds drew, in fen: ours and those made elsewhere.
    pub refunded: i64,
    /// Records that are in neither: they cannot be read, or are payments of another day.
    pub left_out: usize,
    /// Why the first of those that cannot be read cannot.
    pub unread: Option<StatementError>,
}

/// What the `rows` of a statement say of `day`.
///
/// Whatever the payer did not pay in CNY is of another pool and counts in neither. A refund counts whatever its status.
/// A revocation is a payment that went back at once; the payment counts once, whether or not it has a record of its own.
/// Source: [operations 6.1], [operations 1.2].
pub fn of_rows(day: ChinaDay, rows: &Rows<'_>) -> Told {
    let mut revoked: BTreeMap<TransactionId, (Time, i64)> = BTreeMap::new();
    for row in rows.clone().flatten() {
        if let Event::Revocation(amounts) = &row.event
            && let Some(fen) = fen(amounts.payer)
        {
            revoked.insert(row.transaction_id, (china::civil(row.at).time(), fen));
        }
    }
    let mut refunded: i64 = revoked.values().fold(0, |sum, (_, fen)| sum.saturating_add(*fen));
    let (mut paid, mut left_out, mut unread) = (vec![], 0, None);
    for row in rows.clone() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                left_out += 1;
                unread.get_or_insert(error);
                continue;
            }
        };
        let Some(fen) = fen(row.event.amounts().payer) else { continue };
        match row.event {
            Event::Payment(_) if ChinaDay::of(row.at) != day => left_out += 1,
            Event::Payment(_) => {
                revoked.remove(&row.transaction_id);
                paid.push((china::civil(row.at).time(), fen));
            }
            Event::Refund(_) => refunded = refunded.saturating_add(fen),
            Event::Revocation(_) => {}
        }
    }
    // What is left was paid and has no record of that.
    paid.extend(revoked.into_values());
    Told { payments: paid.len(), paid: Curve::of(paid), refunded, left_out, unread }
}

/// The amount, if it is of the CNY pool.
fn fen(payer: Money) -> Option<i64> {
    (payer.currency() == Currency::CNY).then_some(payer.minor())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo, RefundId};
    use wechatpay::v3::statement::read::Statement;
    use wechatpay::v3::statement::row::{Amounts, Refund, Row};
    use wechatpay::v3::statement::write::render;
    use wechatpay::v3::words::{Channel, RefundStatus, TradeType};

    use super::*;

    fn amounts(payer: Money) -> Amounts {
        Amounts { price: payer, payer, settlement: None }
    }

    fn refund(status: RefundStatus, payer: Money) -> Event {
        Event::Refund(Refund {
            refund_id: RefundId::parse("50300000012026030200000000001").unwrap(),
            out_refund_no: OutRefundNo::parse("R1").unwrap(),
            status,
            channel: Channel::Original,
            amounts: amounts(payer),
        })
    }

    fn row(at: &str, number: u32, event: Event) -> Row<'static> {
        Row {
            at: at.parse::<Timestamp>().unwrap(),
            mchid: Mchid::parse("1900000001").unwrap(),
            sub_mchid: None,
            transaction_id: TransactionId::parse(&format!("42000000012026030200000000{number:02}")).unwrap(),
            out_trade_no: OutTradeNo::parse(&format!("T{number}")).unwrap(),
            event,
            recharge_coupon: None,
            coupon: None,
            trade_type: TradeType::Native,
            bank_type: "CMB_DEBIT",
            appid: "wx1",
            openid: "o1",
            device: "",
            goods: "",
            attach: "",
            fee: "0.06",
            fee_rate: "0.60%",
            payment_rate: "650000000",
            refund_rate: "",
        }
    }

    fn told(rows: &[Row<'_>], further: &str) -> Told {
        let text = format!("{}{further}", render(rows));
        let day = ChinaDay::from_date("2026-03-02".parse().unwrap());
        of_rows(day, &Statement::read_text(&text).unwrap().rows())
    }

    fn hkd(minor: i64) -> Money {
        Money::new(minor, Currency::HKD)
    }

    const NINE: &str = "2026-03-02T09:00:00+08:00";
    const TEN: &str = "2026-03-02T10:00:00+08:00";

    #[test]
    fn each_record_counts_where_it_belongs() {
        let paid = |fen| Event::Payment(amounts(Money::fen(fen)));
        let revoked = |fen| Event::Revocation(amounts(Money::fen(fen)));
        for (case, rows, expected) in [
            ("payments", vec![row(NINE, 1, paid(100)), row(TEN, 2, paid(20))], (120, 2, 0)),
            (
                "refunds, whatever their status",
                vec![
                    row(NINE, 1, refund(RefundStatus::Success, Money::fen(5))),
                    row(TEN, 2, refund(RefundStatus::Processing, Money::fen(7))),
                ],
                (0, 0, 12),
            ),
            (
                "a Hong Kong wallet",
                vec![
                    row(NINE, 1, Event::Payment(amounts(hkd(100)))),
                    row(TEN, 1, refund(RefundStatus::Success, hkd(9))),
                ],
                (0, 0, 0),
            ),
            (
                "a revocation beside its payment",
                vec![row(NINE, 1, paid(100)), row(TEN, 1, revoked(100))],
                (100, 1, 100),
            ),
            ("a revocation alone", vec![row(TEN, 1, revoked(100))], (100, 1, 100)),
        ] {
            let told = told(&rows, "");
            assert_eq!((told.paid.total(), told.payments, told.refunded), expected, "{case}");
            assert_eq!((told.left_out, told.unread), (0, None), "{case}");
        }
    }

    #[test]
    fn payments_lie_on_the_curve_at_their_time_in_china() {
        let paid = |fen| Event::Payment(amounts(Money::fen(fen)));
        let told = told(&[row(NINE, 1, paid(100)), row(TEN, 2, paid(20))], "");
        assert_eq!([107, 108, 119, 120].map(|slot| told.paid.paid_by(slot)), [0, 100, 100, 120]);
    }

    #[test]
    fn what_cannot_be_read_or_is_of_another_day_is_counted_and_hides_nothing() {
        let paid = |fen| Event::Payment(amounts(Money::fen(fen)));
        let told =
            told(&[row(NINE, 1, paid(100)), row("2026-03-03T00:00:00+08:00", 2, paid(20))], "`nonsense\n");
        assert_eq!((told.paid.total(), told.payments, told.left_out), (100, 1, 2));
        assert!(told.unread.is_some());
    }
}
