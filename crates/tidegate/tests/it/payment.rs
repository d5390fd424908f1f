//! `tidegate payment add`.

use crate::stub::{Stub, run};

const ADD: [&str; 10] = [
    "payment",
    "add",
    "--out-trade-no",
    "T1",
    "--total",
    "1250",
    "--currency",
    "USD",
    "--success-time",
    "2026-01-05T09:00:00+08:00",
];

#[test]
fn a_payment_is_reported() {
    for (status, told) in [(201, "Taken"), (200, "Already there")] {
        let stub = Stub::always(status, r#"{"out_trade_no":"T1"}"#);
        let expected = (0, format!("{told}: payment of 12.50 USD for order T1.\n"), String::new());
        assert_eq!(run(&mut stub.tidegate(&ADD)), expected);
        assert_eq!(stub.requests()[0].line, "POST /v1/payments");
        assert_eq!(
            stub.requests()[0].body,
            r#"{"out_trade_no":"T1","amount":{"total":1250,"currency":"USD"},"success_time":"2026-01-05T09:00:00+08:00"}"#
        );
    }
}

#[test]
fn what_the_payer_paid_goes_along_and_needs_its_currency() {
    let stub = Stub::always(201, "{}");
    let payer = [&ADD[..], &["--payer-total", "8900", "--payer-currency", "CNY", "--bank-type", "CMB_DEBIT"]]
        .concat();
    assert_eq!(run(&mut stub.tidegate(&payer)).0, 0);
    let body = &stub.requests()[0].body;
    assert!(
        body.contains(r#""payer":{"total":8900,"currency":"CNY"}"#)
            && body.contains(r#""bank_type":"CMB_DEBIT""#),
        "{body}"
    );
    let (code, _, err) = run(&mut stub.tidegate(&[&ADD[..], &["--payer-total", "8900"]].concat()));
    assert!(code == 1 && err.contains("--payer-currency"), "{err}");
}
