//! One refund told: the large one, which no pool before the weekend could pay.

use jiff::Timestamp;

use crate::demo::evidence::{Answered, Evidence};
use crate::demo::plan::{Plan, Refund};
use crate::demo::recount::acceptances;
use crate::demo::words::{counted, duration, instant};
use crate::screen::fen;

/// The story's lines, each with its time; nothing if the refund was never acknowledged.
pub(crate) fn story(plan: &Plan, evidence: &Evidence) -> Vec<String> {
    let Some((index, refund)) = plan.refunds.iter().enumerate().find(|(_, refund)| refund.is_large) else {
        return Vec::new();
    };
    let Some(acknowledged) = evidence.acknowledged.iter().find(|one| one.refund == index) else {
        return Vec::new();
    };
    let number = acknowledged.upstream_no.as_str();
    let accepted_at = acceptances(&evidence.submissions).get(number).map(|submission| submission.at);
    let mut lines: Vec<(Timestamp, String)> = vec![(acknowledged.at, asked(plan, refund))];
    lines.extend(nights(evidence, number, acknowledged.at, accepted_at));
    if let Some(at) = accepted_at {
        let after = duration(at.duration_since(acknowledged.at));
        lines.push((at, format!("deep enough: accepted after {after}, under its first number")));
    }
    let credited = evidence.postings.iter().find(|posting| {
        posting.event == "payer_credited" && posting.out_refund_no.as_deref() == Some(number)
    });
    if let Some(posting) = credited {
        lines.push((posting.at, "the payer's bank has the money".to_owned()));
    }
    lines.into_iter().map(|(at, text)| format!("{}  {text}", instant(at))).collect()
}

fn asked(plan: &Plan, refund: &Refund) -> String {
    format!("asked: {}, paid {}", fen(refund.amount_fen), instant(plan.payments[refund.order].at))
}

/// How the tide refused it, and each night's exchange in between.
fn nights(
    evidence: &Evidence,
    number: &str,
    asked_at: Timestamp,
    accepted_at: Option<Timestamp>,
) -> Vec<(Timestamp, String)> {
    let until = accepted_at.unwrap_or(Timestamp::MAX);
    let refused_between = |from: Timestamp, to: Timestamp| {
        let refused = evidence.submissions.iter().filter(|submission| {
            submission.upstream_no == number && submission.answer == Answered::NotEnough
        });
        refused.filter(|submission| submission.at >= from && submission.at < to).count()
    };
    let mut lines = Vec::new();
    let mut since = asked_at;
    for exchange in evidence.exchanges.iter().filter(|exchange| exchange.at > asked_at && exchange.at < until)
    {
        let refused = refused_between(since, exchange.at);
        let text = format!("{}; the exchange takes {}", not_enough(refused), fen(exchange.cny_fen));
        lines.push((exchange.at, text));
        since = exchange.at;
    }
    if let Some(at) = accepted_at {
        let refused = refused_between(since, at);
        if refused > 0 {
            lines.push((at, not_enough(refused)));
        }
    }
    lines
}

fn not_enough(count: usize) -> String {
    match count {
        0 => "not tried".to_owned(),
        _ => format!("NOT ENOUGH {}", counted(count, "time")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::client_log::Acknowledged;
    use crate::demo::evidence::{Order, Submission};
    use crate::demo::platform::{Amount, Exchange, Posting};

    #[test]
    fn the_large_refund_is_told_from_its_request_to_the_payers_bank() {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let plan = Plan::new(at("2026-01-05T09:00:00+08:00"), 8, 1);
        let index = plan.refunds.iter().position(|refund| refund.is_large).unwrap();
        let refund = &plan.refunds[index];
        let submission = |time: &str, answer| Submission {
            at: at(time),
            upstream_no: refund.upstream_no(),
            order: Order { sub_mchid: String::new(), out_trade_no: String::new() },
            amount_fen: refund.amount_fen,
            answer,
        };
        let evidence = Evidence {
            acknowledged: vec![Acknowledged {
                refund: index,
                at: refund.at,
                id: "rf.1".to_owned(),
                upstream_no: refund.upstream_no(),
                amount_fen: refund.amount_fen,
            }],
            submissions: vec![
                submission("2026-01-07T21:14:00+08:00", Answered::NotEnough),
                submission("2026-01-07T22:14:00+08:00", Answered::NotEnough),
                submission("2026-01-08T12:00:00+08:00", Answered::NotEnough),
                submission("2026-01-08T18:05:00+08:00", Answered::Accepted),
            ],
            exchanges: vec![Exchange { at: at("2026-01-08T00:00:00+08:00"), cny_fen: 1_822_200 }],
            postings: vec![Posting {
                at: at("2026-01-12T09:30:00+08:00"),
                event: "payer_credited".to_owned(),
                from: "transit CNY".to_owned(),
                to: "payers CNY".to_owned(),
                amount: Amount { total: refund.amount_fen, currency: "CNY".to_owned() },
                out_refund_no: Some(refund.upstream_no()),
            }],
            ..Evidence::default()
        };
        let told = story(&plan, &evidence);
        assert!(told[0].starts_with("Wed 07 Jan 21:14  asked: "), "{told:?}");
        assert_eq!(
            told[1..],
            [
                "Thu 08 Jan 00:00  NOT ENOUGH 2 times; the exchange takes 18,222.00 CNY",
                "Thu 08 Jan 18:05  NOT ENOUGH 1 time",
                "Thu 08 Jan 18:05  deep enough: accepted after 20 h 51 min, under its first number",
                "Mon 12 Jan 09:30  the payer's bank has the money",
            ]
        );
        assert!(story(&plan, &Evidence::default()).is_empty());
    }
}
