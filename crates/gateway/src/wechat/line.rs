//! One merchant id's way to WeChat Pay, whatever the version of the interface.

use std::sync::Arc;

use axum::http::HeaderMap;
use jiff::Timestamp;
use refunds::batch::Submission;
use refunds::owner::{Fact, ProbeOutcome, Question};
use tokio_util::sync::CancellationToken;
use wechatpay::ids::Mchid;
use wechatpay::keys::{ApiV3Key, KeyName};
use wechatpay::v3::caller::Region;
use wechatpay::v3::verify::{Verified, Violation};

use super::connection::Connection;
use super::v3::line::V3Line;
use crate::activity::Activity;
use crate::clock::WallClock;

/// The way of one merchant id. Cheap to call from many tasks at once; every future of it may be dropped at any time.
#[derive(Debug)]
pub struct Line {
    v3: V3Line,
}

/// Why there is no line.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// A sandbox stands where it was started, which must be said.
    #[error("a sandbox's merchant id needs the sandbox's address")]
    NoHost,
    /// A host that is not called.
    #[error("{host} cannot be called: {why}")]
    Host {
        /// What was given.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The system's TLS cannot be used.
    #[error("the HTTP client cannot be made: {0}")]
    Client(#[source] reqwest::Error),
}

impl Line {
    /// The line of `connection`. It knows the public keys at once; platform certificates come with
    /// [`keep_keys`](Line::keep_keys), or with the first answer that names one.
    pub fn new(connection: Connection, clock: WallClock, activity: Activity) -> Result<Line, LineError> {
        Ok(Line { v3: V3Line::new(connection, clock, activity)? })
    }

    /// The merchant id.
    pub fn mchid(&self) -> &Mchid {
        self.v3.mchid()
    }

    /// The branch of WeChat Pay.
    pub fn region(&self) -> Region {
        self.v3.region()
    }

    /// The key that opens the merchant id's notifications.
    pub fn api_v3_key(&self) -> &ApiV3Key {
        self.v3.api_v3_key()
    }

    /// The serial number of the newest certificate, and its last second.
    pub fn certificate(&self) -> (&KeyName, Timestamp) {
        self.v3.certificate()
    }

    /// Sends `submission` once, byte for byte, under the time stamp that is stored with it, and says what came back:
    /// [`Fact::Answered`], always.
    pub async fn submit(&self, submission: &Submission) -> Fact {
        self.v3.submit(submission).await
    }

    /// Asks `question` once and says what came back: [`Fact::Asked`], [`Fact::OrderAsked`] or [`Fact::Probed`], always.
    pub async fn ask(&self, question: &Question) -> Fact {
        self.v3.ask(question).await
    }

    /// Makes a harmless call with the newest certificate, and says whether it was taken.
    pub async fn probe(&self) -> ProbeOutcome {
        self.v3.probe().await
    }

    /// Verifies a notification by its headers and its bytes as they came.
    ///
    /// If it names an unknown key, the certificate list is looked at first, at most once a minute.
    pub async fn verify<'b>(&self, headers: &HeaderMap, body: &'b [u8]) -> Result<Verified<'b>, Violation> {
        self.v3.verify(headers, body).await
    }

    /// Keeps the platform's certificates fresh until `ending`. A failure takes no key away.
    ///
    /// Busy from the call on until the first list was taken in or refused, and not while it waits, so that a virtual clock
    /// moves on.
    pub fn keep_keys(self: Arc<Line>, ending: CancellationToken) -> impl Future<Output = ()> + Send {
        let busy = self.v3.begin();
        async move { self.v3.keep_keys(ending, busy).await }
    }
}
