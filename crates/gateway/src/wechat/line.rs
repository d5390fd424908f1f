//! One merchant id's way to WeChat Pay, whatever the version of the interface.

use std::sync::Arc;

use axum::http::HeaderMap;
use jiff::Timestamp;
use refunds::batch::Submission;
use refunds::owner::{Fact, ProbeOutcome, Question};
use store::merchant::Mode;
use tokio_util::sync::CancellationToken;
use wechatpay::china::ChinaDay;
use wechatpay::ids::Mchid;
use wechatpay::keys::{ApiV3Key, KeyName};
use wechatpay::v2::notification::{NotificationError, RefundHint, SealedRefund, UnverifiedPayment};
use wechatpay::v3::caller::Region;
use wechatpay::v3::order::record::Order;
use wechatpay::v3::statement::call::{StatementRequest, Whose};
use wechatpay::v3::verify::{Verified, Violation};
use wechatpay::wire::Wire;

use super::connection::{Connection, hosts_of};
use super::exchange::Reach;
use super::no_way;
use super::statement::{DayStatement, NoStatement};
use super::v2::line::V2Line;
use super::v3::line::V3Line;
use crate::activity::Activity;
use crate::clock::WallClock;

/// The way of one merchant id. Cheap to call from many tasks at once; every future of it may be dropped at any time.
///
/// It leads over both versions of the interface where there are keys for both: a merchant id that moves from one to the other
/// still has refunds under way whose bytes are of the one before, and those are sent and asked about as they began.
#[derive(Debug)]
pub struct Line {
    mchid: Mchid,
    region: Region,
    wire: Wire,
    certificate: (KeyName, Timestamp),
    activity: Activity,
    v3: Option<V3Line>,
    v2: Option<V2Line>,
}

