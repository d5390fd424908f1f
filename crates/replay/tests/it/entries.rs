//! What a history is made of.

use replay::history::{AskedRefund, EntryError, History, LARGEST_FEN, Payment, TrialError};

use crate::sample::{at, history, share};

#[test]
fn an_entry_comes_after_the_one_above_and_has_an_amount() {
    let mut history = History::default();
    let payment = |time: &str, amount_fen| Payment { at: at(time), amount_fen };
    history.pay(payment("03-02 10:00", 1)).unwrap();
    history.pay(payment("03-02 10:00", LARGEST_FEN)).unwrap();
    for (entry, error) in [
        (payment("03-02 09:59:59", 1), EntryError::Descending { before: at("03-02 10:00") }),
        (payment("03-02 10:00", 0), EntryError::Amount { amount_fen: 0 }),
        (payment("03-02 10:00", LARGEST_FEN + 1), EntryError::Amount { amount_fen: LARGEST_FEN + 1 }),
    ] {
        assert_eq!(history.pay(entry), Err(error));
    }
    for time in ["1999-12-31T23:59:59+08:00", "2200-01-01T00:00:00+08:00"] {
        let at = time.parse().unwrap();
        assert_eq!(history.pay(Payment { at, amount_fen: 1 }), Err(EntryError::Time { at }));
    }
    let refund = |number: &str| AskedRefund {
        at: at("03-02 09:00"),
        amount_fen: 1,
        out_refund_no: number.into(),
        share: None,
    };
    history.ask(refund("R1")).unwrap();
    history.ask(refund("r1")).unwrap();
    assert_eq!(history.ask(refund("R1")), Err(EntryError::NumberTaken { out_refund_no: "R1".into() }));
}

#[test]
fn refunds_count_after_the_days_to_learn_from_up_to_the_last_payment() {
    let history = history(
        "03-02 18:00 paid 100
         03-04 12:00 paid 100
         03-01 10:00 R1 asks 1
         03-02 10:00 R2 asks 1
         03-03 00:00 R3 asks 1
         03-04 12:00 R4 asks 1
         03-04 12:00:01 R5 asks 1",
    );
    let counted = |days| {
        let trial = history.trial(days)?;
        Ok(trial.refunds().iter().map(|refund| refund.out_refund_no.as_str()).collect::<Vec<_>>())
    };
    assert_eq!(counted(0), Ok(vec!["R2", "R3", "R4"]));
    assert_eq!(counted(1), Ok(vec!["R3", "R4"]));
    assert_eq!(counted(2), Ok(vec!["R4"]));
    assert!(matches!(counted(3), Err(TrialError::NoRefunds { .. })));
    assert!(matches!(counted(u16::MAX), Err(TrialError::NoRefunds { .. })));
    assert_eq!(history.trial(0).unwrap().days(), 3);
    assert_eq!(History::default().trial(0).unwrap_err(), TrialError::NoPayments);
}

#[test]
fn a_share_is_rounded_down() {
    assert_eq!([0, 33, 34, 1_000].map(|amount| share(30_000).of(amount)), [0, 0, 1, 30]);
    assert_eq!(share(1_000_000).of(i64::MAX), i64::MAX);
    assert_eq!(replay::sight::Share::of_ppm(1_000_001), None);
}
