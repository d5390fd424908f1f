//! What can be counted from outside, as Prometheus reads it. No number of a refund is a label, and no merchant id but on the
//! figures about certificates and past days: each merchant id has its own, and an alert must say whose it is.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use refunds::outcome::{ListOutcome, OrderOutcome, QueryOutcome, SubmitOutcome};
use refunds::owner::{Fact, ProbeOutcome};
use refunds::pool::explain::Waiting as Queued;
use wechatpay::ids::Mchid;
use wechatpay::money::Currency;

use crate::past_days::review::{Review, Yesterday};

/// The upper ends of the classes by which times are counted, in seconds: from a flush to the longest wait.
const SECONDS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

/// The figures of a running gateway. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    submissions: Family<Outcome, Counter>,
    questions: Family<Outcome, Counter>,
    call_seconds: Histogram,
    requests: Family<Request, Counter>,
    request_seconds: Histogram,
    batches: Family<Written, Counter>,
    notifications: Family<Outcome, Counter>,
    promises: Family<Outcome, Counter>,
    nodes: Nodes,
    not_submitting: Family<Reason, Gauge>,
    waiting: Waiting,
    certificates: Certificates,
    past_days: PastDays,
}

/// The figures about past days of CNY pools; amounts are fen.
#[derive(Debug, Clone, Default)]
struct PastDays {
    questions: Family<Outcome, Counter>,
    on_record: Family<Merchant, Gauge>,
    last_day: Family<Merchant, Gauge>,
    yesterday_paid: Family<Merchant, Gauge>,
    yesterday_seen: Family<Merchant, Gauge>,
    yesterday_refunded: Family<Merchant, Gauge>,
    reconciled_day: Family<Merchant, Gauge>,
    reconciled: Family<Difference, Gauge>,
    for_a_person: Family<Merchant, Gauge>,
}

/// The figures about the nodes that share the store.
#[derive(Debug, Clone, Default)]
struct Nodes {
    there: Gauge,
    owned: Gauge,
}

