//! Who is at the pages: a session a browser, from its first visit on.
//!
//! Sessions live in memory alone: a restart ends them, as on any platform, and what was typed is kept for after the next
//! log-in.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use super::people::Person;
use crate::authority::IssueError;
use crate::authority::drawn::new_token;

/// Who does nothing for so long, by the platform's clock, is logged out.
const IDLE: SignedDuration = SignedDuration::from_mins(30);

/// How long an SMS code can be used.
const CODE_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// After so many wrong ones a code is dead, so that nobody finds it by trying.
const WRONG_CODES: u8 = 5;

/// More browsers than these are not remembered; the one that was away longest is forgotten.
const MOST: usize = 256;

/// A browser.
pub(crate) struct Session {
    /// Stands in every form, so that no other site can send one.
    pub(crate) form_token: String,
    person: Option<Person>,
    /// Somebody was logged in and was away too long.
    has_expired: bool,
    seen: Timestamp,
    code: Option<Code>,
    /// What was typed into a page's form when the log-in had expired, by path.
    drafts: BTreeMap<String, String>,
}

struct Code {
    digits: String,
    until: Timestamp,
    wrong: u8,
}

/// All browsers, by what their cookie says.
#[derive(Default)]
pub(crate) struct Sessions {
    known: BTreeMap<String, Session>,
}

impl Sessions {
    /// A session for a browser that has none, and its cookie.
    pub(crate) fn begin(&mut self, now: Timestamp) -> Result<String, IssueError> {
        let (id, form_token) = (new_token()?, new_token()?);
        if self.known.len() >= MOST {
            let away_longest = self.known.iter().min_by_key(|(_, session)| session.seen);
            if let Some(id) = away_longest.map(|(id, _)| id.clone()) {
                self.known.remove(&id);
            }
        }
        let session = Session {
            form_token,
            person: None,
            has_expired: false,
            seen: now,
            code: None,
            drafts: BTreeMap::new(),
        };
        self.known.insert(id.clone(), session);
        Ok(id)
    }

    /// The session of a cookie. Who was away too long is logged out.
    pub(crate) fn visit(&mut self, id: &str, now: Timestamp) -> Option<&mut Session> {
        let session = self.known.get_mut(id)?;
        let is_idle = now.duration_since(session.seen) > IDLE;
        // A restored snapshot may have put the clock back.
        session.seen = now;
        if is_idle {
            session.has_expired = session.person.take().is_some();
            session.code = None;
        }
        Some(session)
    }

    /// Logs `person` in. The browser gets a new cookie, so that one that was planted before is worth nothing.
    pub(crate) fn log_in(&mut self, id: &str, person: Person, now: Timestamp) -> Result<String, IssueError> {
        let before = self.known.remove(id);
        let new = self.begin(now)?;
        if let Some(session) = self.known.get_mut(&new) {
            session.person = Some(person);
            session.drafts = before.map(|before| before.drafts).unwrap_or_default();
        }
        Ok(new)
    }

    /// Ends a session.
    pub(crate) fn end(&mut self, id: &str) {
        self.known.remove(id);
    }
}

impl Session {
    /// Who is logged in.
    pub(crate) fn person(&self) -> Option<&Person> {
        self.person.as_ref()
    }

    /// Whether somebody was logged in and was away too long.
    pub(crate) fn has_expired(&self) -> bool {
        self.has_expired
    }

    /// The code that was sent by SMS; an earlier one is worth nothing from now on.
    pub(crate) fn expect_code(&mut self, digits: String, now: Timestamp) {
        let until = now.checked_add(CODE_LIFE).unwrap_or(Timestamp::MAX);
        self.code = Some(Code { digits, until, wrong: 0 });
    }

    /// Whether a code was sent that can still be used.
    pub(crate) fn awaits_code(&self, now: Timestamp) -> bool {
        self.code.as_ref().is_some_and(|code| now <= code.until)
    }

    /// Whether `typed` is the code. A wrong one counts.
    pub(crate) fn is_code(&mut self, typed: &str, now: Timestamp) -> bool {
        let Some(code) = &mut self.code else { return false };
        if now > code.until || code.wrong >= WRONG_CODES {
            return false;
        }
        let is_right = code.digits == typed;
        if !is_right {
            code.wrong += 1;
        }
        is_right
    }

    /// A code is good for one step.
    pub(crate) fn use_code(&mut self) {
        self.code = None;
    }

    /// Keeps what was typed on the page at `path`.
    pub(crate) fn keep_draft(&mut self, path: &str, typed: String) {
        self.drafts.insert(path.to_owned(), typed);
    }

    /// What was kept for the page at `path`.
    pub(crate) fn draft(&self, path: &str) -> Option<&str> {
        self.drafts.get(path).map(String::as_str)
    }

    /// The page at `path` was sent, so that nothing needs to be kept for it.
    pub(crate) fn drop_draft(&mut self, path: &str) {
        self.drafts.remove(path);
    }
}
