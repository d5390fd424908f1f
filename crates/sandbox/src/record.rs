//! What arrived, and what became of it: enough for a stranger to count everything again.

use std::collections::VecDeque;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many requests are kept unless it is said otherwise.
pub const KEPT: usize = 100_000;

/// The longest body that is kept whole, in bytes.
const LONGEST_BODY: usize = 64 * 1024;

/// How many bytes of requests are kept in all, so that large ones cannot fill the memory.
const KEPT_BYTES: usize = 256 * 1024 * 1024;

/// The requests that arrived, the latest of them with everything about them.
///
/// Bounded by count and by bytes: what is older than the entries that are kept is only counted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    entries: VecDeque<Entry>,
    /// Requests that ever arrived.
    arrivals: u64,
    /// How many entries are kept.
    kept: usize,
    /// What the entries that are kept take up, roughly.
    bytes: usize,
}

/// A request and its outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Counts arrivals from 1, without a gap.
    pub n: u64,
    /// When it arrived, by the platform's clock.
    #[serde(with = "instant")]
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// Its target as sent.
    pub target: String,
    /// Its headers in the order of arrival.
    pub headers: Vec<(String, String)>,
    /// Its body; what is not UTF-8 in it is replaced, and what lies beyond 64 KiB is left out.
    pub body: String,
    /// The whole body's length.
    pub body_bytes: usize,
    /// The serial number of the client's certificate, on a connection that had one.
    #[serde(default)]
    pub client_serial: Option<String>,
    /// The merchant id that it says to come from.
    pub caller: Option<String>,
    /// The serial number of the certificate that it says to be signed with, if that can be read.
    #[serde(default)]
    pub serial_no: Option<String>,
    /// Which call it is; none for paths at which nothing is served.
    pub call: Option<String>,
    /// Whether it was let in, and if not, why.
    pub verdict: Verdict,
    /// The text that should have been signed, if the signature is of another.
    pub expected_text: Option<String>,
    /// The refund's number on the wire, if it could be read.
    pub out_refund_no: Option<String>,
    /// The refund's or order's amount in smallest units, if it could be read.
    pub amount_minor: Option<i64>,
    /// What it was answered; none if the connection was cut before anything was done.
    pub outcome: Option<Outcome>,
    /// Whether the answer left. One that did not may still have moved money.
    pub is_answer_lost: bool,
}

impl Entry {
    /// What it takes up in bytes, roughly.
    fn size(&self) -> usize {
        let headers: usize = self.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
        let expected = self.expected_text.as_ref().map_or(0, String::len);
        self.target.len() + self.body.len() + headers + expected
    }
}

/// Whether a request was let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Its signature holds.
    Genuine,
    /// It was turned away for this reason.
    Refused(String),
}

/// An answer in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The HTTP status.
    pub status: u16,
    /// The error code, if it is an error.
    pub code: Option<String>,
    /// The answer's `Request-ID`.
    pub request_id: String,
    /// Whether the platform was never asked, because a fault answered in its place.
    pub is_instead: bool,
}

impl Default for Record {
    fn default() -> Record {
        Record::keeping(KEPT)
    }
}

impl Record {
    /// An empty record that keeps the latest `kept` requests.
    pub fn keeping(kept: usize) -> Record {
        Record { entries: VecDeque::new(), arrivals: 0, kept, bytes: 0 }
    }

    /// How many requests ever arrived.
    pub fn arrivals(&self) -> u64 {
        self.arrivals
    }

    /// The entries that are kept, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// This record with the latest `kept` entries alone, for a snapshot.
    pub fn tail(&self, kept: usize) -> Record {
        let older = self.entries.len().saturating_sub(kept);
        let entries: VecDeque<Entry> = self.entries.iter().skip(older).cloned().collect();
        let bytes = entries.iter().map(Entry::size).sum();
        Record { entries, arrivals: self.arrivals, kept: self.kept, bytes }
    }

    /// The number of the request that arrives now.
    pub(crate) fn arrive(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    pub(crate) fn note(&mut self, entry: Entry) {
        self.bytes += entry.size();
        self.entries.push_back(entry);
        while self.entries.len() > self.kept || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.entries.pop_front() else { return };
            self.bytes = self.bytes.saturating_sub(oldest.size());
        }
    }
}

/// A body as it is kept.
pub(crate) fn kept_body(body: &[u8]) -> String {
    String::from_utf8_lossy(body.get(..LONGEST_BODY).unwrap_or(body)).into_owned()
}

/// An instant as RFC 3339 text.
mod instant {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(at)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}
