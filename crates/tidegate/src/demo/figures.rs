//! The demo in figures, as `--json` prints them.

use std::time::Duration;

use serde::Serialize;

use crate::demo::evidence::Evidence;
use crate::demo::play::Happened;
use crate::demo::recount::{Recount, Refunds};

/// The figures. The order of the fields is that of the printed object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Figures {
    /// Days of trade.
    pub(crate) days: usize,
    /// Payments made.
    pub(crate) payments: usize,
    /// Refunds by how they ended.
    pub(crate) refunds: Refunds,
    /// Submissions that arrived at the platform.
    pub(crate) attempts: usize,
    /// Of these, those that met NOT ENOUGH.
    pub(crate) refused_not_enough: usize,
    /// How often a refund became unclear.
    pub(crate) unclear: usize,
    /// Submissions under a number that had come before.
    pub(crate) same_number_resends: usize,
    /// Refunds that left the pool more than once.
    pub(crate) paid_twice: usize,
    /// Acknowledged refunds that are gone.
    pub(crate) lost: usize,
    /// Orders of which more went back than was paid.
    pub(crate) over_refunded: usize,
    /// Whether the books add up.
    pub(crate) ledger_balanced: bool,
    /// Nightly exchanges with money.
    pub(crate) exchanges: usize,
    /// Payouts with money.
    pub(crate) payouts: usize,
    /// What chance was drawn from.
    pub(crate) seed: u64,
    /// How long it all took, in real time, in tenths.
    pub(crate) wall_seconds: f64,
}

impl Figures {
    /// The figures of a demo that took `wall`.
    pub(crate) fn new(
        days: usize,
        seed: u64,
        evidence: &Evidence,
        recount: &Recount,
        wall: Duration,
    ) -> Figures {
        Figures {
            days,
            payments: evidence.paid.len(),
            refunds: recount.refunds,
            attempts: recount.attempts,
            refused_not_enough: recount.refused_not_enough,
            unclear: evidence.unclear,
            same_number_resends: recount.same_number_resends,
            paid_twice: recount.paid_twice.len(),
            lost: recount.lost.len(),
            over_refunded: recount.over_refunded.len(),
            ledger_balanced: recount.unbalanced.is_empty(),
            exchanges: evidence.exchanges.len(),
            payouts: evidence.payouts,
            seed,
            wall_seconds: (wall.as_secs_f64() * 10.0).round() / 10.0,
        }
    }
}

/// Least NOT ENOUGH and unclear answers that make it a demonstration.
const LEAST_NOT_ENOUGH: usize = 5;
const LEAST_UNCLEAR: usize = 3;

/// One in so many refunds may still be open at the end.
const OPEN_ONE_IN: usize = 20;

