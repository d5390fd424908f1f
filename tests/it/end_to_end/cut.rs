//! The connection to WeChat Pay ends after every so many bytes of a refund's exchange, in either direction, the handshake
//! of TLS included where there is one.

use super::cutter::{Cutter, Way};
use super::story::{Scene, Story};
use super::{asked_for, on_a_kind_day_over_either_wire};

// On an unkind day nobody could tell how long an exchange is.
on_a_kind_day_over_either_wire!(wherever_the_connection_is_cut_a_refund_is_paid_once);

/// Every how many bytes it is cut; every so many as this variable says, if it is set.
const EVERY: (&str, usize) = ("TIDEGATE_CUT_EVERY", 89);

async fn wherever_the_connection_is_cut_a_refund_is_paid_once(scene: Scene) {
    let mut story = Story::begin(scene).await;
    let cutter = Cutter::default();
    story.gateway_moves_behind(&cutter).await;
    let every = asked_for(EVERY);
    let mut refunds = vec![];
    for way in [Way::Out, Way::Back] {
        for bytes in (0..).step_by(every) {
            let (order, number) = (format!("T{way:?}{bytes}"), format!("R{way:?}{bytes}"));
            story.pays(&order, 10_000).await;
            cutter.cuts_after(way, bytes);
            story.refunds(&number, &order, 3_000).await;
            story.advance("PT2S").await;
            refunds.push(number);
            // So many have not passed, so the exchange was whole.
            if !cutter.has_cut() {
                break;
            }
        }
    }
    println!("cut {} times", refunds.len() - 2);
    assert!(refunds.len() > 20, "{refunds:?}");
    for refund in &refunds {
        story.ends(refund, "succeeded").await;
    }
    let recount = story.recount().await;
    for refund in &refunds {
        let counted = recount.of_number(story.mchid(), refund).unwrap();
        assert_eq!(counted.acceptances, 1, "{refund}");
    }
    story.closes().await;
}
