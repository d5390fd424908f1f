//! Whose turn it is.
//!
//! What was asked first is done first. The writes of one merchant id stand in a line of their own, of which one thread at a
//! time does what has gathered; the line takes its next turn behind everybody who came meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use wechatpay::ids::Mchid;

use crate::sql::hands::Whose;
use crate::sql::job::Job;

/// The most jobs that share a transaction: enough to make the flush cheap, few enough to keep it within milliseconds.
const GROUP: usize = 256;

/// The jobs of all threads that wait.
#[derive(Default)]
pub(super) struct Queue {
    state: Mutex<State>,
    woken: Condvar,
}

#[derive(Default)]
struct State {
    turns: VecDeque<Next>,
    lines: BTreeMap<Option<Mchid>, VecDeque<Waiting>>,
    waiting: usize,
    is_closed: bool,
}

enum Next {
    Read(Waiting),
    Line(Option<Mchid>),
}

struct Waiting {
    since: Instant,
    is_new: bool,
    job: Box<dyn Job>,
}

/// What a thread is to do next.
pub(super) enum Turn {
    /// Read for one caller, who has waited since then.
    Read(Instant, Box<dyn Job>),
    /// Write for those who want something of one merchant id, or of none.
    Write(Writes),
}

/// Jobs that share a transaction.
pub(super) struct Writes {
    /// The merchant id they are about.
    pub(super) mchid: Option<Mchid>,
    /// Whether it may have to be made first.
    pub(super) is_new: bool,
    /// Since when the first of them has waited.
    pub(super) since: Instant,
    pub(super) jobs: Vec<Box<dyn Job>>,
}

impl Queue {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many wait.
    pub(super) fn len(&self) -> usize {
        self.state().waiting
    }

    /// Adds a job that reads.
    pub(super) fn add_read(&self, job: Box<dyn Job>) {
        let mut state = self.state();
        state.turns.push_back(Next::Read(Waiting { since: Instant::now(), is_new: false, job }));
        state.waiting += 1;
        self.woken.notify_one();
    }

    /// Adds a job that writes.
    pub(super) fn add_write(&self, whose: Whose, job: Box<dyn Job>) {
        let (mchid, is_new) = match whose {
            Whose::Merchant(mchid) => (Some(mchid), false),
            Whose::NewMerchant(mchid) => (Some(mchid), true),
            Whose::Installation => (None, false),
        };
        let mut state = self.state();
        state.waiting += 1;
        let waiting = Waiting { since: Instant::now(), is_new, job };
        match state.lines.get_mut(&mchid) {
            // It has a turn, or is having one.
            Some(line) => line.push_back(waiting),
            None => {
                state.lines.insert(mchid.clone(), VecDeque::from([waiting]));
                state.turns.push_back(Next::Line(mchid));
                self.woken.notify_one();
            }
        }
    }

    /// Waits for a turn; none if nothing waits and nothing will come any more.
    pub(super) fn next(&self) -> Option<Turn> {
        let mut state = self.state();
        loop {
            if let Some(next) = state.turns.pop_front() {
                return Some(state.turn(next));
            }
            if state.is_closed {
                return None;
            }
            state = self.woken.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the turn of a line. What has gathered meanwhile waits for the next one.
    pub(super) fn done(&self, mchid: Option<Mchid>) {
        let mut state = self.state();
        if state.lines.get(&mchid).is_some_and(VecDeque::is_empty) {
            state.lines.remove(&mchid);
        } else {
            state.turns.push_back(Next::Line(mchid));
            self.woken.notify_one();
        }
    }

    /// Lets the threads end when nothing waits any more.
    pub(super) fn close(&self) {
        self.state().is_closed = true;
        self.woken.notify_all();
    }
}

impl State {
    fn turn(&mut self, next: Next) -> Turn {
        match next {
            Next::Read(Waiting { since, job, .. }) => {
                self.waiting -= 1;
                Turn::Read(since, job)
            }
            Next::Line(mchid) => {
                let line = self.lines.get_mut(&mchid);
                let gathered: Vec<Waiting> =
                    line.map(|line| line.drain(..line.len().min(GROUP)).collect()).unwrap_or_default();
                self.waiting -= gathered.len();
                Turn::Write(Writes {
                    mchid,
                    is_new: gathered.iter().any(|waiting| waiting.is_new),
                    since: gathered.first().map_or_else(Instant::now, |first| first.since),
                    jobs: gathered.into_iter().map(|waiting| waiting.job).collect(),
                })
            }
        }
    }
}