/// What was not well; nothing if all was.
pub(crate) fn findings(
    figures: &Figures,
    evidence: &Evidence,
    recount: &Recount,
    happened: &Happened,
) -> Vec<String> {
    let mut found = Vec::new();
    let listed = [
        ("paid twice", &recount.paid_twice),
        ("lost", &recount.lost),
        ("refunded beyond its order", &recount.over_refunded),
        ("gateway and platform disagree", &recount.contradictions),
        ("the books do not add up", &recount.unbalanced),
        ("it did not go as planned", &happened.complaints),
    ];
    for (what, list) in listed {
        found.extend(list.iter().map(|one| format!("{what}: {one}")));
    }
    let Figures { refunds, refused_not_enough, unclear, .. } = figures;
    let mut must = |holds: bool, what: String| {
        if !holds {
            found.push(what);
        }
    };
    must(
        refunds.sum() == refunds.requested,
        format!("{} refunds were acknowledged, and {} can be told of", refunds.requested, refunds.sum()),
    );
    must(
        refunds.open * OPEN_ONE_IN <= refunds.requested,
        format!("{} of {} refunds are still open", refunds.open, refunds.requested),
    );
    must(
        *refused_not_enough >= LEAST_NOT_ENOUGH,
        format!("NOT ENOUGH came {refused_not_enough} times; at least {LEAST_NOT_ENOUGH} were to be shown"),
    );
    must(
        *unclear >= LEAST_UNCLEAR,
        format!("{unclear} answers were unclear; at least {LEAST_UNCLEAR} were to be shown"),
    );
    must(happened.kills == 1, "the gateway was not killed".to_owned());
    must(happened.rotations == 1, "the platform did not change its key".to_owned());
    let signed: Vec<usize> = happened
        .certificates
        .iter()
        .map(|serial_no| evidence.signed_with.get(serial_no).copied().unwrap_or(0))
        .collect();
    must(
        signed.len() == 2 && signed.iter().all(|count| *count > 0),
        format!("refunds were to be signed with two certificates, one after the other; {signed:?} were"),
    );
    must(
        evidence.signatures_refused == 0,
        format!("{} requests were refused for their certificate or signature", evidence.signatures_refused),
    );
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures() -> Figures {
        let refunds =
            Refunds { requested: 20, succeeded: 17, closed: 1, cancelled: 1, open: 1, ..Refunds::default() };
        let recount = Recount { refunds, attempts: 40, refused_not_enough: 5, ..Recount::default() };
        Figures::new(8, 1, &evidence(), &recount, Duration::from_millis(41_234))
    }

    fn happened() -> Happened {
        let certificates = vec!["0A".to_owned(), "0B".to_owned()];
        Happened { kills: 1, rotations: 1, certificates, ..Happened::default() }
    }

    fn evidence() -> Evidence {
        let signed_with = [("0A".to_owned(), 30), ("0B".to_owned(), 10)].into();
        Evidence { unclear: 3, signed_with, ..Evidence::default() }
    }

    #[test]
    fn the_object_has_the_agreed_keys_in_their_order() {
        let text = serde_json::to_string(&figures()).unwrap();
        assert_eq!(
            text,
            r#"{"days":8,"payments":0,"refunds":{"requested":20,"succeeded":17,"closed":1,"abnormal":0,"rejected":0,"cancelled":1,"open":1},"attempts":40,"refused_not_enough":5,"unclear":3,"same_number_resends":0,"paid_twice":0,"lost":0,"over_refunded":0,"ledger_balanced":true,"exchanges":0,"payouts":0,"seed":1,"wall_seconds":41.2}"#
        );
    }

    #[test]
    fn a_demo_that_shows_everything_and_loses_nothing_is_well() {
        assert_eq!(findings(&figures(), &evidence(), &Recount::default(), &happened()), [""; 0]);
    }

    #[test]
    fn whatever_is_wrong_or_was_not_shown_is_said() {
        type Spoil = fn(&mut Figures, &mut Recount, &mut Happened);
        let cases: [(&str, Spoil); 12] = [
            ("paid twice: R1", |_, recount, _| recount.paid_twice.push("R1".to_owned())),
            ("lost: R1", |_, recount, _| recount.lost.push("R1".to_owned())),
            ("refunded beyond its order: T1", |_, recount, _| recount.over_refunded.push("T1".to_owned())),
            ("gateway and platform disagree: R1", |_, recount, _| {
                recount.contradictions.push("R1".to_owned())
            }),
            ("the books do not add up: x", |_, recount, _| recount.unbalanced.push("x".to_owned())),
            ("20 refunds were acknowledged, and 19 can be told of", |figures, _, _| {
                figures.refunds.succeeded = 16
            }),
            ("2 of 20 refunds are still open", |figures, _, _| {
                figures.refunds.open = 2;
                figures.refunds.succeeded = 16;
            }),
            ("NOT ENOUGH came 4 times; at least 5 were to be shown", |figures, _, _| {
                figures.refused_not_enough = 4
            }),
            ("2 answers were unclear; at least 3 were to be shown", |figures, _, _| figures.unclear = 2),
            ("the gateway was not killed", |_, _, happened| happened.kills = 0),
            ("the platform did not change its key", |_, _, happened| happened.rotations = 0),
            (
                "refunds were to be signed with two certificates, one after the other; [30, 0] were",
                |_, _, happened| happened.certificates[1] = "0C".to_owned(),
            ),
        ];
        for (expected, spoil) in cases {
            let (mut figures, mut recount, mut happened) = (figures(), Recount::default(), happened());
            spoil(&mut figures, &mut recount, &mut happened);
            assert_eq!(findings(&figures, &evidence(), &recount, &happened), [expected]);
        }
        let refused = Evidence { signatures_refused: 2, ..evidence() };
        let found = findings(&figures(), &refused, &Recount::default(), &happened());
        assert_eq!(found, ["2 requests were refused for their certificate or signature"]);
    }
}
