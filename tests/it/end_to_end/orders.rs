//! Never more than an order holds, however many ask at once and whatever they call it.

use serde_json::{Value, json};
use tests::tenant::Answer;

use super::over_either_wire;
use super::story::{Scene, Story};

/// What the order holds, and what each of a hundred asks for: 33 of them fit.
const TOTAL: i64 = 10_000;
const PART: i64 = 300;
const FITTING: usize = 33;

over_either_wire!(
    a_hundred_ask_for_more_than_a_known_order_holds,
    a_hundred_ask_by_two_names_that_nobody_knows_to_be_one_order,
);

/// A hundred tills ask at once, every second one by WeChat Pay's number of the order.
async fn a_hundred_ask(story: &Story, paid: &Value) -> Vec<Answer> {
    let tills: Vec<_> = (0..100)
        .map(|n| {
            let name = if n % 2 == 0 { "out_trade_no" } else { "transaction_id" };
            let body = json!({
                name: paid[name],
                "out_refund_no": format!("R{n}"),
                "amount": { "refund": PART, "total": TOTAL, "currency": "CNY" },
            });
            let till = story.tenant();
            tokio::spawn(async move { till.post("/v1/refunds", &body).await.unwrap() })
        })
        .collect();
    let mut answers = Vec::new();
    for till in tills {
        answers.push(till.await.unwrap());
    }
    answers
}

fn taken(answers: &[Answer]) -> Vec<String> {
    let taken = answers.iter().filter(|answer| answer.status == 202);
    taken.map(|answer| answer.text("out_refund_no").to_owned()).collect()
}

async fn a_hundred_ask_for_more_than_a_known_order_holds(scene: Scene) {
    let story = Story::begin(scene).await;
    let paid = story.pays("T1", TOTAL).await;
    assert_eq!(story.reports(&paid).await.status, 201);

    let answers = a_hundred_ask(&story, &paid).await;

    let taken = taken(&answers);
    assert_eq!(taken.len(), FITTING, "{answers:?}");
    for refused in answers.iter().filter(|answer| answer.status != 202) {
        assert_eq!((refused.status, refused.code()), (422, "exceeds_order"), "{refused:?}");
    }
    // The last ones to be refused were told what was really left.
    let left = TOTAL - PART * FITTING as i64;
    assert!(answers.iter().any(|refused| refused.body["refundable"] == left), "{answers:?}");
    // A minute between two refunds of one order.
    story.advance("PT2H").await;
    for number in &taken {
        story.ends(number, "succeeded").await;
    }
    let order = story.tenant().get("/v1/orders/T1").await.unwrap().body;
    assert_eq!((&order["refunded"], &order["refundable"]), (&json!(TOTAL - left), &json!(left)), "{order}");
    story.closes().await;
}

async fn a_hundred_ask_by_two_names_that_nobody_knows_to_be_one_order(scene: Scene) {
    let story = Story::begin(scene).await;
    let paid = story.pays("T1", TOTAL).await;

    let answers = a_hundred_ask(&story, &paid).await;

    for refused in answers.iter().filter(|answer| answer.status != 202) {
        assert_eq!((refused.status, refused.code()), (422, "exceeds_order"), "{refused:?}");
    }
    story.advance("PT3H").await;
    story.advance("P1D").await;
    let mut succeeded = 0;
    for number in taken(&answers) {
        let shown = story.shown(&number).await;
        if shown["status"] == "rejected" {
            assert_eq!(shown["refusal"]["code"], "order_amount_exceeded", "{shown}");
        } else {
            story.ends(&number, "succeeded").await;
            succeeded += 1;
        }
    }
    assert_eq!(succeeded, FITTING);
    let accepted = story.recount().await.numbers.values().map(|counted| counted.acceptances).sum::<u64>();
    assert_eq!(accepted, FITTING as u64);
    story.closes().await;
}
