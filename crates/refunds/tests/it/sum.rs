//! The sum of an order's refunds, whatever happens to them in whatever order.

use proptest::prelude::*;
use refunds::batch::OrderChange;
use refunds::intake::{Admission, Found, NewRefund, admit};
use refunds::key::{Identity, NumberForm, OrderKey, RefundKey, UpstreamNo};
use refunds::order::{Order, OrderNames};
use refunds::outcome::{QueryOutcome, Refusal, Standing, SubmitOutcome};
use refunds::refund::{Refund, RequestBytes, Withdrawal};
use refunds::step::Event;
use wechatpay::ids::{Mchid, OutRefundNo, OutTradeNo};
use wechatpay::wire::Wire;

use crate::sample::{House, noon, receipt, report, request};

fn new_refund(n: usize, amount: i64) -> NewRefund {
    let mchid = Mchid::parse("1900000001").unwrap();
    let ulid = format!("01JZ{n:022}");
    let identity = Identity {
        mchid: mchid.clone(),
        sub_mchid: None,
        out_refund_no: OutRefundNo::parse(&format!("R{n}")).unwrap(),
    };
    NewRefund {
        key: RefundKey::new(&mchid, &ulid).unwrap(),
        order_key: OrderKey::new(&mchid, &ulid).unwrap(),
        upstream_no: UpstreamNo::of(&identity, NumberForm::AsGiven).unwrap(),
        request: request(
            identity,
            OrderNames { out_trade_no: Some(OutTradeNo::parse("T1").unwrap()), transaction_id: None },
            amount,
            1_000,
        ),
        bytes: RequestBytes::new(Wire::V3, b"{}"),
        at: noon(),
    }
}

/// What may happen to one of the refunds.
fn event(kind: u8, refund: &Refund) -> Event {
    let attempt = refund.attempts.count;
    let asked = |outcome| Event::Asked { asked_at: noon(), outcome };
    let found = |standing| {
        let mut found = report(standing);
        found.amount = refund.amount;
        asked(QueryOutcome::Found(found))
    };
    match kind {
        0 => Event::Released { signed_at: noon() },
        1 => Event::Answered { attempt, outcome: SubmitOutcome::Accepted(receipt()) },
        2 => Event::Answered { attempt, outcome: SubmitOutcome::NotEnough },
        3 => Event::Answered { attempt, outcome: SubmitOutcome::Unclear },
        4 => Event::Answered {
            attempt,
            outcome: SubmitOutcome::Refused(Refusal { code: "x".into(), message: String::new() }),
        },
        5 => asked(QueryOutcome::Absent),
        6 => found(Standing::Succeeded),
        7 => found(Standing::Closed),
        8 => found(Standing::Abnormal),
        _ => Event::Withdrawn(Withdrawal::Tenant),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn what_is_counted_never_passes_the_order_and_is_always_the_sum_of_the_refunds(
        moves in proptest::collection::vec((any::<bool>(), 0usize..12, 1i64..500, 0u8..10), 1..150),
    ) {
        let house = House::new();
        let mut order: Option<Order> = None;
        let mut refunds: Vec<Refund> = vec![];
        // Only WeChat Pay's own late word on a refund that was given up can pass the order: that is told, not hidden.
        let mut late = false;
        for (asks, which, amount, kind) in moves {
            if asks {
                let found = Found { by_out_trade_no: order.clone(), ..Found::default() };
                let refundable = order.as_ref().map_or(1_000, |order| order.refundable().minor());
                match admit(&new_refund(refunds.len(), amount), found) {
                    Admission::Admitted { refund, order: after, .. } => {
                        prop_assert!(amount <= refundable);
                        order = Some(*after);
                        refunds.push(*refund);
                    }
                    Admission::Refused(_) => prop_assert!(amount > refundable || refunds.len() >= 50),
                    other => prop_assert!(false, "{other:?}"),
                }
            } else if let Some(refund) = refunds.get_mut(which) {
                let after = house.after(refund, event(kind, refund), noon());
                let counted = i64::from(after.is_counted()) - i64::from(refund.is_counted());
                late |= counted > 0;
                let mut change = OrderChange::of(after.order.clone());
                change.reserved = counted * after.amount.minor();
                change.reserved_count = i32::try_from(counted).unwrap();
                change.apply(order.as_mut().unwrap());
                *refund = after;
            }
            let counted = refunds.iter().filter(|refund| refund.is_counted());
            let (sum, count) = counted.fold((0, 0), |(sum, n), refund| (sum + refund.amount.minor(), n + 1));
            if let Some(order) = &order {
                prop_assert_eq!((order.reserved, order.reserved_count), (sum, count));
                prop_assert!(sum <= 1_000 || late);
            }
        }
    }
}
