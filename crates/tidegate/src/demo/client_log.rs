//! What the gateway acknowledged, noted by the one who asked: a list outside of the gateway that no crash of it touches.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;

/// A request that was answered with a 2xx, once however often it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Acknowledged {
    /// Which refund of the plan.
    pub(crate) refund: usize,
    /// When it was acknowledged first, by the platform's clock.
    pub(crate) at: Timestamp,
    /// The gateway's id.
    pub(crate) id: String,
    /// Its number at WeChat Pay, worked out by the one who asked.
    pub(crate) upstream_no: String,
    /// How much, in fen.
    pub(crate) amount_fen: i64,
}

/// The list, in memory and as a file with a line for each.
#[derive(Debug)]
pub(crate) struct ClientLog {
    file: File,
    by_refund: BTreeMap<usize, Acknowledged>,
}

impl ClientLog {
    /// An empty list that is also written to `path`.
    pub(crate) fn create(path: &Path) -> io::Result<ClientLog> {
        Ok(ClientLog { file: File::create(path)?, by_refund: BTreeMap::new() })
    }

    /// Notes an acknowledgement. A repetition must name the same refund: if not, the earlier id comes back.
    pub(crate) fn note(&mut self, acknowledged: Acknowledged) -> io::Result<Option<String>> {
        if let Some(first) = self.by_refund.get(&acknowledged.refund) {
            return Ok((first.id != acknowledged.id).then(|| first.id.clone()));
        }
        let line = serde_json::to_string(&acknowledged)?;
        writeln!(self.file, "{line}")?;
        self.by_refund.insert(acknowledged.refund, acknowledged);
        Ok(None)
    }

    /// The gateway's id of a refund of the plan, if it was acknowledged.
    pub(crate) fn id(&self, refund: usize) -> Option<&str> {
        self.by_refund.get(&refund).map(|acknowledged| acknowledged.id.as_str())
    }

    /// How many.
    pub(crate) fn count(&self) -> usize {
        self.by_refund.len()
    }

    /// All, in the order of the plan.
    pub(crate) fn all(&self) -> Vec<Acknowledged> {
        self.by_refund.values().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_acknowledgement_counts_once_and_another_id_for_it_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("client-log.jsonl");
        let mut log = ClientLog::create(&path).unwrap();
        let first = Acknowledged {
            refund: 7,
            at: "2026-01-05T03:00:00Z".parse().unwrap(),
            id: "rf.1".to_owned(),
            upstream_no: "1900000101_R0001".to_owned(),
            amount_fen: 100,
        };
        assert_eq!(log.note(first.clone()).unwrap(), None);
        assert_eq!(log.note(first.clone()).unwrap(), None);
        let other = Acknowledged { id: "rf.2".to_owned(), ..first };
        assert_eq!(log.note(other).unwrap().as_deref(), Some("rf.1"));
        assert_eq!((log.count(), log.id(7), log.id(8)), (1, Some("rf.1"), None));
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 1);
    }
}
