//! A place on a list as callers hold it: opaque, and good for the list it came from alone.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use refunds::key::RefundKey;
use store::reading::Cursor;

use crate::api::problem::{Code, Problem};

/// Which list a cursor belongs to: whose refunds, by which filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List(String);

impl List {
    /// The list that these texts describe; any difference in them is another list.
    pub fn of(parts: &[&str]) -> List {
        let described: Vec<String> = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
        let digest = digest::digest(&digest::SHA256, described.concat().as_bytes());
        let short = digest.as_ref().get(..12).unwrap_or_default();
        List(URL_SAFE_NO_PAD.encode(short))
    }
}

/// `cursor` as text.
pub fn write(cursor: &Cursor, list: &List) -> String {
    URL_SAFE_NO_PAD.encode(format!("{} {} {}", list.0, cursor.created_at, cursor.key))
}

/// The place that `text` names on `list`.
///
/// The text says nothing that its holder does not know, and what it leads to is read within the holder's own list: who makes
/// one up skips refunds of their own.
pub fn read(text: &str, list: &List) -> Result<Cursor, Problem> {
    let parse = || {
        let decoded = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = decoded.split(' ');
        let (of, created_at, key) = (parts.next()?, parts.next()?, parts.next()?);
        if of != list.0 || parts.next().is_some() {
            return None;
        }
        Some(Cursor { created_at: created_at.parse::<Timestamp>().ok()?, key: RefundKey::parse(key).ok()? })
    };
    parse().ok_or_else(|| Problem::new(Code::CursorInvalid))
}

#[cfg(test)]
mod tests {
    use wechatpay::ids::Mchid;

    use super::*;

    #[test]
    fn a_cursor_is_read_back_on_its_own_list_and_on_no_other() {
        let mchid = Mchid::parse("1900000001").unwrap();
        let key = RefundKey::new(&mchid, "01JZZZZZZZZZZZZZZZZZZZZZZZ").unwrap();
        let cursor = Cursor { created_at: Timestamp::from_microsecond(1_234_567_890_123_456).unwrap(), key };
        let list = List::of(&["1900000001", "", "queued"]);
        let text = write(&cursor, &list);
        assert_eq!(read(&text, &list), Ok(cursor));
        assert!(read(&text, &List::of(&["1900000002", "", "queued"])).is_err());
        assert!(read(&text, &List::of(&["1900000001", "queued", ""])).is_err());
        for text in ["", "!", "AAAA", "MTIz"] {
            assert!(read(text, &list).is_err(), "{text}");
        }
    }
}