/// The figures about refunds that wait, by pool.
#[derive(Debug, Clone, Default)]
struct Waiting {
    count: Family<FromPool, Gauge>,
    need: Family<FromPool, Gauge>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FromPool {
    currency: String,
}

/// The figures about certificates.
#[derive(Debug, Clone, Default)]
struct Certificates {
    not_after: Family<Merchant, Gauge>,
    renewal_overdue: Family<Merchant, Gauge>,
    last_successful_check: Family<Merchant, Gauge>,
    notices: Family<Notice, Counter>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Merchant {
    mchid: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Difference {
    mchid: String,
    difference: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Notice {
    channel: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    method: String,
    route: String,
    status: Status,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Status(u16);

impl EncodeLabelValue for Status {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        EncodeLabelValue::encode(&self.0, encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Written {
    written: &'static str,
}

impl Metrics {
    /// Nothing counted yet.
    pub fn new() -> Metrics {
        let mut registry = Registry::with_prefix("tidegate");
        let submissions = Family::<Outcome, Counter>::default();
        registry.register(
            "submissions",
            "Refund requests sent to WeChat Pay, by what came of them",
            submissions.clone(),
        );
        let questions = Family::<Outcome, Counter>::default();
        registry.register("questions", "Questions to WeChat Pay, by what came of them", questions.clone());
        let call_seconds = Histogram::new(SECONDS);
        let help = "Time from sending a call to WeChat Pay to knowing what came of it";
        registry.register_with_unit("call", help, Unit::Seconds, call_seconds.clone());
        let requests = Family::<Request, Counter>::default();
        registry.register("requests", "Requests answered, by route and status", requests.clone());
        let request_seconds = Histogram::new(SECONDS);
        registry.register_with_unit(
            "request",
            "Time to answer a request",
            Unit::Seconds,
            request_seconds.clone(),
        );
        let batches = Family::<Written, Counter>::default();
        registry.register("batches", "Batches of decisions handed to the store", batches.clone());
        let notifications = Family::<Outcome, Counter>::default();
        registry.register(
            "notifications",
            "Notifications received, by what became of them",
            notifications.clone(),
        );
        let promises = Family::<Outcome, Counter>::default();
        registry.register(
            "promises",
            "Refunds that left after it was said by when they would, by whether that was kept; nine of ten are to be",
            promises.clone(),
        );
        let nodes = Nodes::default();
        nodes.register(&mut registry);
        let not_submitting = Family::<Reason, Gauge>::default();
        registry.register(
            "merchants_not_submitting",
            "Merchant ids of which nothing is submitted, by why; one may have several reasons",
            not_submitting.clone(),
        );
        let waiting = Waiting::default();
        waiting.register(&mut registry);
        let certificates = Certificates::default();
        certificates.register(&mut registry);
        let past_days = PastDays::default();
        past_days.register(&mut registry);
        let registry = Arc::new(registry);
        Metrics {
            registry,
            submissions,
            questions,
            call_seconds,
            requests,
            request_seconds,
            batches,
            notifications,
            promises,
            nodes,
            not_submitting,
            waiting,
            certificates,
            past_days,
        }
    }

    /// A call to WeChat Pay came to this after `took`.
    pub fn called(&self, fact: &Fact, took: Duration) {
        let (family, outcome) = match fact {
            Fact::Answered { outcome, .. } => (&self.submissions, submitted(outcome)),
            Fact::Asked { outcome, .. } => (&self.questions, asked(outcome)),
            Fact::OrderAsked { outcome, .. } => (&self.questions, order_asked(outcome)),
            Fact::Listed { outcome, .. } => (&self.questions, listed(outcome)),
            Fact::Probed(outcome) => (&self.questions, probed(*outcome)),
        };
        family.get_or_create(&Outcome { outcome }).inc();
        self.call_seconds.observe(took.as_secs_f64());
    }

    /// A request was answered with `status` after `took`; `route` is the pattern, never the path.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let labels = Request { method: method.to_owned(), route: route.to_owned(), status: Status(status) };
        self.requests.get_or_create(&labels).inc();
        self.request_seconds.observe(took.as_secs_f64());
    }

    /// A batch of decisions was written, or not.
    pub fn batch(&self, is_written: bool) {
        let written = if is_written { "yes" } else { "no" };
        self.batches.get_or_create(&Written { written }).inc();
    }

    /// A notification was received; `outcome` is one of few words.
    pub fn notified(&self, outcome: &'static str) {
        self.notifications.get_or_create(&Outcome { outcome }).inc();
    }

    /// A refund left of which it was said by when it would.
    pub fn promise(&self, is_kept: bool) {
        let outcome = if is_kept { "kept" } else { "broken" };
        self.promises.get_or_create(&Outcome { outcome }).inc();
    }

    /// So many nodes share the store, and this one drives so many merchant ids.
    pub fn nodes(&self, there: usize, owned: usize) {
        self.nodes.there.set(i64::try_from(there).unwrap_or(i64::MAX));
        self.nodes.owned.set(i64::try_from(owned).unwrap_or(i64::MAX));
    }

    /// Nothing is submitted for so many merchant ids for `reason`, which is one of few words.
    pub fn not_submitting(&self, reason: &'static str, merchants: usize) {
        let merchants = i64::try_from(merchants).unwrap_or(i64::MAX);
        self.not_submitting.get_or_create(&Reason { reason }).set(merchants);
    }

    /// So many refunds wait now, by the currency of their pools; for a pool that is left out none does.
    pub fn waiting(&self, by_pool: &BTreeMap<Currency, Queued>) {
        self.waiting.count.clear();
        self.waiting.need.clear();
        for (pool, Queued { count, need, unknown: _ }) in by_pool {
            let labels = FromPool { currency: pool.to_string() };
            self.waiting.count.get_or_create(&labels).set(i64::try_from(*count).unwrap_or(i64::MAX));
            self.waiting.need.get_or_create(&labels).set(*need);
        }
    }

    /// The certificate in force of `mchid` is valid through `not_after`; `is_overdue` if it should have been renewed by now.
    pub fn certificate(&self, mchid: &Mchid, not_after: Timestamp, is_overdue: bool) {
        let merchant = Merchant { mchid: mchid.to_string() };
        self.certificates.not_after.get_or_create(&merchant).set(not_after.as_second());
        self.certificates.renewal_overdue.get_or_create(&merchant).set(i64::from(is_overdue));
    }

    /// WeChat Pay took a call at `at` that was signed for `mchid`, made to see whether it does.
    pub fn certificate_checked(&self, mchid: &Mchid, at: Timestamp) {
        let merchant = Merchant { mchid: mchid.to_string() };
        self.certificates.last_successful_check.get_or_create(&merchant).set(at.as_second());
    }

    /// A notice about a certificate was to go out by `channel`; `outcome` is one of few words.
    pub fn certificate_notice(&self, channel: &'static str, outcome: &'static str) {
        self.certificates.notices.get_or_create(&Notice { channel, outcome }).inc();
    }

    /// WeChat Pay was asked for the statement of a past day; `outcome` is one of few words.
    pub fn past_day_asked(&self, outcome: &'static str) {
        self.past_days.questions.get_or_create(&Outcome { outcome }).inc();
    }

    /// This is what past days of the CNY pool of `mchid` come to. Yesterday's figures stay while it is not on record.
    pub fn past_days(&self, mchid: &Mchid, review: &Review) {
        let merchant = Merchant { mchid: mchid.to_string() };
        let set = |family: &Family<Merchant, Gauge>, value| family.get_or_create(&merchant).set(value);
        let Review { on_record, last, yesterday, reconciled, for_a_person } = *review;
        let figures = &self.past_days;
        set(&figures.on_record, i64::try_from(on_record).unwrap_or(i64::MAX));
        if let Some(last) = last {
            set(&figures.last_day, last.start().as_second());
        }
        if let Some(Yesterday { paid, seen, refunded }) = yesterday {
            set(&figures.yesterday_paid, paid);
            set(&figures.yesterday_seen, seen);
            set(&figures.yesterday_refunded, refunded);
        }
        let Some(reconciled) = reconciled else { return };
        set(&figures.reconciled_day, reconciled.day.start().as_second());
        set(&figures.for_a_person, i64::try_from(for_a_person).unwrap_or(i64::MAX));
        for (difference, fen) in [
            ("payments_unseen", reconciled.payments_unseen()),
            ("payments_missing", reconciled.payments_missing()),
            ("refunds_elsewhere", reconciled.refunds_elsewhere()),
            ("refunds_missing", reconciled.refunds_missing()),
        ] {
            figures.reconciled.get_or_create(&Difference { mchid: mchid.to_string(), difference }).set(fen);
        }
    }

    /// All of it, in the text format of OpenMetrics.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

impl Nodes {
    fn register(&self, registry: &mut Registry) {
        registry.register("nodes", "Nodes that share the store, as this one last heard", self.there.clone());
        registry.register("owned_merchants", "Merchant ids that this node drives", self.owned.clone());
    }
}

impl Waiting {
    fn register(&self, registry: &mut Registry) {
        registry.register("waiting_refunds", "Refunds that wait, by pool", self.count.clone());
        registry.register(
            "waiting_need_minor_units",
            "What the refunds that wait need of their pools, in minor units; unknown needs left out",
            self.need.clone(),
        );
    }
}

impl Certificates {
    fn register(&self, registry: &mut Registry) {
        registry.register_with_unit(
            "certificate_not_after_timestamp",
            "When the merchant API certificate in force ends, in Unix time",
            Unit::Seconds,
            self.not_after.clone(),
        );
        registry.register(
            "certificate_renewal_overdue",
            "1 while the merchant API certificate in force should have been renewed",
            self.renewal_overdue.clone(),
        );
        registry.register_with_unit(
            "certificate_last_successful_check_timestamp",
            "When WeChat Pay last took a call made to check the certificate, in Unix time",
            Unit::Seconds,
            self.last_successful_check.clone(),
        );
        registry.register(
            "certificate_notices",
            "Notices about certificates, by channel and what came of them",
            self.notices.clone(),
        );
    }
}

impl PastDays {
    fn register(&self, registry: &mut Registry) {
        registry.register(
            "past_days_questions",
            "Statements of past days asked for, by what came of it",
            self.questions.clone(),
        );
        registry.register_with_unit(
            "past_days_last_day_timestamp",
            "When the newest past day on record began in China, in Unix time",
            Unit::Seconds,
            self.last_day.clone(),
        );
        registry.register_with_unit(
            "reconciled_day_timestamp",
            "When the newest day began whose statement was held against the books, in Unix time",
            Unit::Seconds,
            self.reconciled_day.clone(),
        );
        registry.register(
            "reconciled_difference_fen",
            "What the statement of that day has beyond the books (unseen, elsewhere) or lacks (missing)",
            self.reconciled.clone(),
        );
        for (name, help, family) in [
            (
                "past_days_on_record",
                "Past days of the CNY pool that forecasts can learn from",
                &self.on_record,
            ),
            (
                "past_days_yesterday_paid_fen",
                "What payers paid on the last past day, by its statement",
                &self.yesterday_paid,
            ),
            (
                "past_days_yesterday_seen_fen",
                "What of that the gateway knew while the day lasted",
                &self.yesterday_seen,
            ),
            (
                "past_days_yesterday_refunded_fen",
                "What refunds drew on the last past day, by its statement",
                &self.yesterday_refunded,
            ),
            (
                "reconciled_days_for_a_person",
                "Days on which the books have payments or refunds that the statement lacks",
                &self.for_a_person,
            ),
        ] {
            registry.register(name, help, family.clone());
        }
    }
}

impl Default for Metrics {
    fn default() -> Metrics {
        Metrics::new()
    }
}

fn submitted(outcome: &SubmitOutcome) -> &'static str {
    match outcome {
        SubmitOutcome::Accepted(_) => "accepted",
        SubmitOutcome::NotEnough => "not_enough",
        SubmitOutcome::Refused(_) => "refused",
        SubmitOutcome::Unclear => "unclear",
        SubmitOutcome::SlowDown => "slow_down",
        SubmitOutcome::Misconfigured(_) => "misconfigured",
        SubmitOutcome::NumberTaken => "number_taken",
    }
}

fn asked(outcome: &QueryOutcome) -> &'static str {
    match outcome {
        QueryOutcome::Found(_) => "found",
        QueryOutcome::Another => "another",
        QueryOutcome::Absent => "absent",
        QueryOutcome::Unclear => "unclear",
        QueryOutcome::SlowDown => "slow_down",
        QueryOutcome::Misconfigured(_) => "misconfigured",
    }
}

fn order_asked(outcome: &OrderOutcome) -> &'static str {
    match outcome {
        OrderOutcome::Found(_) => "found",
        OrderOutcome::Absent => "absent",
        OrderOutcome::Unclear => "unclear",
        OrderOutcome::Misconfigured(_) => "misconfigured",
    }
}

fn listed(outcome: &ListOutcome) -> &'static str {
    match outcome {
        ListOutcome::Listed { .. } => "found",
        ListOutcome::Absent => "absent",
        ListOutcome::NotOffered => "not_offered",
        ListOutcome::Unclear => "unclear",
        ListOutcome::SlowDown => "slow_down",
        ListOutcome::Misconfigured(_) => "misconfigured",
    }
}

fn probed(outcome: ProbeOutcome) -> &'static str {
    match outcome {
        ProbeOutcome::Fine => "fine",
        ProbeOutcome::Misconfigured(_) => "misconfigured",
        ProbeOutcome::Unclear => "unclear",
    }
}

#[cfg(test)]
mod tests {
    use refunds::pool::reconciliation::{Reconciliation, Sums};
    use wechatpay::china::ChinaDay;

