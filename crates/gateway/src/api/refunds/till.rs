//! What a till shows and prints: one word, one sentence, lines of 32 columns.

use jiff::Timestamp;
use refunds::refund::Refund;

use super::next_action::next_action;
use super::texts::{self, Standing};
use crate::api::request::language::Language;

/// How many columns a till's printer has. A Chinese character takes two.
pub const COLUMNS: usize = 32;

/// The shortest and the longest time after which a till should look again, in seconds.
const LOOK_S: (i64, i64) = (5, 3_600);

/// What a till gets to know of a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Till {
    /// How it went so far.
    pub outcome: Outcome,
    /// The sentence to show.
    pub text: &'static str,
    /// The lines to print, [`COLUMNS`] wide at most.
    pub print_lines: Vec<String>,
    /// After how many seconds to look again; none if nothing more will come.
    pub next_look_s: Option<i64>,
}

/// How a refund went so far, as a till can act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// WeChat Pay took it: the customer may go, unless the text asks for something.
    Accepted,
    /// Durable here; it goes by itself, and no second request is needed.
    Registered,
    /// It was or will not be paid to the customer by this way.
    Refused,
    /// Nobody knows yet; nothing else may be paid for it.
    Unclear,
}

impl Outcome {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Accepted => "accepted",
            Outcome::Registered => "registered",
            Outcome::Refused => "refused",
            Outcome::Unclear => "unclear",
        }
    }

    /// How a refund that stands so went.
    pub const fn of(standing: Standing) -> Outcome {
        match standing {
            // The money left for good, if not to the customer: no other refund may follow, and the text says what must.
            Standing::Accepted
            | Standing::Arrived
            | Standing::Returned
            | Standing::BackAtShop
            | Standing::PaidOutside => Outcome::Accepted,
            Standing::Registered | Standing::WaitsForFunds => Outcome::Registered,
            Standing::Refused
            | Standing::PayerGone
            | Standing::OrderTooOld
            | Standing::Closed
            | Standing::Cancelled => Outcome::Refused,
            Standing::Unclear | Standing::Withdrawing => Outcome::Unclear,
        }
    }
}

/// What a till shows of `refund` at `now`.
pub fn till(refund: &Refund, now: Timestamp, language: Language) -> Till {
    let standing = Standing::of(refund);
    let text = texts::cashier(standing, language);
    let mut print_lines = vec![];
    let heading = match language {
        Language::English => "WeChat Pay refund",
        Language::Chinese => "微信支付退款",
    };
    for paragraph in [heading, refund.identity.out_refund_no.as_str(), &refund.amount.to_string(), text] {
        print_lines.extend(wrapped(paragraph));
    }
    let next_look_s = (!refund.is_final()).then(|| {
        let next = next_action(refund, now).and_then(|action| action.at);
        let wait = next.map_or(LOOK_S.0, |at| at.duration_since(now).as_secs() + 1);
        wait.clamp(LOOK_S.0, LOOK_S.1)
    });
    Till { outcome: Outcome::of(standing), text, print_lines, next_look_s }
}

/// `text` in lines of [`COLUMNS`], broken at blanks where there are any in reach, and anywhere else.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![];
    let mut line = String::new();
    for word in text.split_inclusive([' ', '，', '。', '；', '：']) {
        if columns(&line) + columns(word.trim_end()) > COLUMNS && !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        for c in word.chars() {
            if columns(&line) + width(c) > COLUMNS && c != ' ' {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines.iter().map(|line| line.trim_end().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// How many columns a character takes: East Asian wide and full-width ones take two.
const fn width(c: char) -> usize {
    match c {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_the_printer_and_nothing_is_lost() {
        for standing in Standing::ALL {
            for language in [Language::English, Language::Chinese] {
                let text = texts::cashier(standing, language);
                let lines = wrapped(text);
                assert!(lines.iter().all(|line| columns(line) <= COLUMNS), "{lines:?}");
                let squeezed = |text: &str| text.replace(' ', "");
                assert_eq!(squeezed(&lines.concat()), squeezed(text));
            }
        }
    }

    #[test]
    fn words_stay_whole_where_they_can() {
        assert_eq!(
            wrapped("Refund registered. It will be sent by itself."),
            ["Refund registered. It will be", "sent by itself."]
        );
        assert_eq!(wrapped(&"9".repeat(64)), ["9".repeat(32), "9".repeat(32)]);
        assert_eq!(columns("退款 1"), 6);
    }
}
