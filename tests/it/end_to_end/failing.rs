//! The store fails at any one operation of a gateway's life: from its start over a day's work to its end.
//!
//! Each life begins on what the one before has left, or on an empty store, and in each the next operation fails, until one comes
//! to its end before its turn. A till repeats what was answered with 503, as it was told to, and a gateway that has ended
//! because of its store is started again; nobody else does anything about it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::tenant::Answer;
use tokio::time::{sleep, timeout};
use wechatpay::wire::Wire;

use super::asked_for;
use super::failures::{Failures, Manner};
use super::story::{BAKERY, DIRECT, Day, Kept, Scene, Story};

/// Every how many operations one fails; every so many as this variable says, if it is set.
const EVERY: (&str, usize) = ("TIDEGATE_FAIL_EVERY", 53);

/// Refunds succeed five seconds after they are taken.
const AFTER_FIVE_SECONDS: &str = "[[settings.fates]]\nfate = \"success\"\nafter_s = 5\n";

/// How long something may take in real time, on a busy machine.
const LONGEST: Duration = Duration::from_secs(60);

/// How often it is looked whether it has happened.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How often a till asks again at most. One operation fails, or the gateway ends and starts again.
const TRIES: usize = 5;

/// What a gateway finds when it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// An empty store.
    New,
    /// What the one before has left.
    Left,
}

/// Tests by what the store is kept in and how it fails.
macro_rules! failing {
    ($($test:ident: $kept:expr, $manner:expr;)+) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $test() {
            whichever_operation_fails_every_refund_comes_to_its_end($kept, $manner).await;
        })+
    };
}

// A server ends by itself when a flush fails, and its store never says that it broke.
failing! {
    a_file_does_not_do_an_operation: Kept::InAFile, Manner::NotDone;
    a_file_does_an_operation_and_the_answer_is_lost: Kept::InAFile, Manner::AnswerLost;
    a_file_breaks: Kept::InAFile, Manner::Broken;
    a_server_does_not_do_an_operation: Kept::OnAServer, Manner::NotDone;
    a_server_does_an_operation_and_the_answer_is_lost: Kept::OnAServer, Manner::AnswerLost;
}

async fn whichever_operation_fails_every_refund_comes_to_its_end(kept: Kept, manner: Manner) {
    let scene = Scene { day: Day::Kind, wire: Wire::V3, kept };
    let mut story = Story::begin_in(scene, AFTER_FIVE_SECONDS).await;
    // The days of the past are brought in once.
    story.advance("PT5M").await;
    story.gateway_stops().await;
    let every = asked_for(EVERY);
    let (mut failed, mut accepted) = (0, BTreeSet::new());
    for beginning in [Beginning::Left, Beginning::New] {
        for before in (0..).step_by(every) {
            let mut life = Life::of(story, manner, beginning, before);
            life.passes().await;
            story = life.story;
            accepted.append(&mut life.accepted);
            if life.failures.end().is_none() {
                break;
            }
            failed += 1;
        }
    }
    println!("{failed} operations failed of {kept:?}, {manner:?}; {} refunds accepted", accepted.len());
    assert!(failed >= 4);
    let recount = story.recount().await;
    let paid = recount.numbers.iter().filter(|(_, counted)| counted.acceptances > 0);
    let paid: BTreeSet<_> = paid.map(|((_, number), _)| number.clone()).collect();
    assert_eq!(paid, accepted);
    story.gateway_starts().await;
    story.closes().await;
}

/// A gateway from its start to its end, in which an operation of the store fails.
struct Life {
    story: Story,
    failures: Arc<Failures>,
    manner: Manner,
    /// Whether it goes on in another one, whose store does not fail.
    is_over: bool,
    beginning: Beginning,
    /// What its orders and refunds are named after.
    name: String,
    /// The refunds that WeChat Pay took, as it says.
    accepted: BTreeSet<String>,
}

impl Life {
    /// One in which an operation fails after so many.
    fn of(story: Story, manner: Manner, beginning: Beginning, before: usize) -> Life {
        let failures = Failures::after_so_many(manner, before);
        let name = format!("{beginning:?}{before}");
        Life { story, failures, manner, is_over: false, beginning, name, accepted: BTreeSet::new() }
    }

    async fn passes(&mut self) {
        if self.beginning == Beginning::New {
            self.story.store_is_new();
        }
        self.begins().await;
        match self.beginning {
            Beginning::New => self.works_for_a_moment().await,
            Beginning::Left => self.works().await,
        }
        self.story.gateway_stops().await;
    }

    async fn begins(&mut self) {
        // One that cannot start says so and ends, and is started again.
        if let Err(error) = self.story.gateway_starts_failing(self.failures.clone()).await {
            let failed = self.failures.end();
            assert!(failed.is_some(), "{error}");
            self.starts_again().await;
        }
        self.is_driven().await;
    }