    use super::*;

    #[test]
    fn what_is_counted_can_be_read() {
        let metrics = Metrics::new();
        metrics.called(&Fact::Probed(ProbeOutcome::Fine), Duration::from_millis(3));
        metrics.answered("POST", "/v1/refunds", 202, Duration::from_millis(2));
        metrics.batch(true);
        metrics.promise(true);
        metrics.promise(false);
        metrics.not_submitting("paused", 2);
        for pool in [Currency::USD, Currency::CNY] {
            metrics.waiting(&BTreeMap::from([(pool, Queued { count: 3, need: 4_500, unknown: 1 })]));
        }
        let mchid = Mchid::parse("1900000001").unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        metrics.certificate(&mchid, at(1_800_000_000), true);
        metrics.certificate_checked(&mchid, at(1_700_000_000));
        metrics.certificate_notice("sms", "failed");
        metrics.past_day_asked("told");
        let last = ChinaDay::of(at(1_700_000_000));
        let review = Review {
            on_record: 7,
            last: Some(last),
            yesterday: Some(Yesterday { paid: 500, seen: 400, refunded: 30 }),
            reconciled: Some(Reconciliation {
                day: last,
                stated: Sums { paid: 500, refunded: 30 },
                ours: Sums { paid: 480, refunded: 31 },
            }),
            for_a_person: 2,
        };
        metrics.past_days(&mchid, &review);
        let text = metrics.text();
        for line in [
            r#"tidegate_questions_total{outcome="fine"} 1"#,
            r#"tidegate_requests_total{method="POST",route="/v1/refunds",status="202"} 1"#,
            r#"tidegate_batches_total{written="yes"} 1"#,
            "tidegate_call_seconds_count 1",
            r#"tidegate_promises_total{outcome="kept"} 1"#,
            r#"tidegate_promises_total{outcome="broken"} 1"#,
            r#"tidegate_merchants_not_submitting{reason="paused"} 2"#,
            r#"tidegate_waiting_refunds{currency="CNY"} 3"#,
            r#"tidegate_waiting_need_minor_units{currency="CNY"} 4500"#,
            r#"tidegate_certificate_not_after_timestamp_seconds{mchid="1900000001"} 1800000000"#,
            r#"tidegate_certificate_renewal_overdue{mchid="1900000001"} 1"#,
            r#"tidegate_certificate_last_successful_check_timestamp_seconds{mchid="1900000001"} 1700000000"#,
            r#"tidegate_certificate_notices_total{channel="sms",outcome="failed"} 1"#,
            r#"tidegate_past_days_questions_total{outcome="told"} 1"#,
            r#"tidegate_past_days_on_record{mchid="1900000001"} 7"#,
            r#"tidegate_past_days_last_day_timestamp_seconds{mchid="1900000001"} 1699977600"#,
            r#"tidegate_past_days_yesterday_paid_fen{mchid="1900000001"} 500"#,
            r#"tidegate_past_days_yesterday_seen_fen{mchid="1900000001"} 400"#,
            r#"tidegate_past_days_yesterday_refunded_fen{mchid="1900000001"} 30"#,
            r#"tidegate_reconciled_day_timestamp_seconds{mchid="1900000001"} 1699977600"#,
            r#"tidegate_reconciled_difference_fen{mchid="1900000001",difference="payments_unseen"} 20"#,
            r#"tidegate_reconciled_difference_fen{mchid="1900000001",difference="refunds_missing"} 1"#,
            r#"tidegate_reconciled_days_for_a_person{mchid="1900000001"} 2"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in:\n{text}");
        }
        assert!(!text.contains("USD"), "nobody waits there any more");
    }
}
