//! What can be counted from outside, as Prometheus reads it. No number of a refund is a label, and no merchant id but on the
//! figures about certificates: each has its own end, an alert must say whose it is, and there is one figure a merchant id.

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
use refunds::outcome::{OrderOutcome, QueryOutcome, SubmitOutcome};
use refunds::owner::{Fact, ProbeOutcome};
use wechatpay::ids::Mchid;

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
    certificates: Certificates,
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
struct Notice {
    channel: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: &'static str,
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
        let certificates = Certificates::default();
        certificates.register(&mut registry);
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
            certificates,
        }
    }

    /// A call to WeChat Pay came to this after `took`.
    pub fn called(&self, fact: &Fact, took: Duration) {
        let (family, outcome) = match fact {
            Fact::Answered { outcome, .. } => (&self.submissions, submitted(outcome)),
            Fact::Asked { outcome, .. } => (&self.questions, asked(outcome)),
            Fact::OrderAsked { outcome, .. } => (&self.questions, order_asked(outcome)),
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

    /// All of it, in the text format of OpenMetrics.
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a text does not fail.
        let _ = encode(&mut text, &self.registry);
        text
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

fn probed(outcome: ProbeOutcome) -> &'static str {
    match outcome {
        ProbeOutcome::Fine => "fine",
        ProbeOutcome::Misconfigured(_) => "misconfigured",
        ProbeOutcome::Unclear => "unclear",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_can_be_read() {
        let metrics = Metrics::new();
        metrics.called(&Fact::Probed(ProbeOutcome::Fine), Duration::from_millis(3));
        metrics.answered("POST", "/v1/refunds", 202, Duration::from_millis(2));
        metrics.batch(true);
        let mchid = Mchid::parse("1900000001").unwrap();
        let at = |second| Timestamp::from_second(second).unwrap();
        metrics.certificate(&mchid, at(1_800_000_000), true);
        metrics.certificate_checked(&mchid, at(1_700_000_000));
        metrics.certificate_notice("sms", "failed");
        let text = metrics.text();
        for line in [
            r#"tidegate_questions_total{outcome="fine"} 1"#,
            r#"tidegate_requests_total{method="POST",route="/v1/refunds",status="202"} 1"#,
            r#"tidegate_batches_total{written="yes"} 1"#,
            "tidegate_call_seconds_count 1",
            r#"tidegate_certificate_not_after_timestamp_seconds{mchid="1900000001"} 1800000000"#,
            r#"tidegate_certificate_renewal_overdue{mchid="1900000001"} 1"#,
            r#"tidegate_certificate_last_successful_check_timestamp_seconds{mchid="1900000001"} 1700000000"#,
            r#"tidegate_certificate_notices_total{channel="sms",outcome="failed"} 1"#,
        ] {
            assert!(text.lines().any(|found| found == line), "{line} in:\n{text}");
        }
    }
}