    /// An order with a refund that goes out, one that waits for its minute and is not wanted any more, and one too many.
    async fn works(&mut self) {
        let (order, gone, waiting) = ["T", "R", "W"].map(|kind| format!("{kind}{}", self.name)).into();
        let mut paid = self.story.pays(&order, 10_000).await;
        paid.as_object_mut().unwrap().remove("mchid");
        self.expects(&[200, 201], Method::POST, "/v1/payments", &paid).await;
        self.refunds(&gone, &order, 3_000).await;
        self.refunds(&waiting, &order, 4_000).await;
        let too_much = self.story.refund("R", &order, 3_001);
        let refused = self.expects(&[422], Method::POST, "/v1/refunds", &too_much).await;
        assert_eq!(refused.code(), "exceeds_order", "{refused:?}");
        self.time_passes("PT2S").await;
        let cancel = format!("/v1/refunds/{waiting}/cancel");
        self.expects(&[200, 202, 409], Method::POST, &cancel, &json!({})).await;
        self.looks("/v1/refunds").await;
        // The notification comes, and the queries of the plan.
        self.time_passes("PT10S").await;
        self.time_passes("PT2M").await;
        let ends = [self.end_of(&gone).await, self.end_of(&waiting).await];
        assert_eq!(ends[0], "succeeded", "{:?}", self.failures);
        let refunded = if ends[1] == "succeeded" { 7_000 } else { 3_000 };
        let sums = self.looks(&format!("/v1/orders/{order}")).await;
        let sums = [&sums["refunded"], &sums["reserved"], &sums["refundable"]].map(Value::as_i64);
        assert_eq!(sums, [refunded, 0, 10_000 - refunded].map(Some), "{:?}", self.failures);
        self.accepted.insert(gone);
        if ends[1] == "succeeded" {
            self.accepted.insert(waiting);
        }
    }

    /// One refund goes out, and the end comes before the past days are asked for.
    async fn works_for_a_moment(&mut self) {
        let (order, refund) = (format!("T{}", self.name), format!("R{}", self.name));
        self.story.pays(&order, 10_000).await;
        self.refunds(&refund, &order, 3_000).await;
        // Of what was taken in without an answer nobody tells the owner: it looks for itself, in real time.
        let deadline = Instant::now() + LONGEST;
        let path = format!("/v1/refunds/{refund}");
        while self.looks(&path).await["status"] != "processing" {
            assert!(Instant::now() < deadline, "{refund} is not sent after {:?}", self.failures);
            self.time_passes("PT1S").await;
            sleep(LOOK_EVERY).await;
        }
        self.accepted.insert(refund);
    }

    async fn refunds(&mut self, out_refund_no: &str, out_trade_no: &str, fen: i64) {
        let body = self.story.refund(out_refund_no, out_trade_no, fen);
        self.expects(&[200, 202], Method::POST, "/v1/refunds", &body).await;
    }

    async fn looks(&mut self, path: &str) -> Value {
        self.expects(&[200], Method::GET, path, &Value::Null).await.body
    }

    /// The end that a refund comes to.
    async fn end_of(&mut self, out_refund_no: &str) -> String {
        let path = format!("/v1/refunds/{out_refund_no}");
        for _ in 0..6 {
            let status = self.looks(&path).await["status"].as_str().unwrap().to_owned();
            if matches!(&*status, "succeeded" | "cancelled") {
                return status;
            }
            self.time_passes("PT10M").await;
        }
        let shown = self.looks(&path).await;
        panic!("{out_refund_no} does not end: {shown} {:?}", self.failures);
    }

    /// The shop asks until it has another answer than 503, which must be one of these.
    async fn expects(&mut self, statuses: &[u16], method: Method, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        for _ in 0..TRIES {
            let answer = self.story.tenant().send(method.clone(), path, &[], body.clone()).await.unwrap();
            if answer.status != 503 {
                assert!(statuses.contains(&answer.status), "{path}: {answer:?} {:?}", self.failures);
                return answer;
            }
            assert!(answer.code().starts_with("store_"), "{answer:?}");
            assert!(answer.header("retry-after").is_some(), "{answer:?}");
            self.starts_again_if_broken().await;
            self.is_driven().await;
        }
        panic!("{path} is answered with 503 again and again: {:?}", self.failures)
    }

    async fn time_passes(&mut self, by: &str) {
        self.story.advance(by).await;
        self.starts_again_if_broken().await;
        self.is_driven().await;
    }

    /// As who runs the gateway does when it has ended because of its store.
    async fn starts_again_if_broken(&mut self) {
        if self.manner == Manner::Broken && !self.is_over && self.failures.failed().is_some() {
            let ends = timeout(LONGEST, self.story.service().broken()).await;
            assert!(ends.is_ok(), "the gateway goes on with {:?}", self.failures);
            self.story.gateway_stops().await;
            self.starts_again().await;
        }
    }

    /// On the store as it is, which fails no more.
    async fn starts_again(&mut self) {
        self.is_over = true;
        let deadline = Instant::now() + LONGEST;
        while let Err(error) = self.story.gateway_starts_failing(Failures::none()).await {
            // What is left of the one before may still hold the file.
            assert!(Instant::now() < deadline, "{error}");
            sleep(LOOK_EVERY).await;
        }
    }

    /// Comes back when somebody drives every merchant id: of time that passes before, nobody would make anything.
    async fn is_driven(&mut self) {
        let deadline = Instant::now() + LONGEST;
        while ![DIRECT, BAKERY].iter().all(|shop| self.story.service().drives(shop.mchid)) {
            assert!(Instant::now() < deadline, "nobody drives a merchant id after {:?}", self.failures);
            self.starts_again_if_broken().await;
            sleep(LOOK_EVERY).await;
        }
    }
}