/// Why there is no line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// A sandbox stands where it was started, which must be said.
    #[error("a sandbox's merchant id needs the sandbox's address")]
    NoHost,
    /// V2 without TLS.
    #[error("no host begins with https://, and V2 needs one to show the certificate to")]
    NoTls,
    /// The version that everything new goes over has no key, or no certificate it takes.
    #[error("there is no way over {0:?}")]
    NoWay(Wire),
    /// A host that is not called.
    #[error("{host} cannot be called: {why}")]
    Host {
        /// What was given.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The system's TLS cannot be used.
    #[error("the HTTP client cannot be made: {}", innermost(.0))]
    Client(#[source] reqwest::Error),
}

impl Line {
    /// The line of `connection`. It knows the public keys at once; platform certificates come with
    /// [`keep_keys`](Line::keep_keys), or with the first answer that names one.
    pub fn new(mut connection: Connection, clock: WallClock, activity: Activity) -> Result<Line, LineError> {
        if !connection.is_sandbox {
            connection.sandbox_ca = None;
            if connection.hosts.is_empty() {
                connection.hosts =
                    hosts_of(connection.region).iter().map(|host| (*host).to_owned()).collect();
            }
        }
        let v3 = V3Line::of(&connection, &clock)?;
        let v2 = match V2Line::of(&connection, &clock) {
            // Whoever has no refund over V2 needs no host for it.
            Err(LineError::NoTls) if connection.wire == Wire::V3 => None,
            v2 => v2?,
        };
        let Connection { mchid, region, wire, certificate, .. } = connection;
        match wire {
            Wire::V3 if v3.is_none() => return Err(LineError::NoWay(wire)),
            Wire::V2 if v2.is_none() => return Err(LineError::NoWay(wire)),
            Wire::V3 | Wire::V2 => {}
        }
        let certificate = (certificate.serial_no, certificate.not_after);
        Ok(Line { mchid, region, wire, certificate, activity, v3, v2 })
    }

    /// The merchant id.
    pub fn mchid(&self) -> &Mchid {
        &self.mchid
    }

    /// The branch of WeChat Pay.
    pub fn region(&self) -> Region {
        self.region
    }

    /// The key that opens the merchant id's notifications of V3; none if nothing goes over it.
    pub fn api_v3_key(&self) -> Option<&ApiV3Key> {
        self.v3.as_ref().map(V3Line::api_v3_key)
    }

    /// The serial number of the newest certificate, and its last second.
    pub fn certificate(&self) -> (&KeyName, Timestamp) {
        let (serial_no, not_after) = &self.certificate;
        (serial_no, *not_after)
    }

    /// Sends `submission` once over the version its bytes are written for, and says what came back: [`Fact::Answered`], always.
    pub async fn submit(&self, submission: &Submission) -> Fact {
        let (refund, attempt) = (submission.refund().clone(), submission.attempt());
        // A repeat of a number cannot pay twice, wherever it goes; a first attempt stays on one way. [mainland-refund], [v2-rules]
        let reach = if attempt > 1 { Reach::AnyHost } else { Reach::MainHost };
        let (outcome, evidence) = match (submission.request().wire(), &self.v3, &self.v2) {
            (Wire::V3, Some(v3), _) => v3.submit(submission, reach).await,
            (Wire::V2, _, Some(v2)) => v2.submit(submission, reach).await,
            (wire, _, _) => no_way::unsent(wire),
        };
        Fact::Answered { refund, attempt, outcome, evidence }
    }

    /// Asks `question` once and says what came back: [`Fact::Asked`], [`Fact::OrderAsked`], [`Fact::Listed`] or [`Fact::Probed`],
    /// always.
    ///
    /// A refund is asked about over the version its bytes are written for, everything else over the merchant id's own.
    pub async fn ask(&self, question: &Question) -> Fact {
        let wire = match question {
            Question::Refund { wire, .. } => *wire,
            Question::Order { .. } | Question::RefundsOf { .. } | Question::Probe => self.wire,
        };
        match (wire, &self.v3, &self.v2) {
            (Wire::V3, Some(v3), _) => v3.ask(question).await,
            (Wire::V2, _, Some(v2)) => v2.ask(question).await,
            (wire, _, _) => no_way::unasked(question, wire),
        }
    }

    /// Makes a harmless call with the newest certificate over the merchant id's own version, and says whether it was taken.
    pub async fn probe(&self) -> ProbeOutcome {
        match (self.wire, &self.v3, &self.v2) {
            (Wire::V3, Some(v3), _) => v3.probe().await,
            (Wire::V2, _, Some(v2)) => v2.probe().await,
            (_, _, _) => ProbeOutcome::Unclear,
        }
    }

    /// Fetches the statement of `day` once, of all its sub-merchants' business if the merchant id is an institution's.
    ///
    /// Statements go over V3 of the global branch, and hold what went over V2 as well; so a merchant id that has keys for V3 has
    /// them whatever its own version is. One over 256 MiB is not read. Source: [global-statement], [operations 6.1].
    pub async fn statement(&self, day: ChinaDay, mode: Mode) -> Result<DayStatement, NoStatement> {
        let (Region::Global, Some(v3)) = (self.region, &self.v3) else {
            return Err(NoStatement::not_over_this_wire());
        };
        let mchid = self.mchid.clone();
        let whose = match mode {
            Mode::Direct => Whose::Direct { mchid },
            Mode::Institution => Whose::Institution { sp_mchid: mchid, sub_mchid: None },
        };
        v3.statement(&StatementRequest { day, whose }).await
    }

    /// Verifies a notification of V3 by its headers and its bytes as they came; none if nothing goes over V3.
    ///
    /// If it names an unknown key, the certificate list is looked at first, at most once a minute.
    pub async fn verify<'b>(
        &self,
        headers: &HeaderMap,
        body: &'b [u8],
    ) -> Option<Result<Verified<'b>, Violation>> {
        Some(self.v3.as_ref()?.verify(headers, body).await)
    }

    /// Opens a refund's notification of V2; none if nothing goes over V2. That it opens is no proof of what it says.
    pub fn open_hint(&self, sealed: &SealedRefund) -> Option<Result<RefundHint, NotificationError>> {
        Some(self.v2.as_ref()?.open_hint(sealed))
    }

    /// Verifies a payment's notification of V2; none if nothing goes over V2.
    pub fn verify_payment(&self, payment: &UnverifiedPayment) -> Option<Result<Order, NotificationError>> {
        Some(self.v2.as_ref()?.verify_payment(payment))
    }

    /// Keeps the platform's certificates fresh until `ending`, which V3 alone has. A failure takes no key away. Where everything
    /// new goes over V2, one comes with the first answer that names it.
    ///
    /// Busy from the call on until the first list was taken in or refused, and not while it waits, so that a virtual clock
    /// moves on.
    pub fn keep_keys(self: Arc<Line>, ending: CancellationToken) -> impl Future<Output = ()> + Send {
        let busy = self.activity.begin();
        async move {
            if let (Wire::V3, Some(v3)) = (self.wire, &self.v3) {
                v3.keep_keys(ending, busy).await;
            }
        }
    }
}

/// What is really wrong: the error itself only names where.
fn innermost(error: &reqwest::Error) -> String {
    let mut error: &dyn std::error::Error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}
