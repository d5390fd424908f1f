//! Every mistake in the visitor's language: what happened, and what to do about it.
//!
//! The English is that of the errors themselves, but where it names a command where the page has a button. The Chinese is
//! here, a file a kind of error; [`report`] has that of the page *Inspect*.

mod backup;
pub(super) mod folder;
mod material;
mod merchant;
mod pasted;
pub(super) mod report;

use std::fmt::Display;

use super::frame::View;

/// What happened, and what to do about it. Both are whole sentences in the visitor's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) sentence: String,
    pub(super) remedy: String,
}

impl Mistake {
    /// The mistake in the visitor's language: the English clause and remedy, or both in Chinese.
    fn said(view: &View, english: (impl Display, &str), chinese: (String, impl Into<String>)) -> Mistake {
        Mistake {
            sentence: view.tell(sentence(&english.0.to_string()), chinese.0),
            remedy: view.tell(english.1.to_owned(), chinese.1.into()),
        }
    }

    /// A mistake that only these pages know.
    pub(super) fn of_page(view: &View, english: (&str, &str), chinese: (&str, &str)) -> Mistake {
        Mistake::said(view, english, (chinese.0.to_owned(), chinese.1))
    }
}

/// The errors are written as clauses; a page shows sentences.
fn sentence(clause: &str) -> String {
    let mut letters = clause.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if clause.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
