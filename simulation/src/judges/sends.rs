//! Requests that leave: never before their intent is on disk, and each time the same.

use crate::history::Kind;
use crate::mutations::Request;
use crate::world::World;

impl World {
    pub(crate) fn judge_send(&mut self, request: &Request) {
        let Request { refund: key, upstream_no, attempt, bytes, .. } = request;
        let stored = self.disk.model.refund(key).ok().flatten();
        match stored {
            None => self.judge(Kind::Send, || format!("{upstream_no} is sent, and {key} is not on disk")),
            Some(stored) if stored.attempts.count < *attempt => self.judge(Kind::Send, || {
                let count = stored.attempts.count;
                format!("attempt {attempt} of {upstream_no} is sent, and {count} are on disk")
            }),
            Some(stored) if stored.upstream_no != *upstream_no || stored.request != *bytes => {
                self.judge(Kind::Send, || {
                    format!("{upstream_no} is sent, and other bytes or another number are on disk for {key}")
                });
            }
            Some(_) => {}
        }
        let sent = (upstream_no.clone(), bytes.clone());
        let first = self.record.sent.entry(key.clone()).or_insert_with(|| sent.clone());
        if *first != sent {
            let first = first.0.clone();
            self.judge(Kind::Send, || format!("{key} was sent as {first}, and differently as {upstream_no}"));
        }
    }
}
