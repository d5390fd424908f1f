//! Reading and writing the XML of V2 messages: a root with fields below it, and nothing else of what XML can do.
//!
//! Whoever can write a body may be anybody, so a reader must not be led anywhere by it. Document types are refused, and
//! with them every entity of one's own making; of two fields with one name, two readers could take different ones, so
//! neither is taken; size and depth are bounded. What is merely odd is read: CDATA or not, blanks in an end tag, empty
//! elements, comments between fields. Source: [v2-rules], \[inferred\].

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, Event};

/// Longest message that is read, in bytes. The longest fields of the pages have some thousand bytes each.
pub const LONGEST_MESSAGE: usize = 64 * 1024;

/// Only fields with this name, and a number behind it, hold fields of their own: one settlement each.
/// Source: [v2-settlement].
const NESTING: &str = "setteinfo_";

/// Why bytes are no V2 message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// More bytes than are read.
    #[error("the body has {length} bytes; {limit} at most are read")]
    TooLong {
        /// Bytes given.
        length: usize,
        /// Bytes read at most.
        limit: usize,
    },
    /// Bytes that are no text.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// Tags that do not fit each other, text outside of fields, an end that does not come.
    #[error("the body is not well-formed XML: {reason}")]
    NotWellFormed {
        /// What is wrong with it.
        reason: String,
    },
    /// `<!DOCTYPE …>`, behind which entities of one's own making hide.
    #[error("the body has a document type declaration")]
    DocumentType,
    /// A reference to an entity that is not one of XML's five, or to a character that no text may hold.
    #[error("the body refers to `&{name};`")]
    Entity {
        /// The first characters of its name.
        name: String,
    },
    /// A character that XML cannot hold.
    #[error("the body holds the character {found:?}")]
    Character {
        /// The first such character.
        found: char,
    },
    /// Another root than messages have.
    #[error("the body is a <{found}>, not a <{expected}>")]
    Root {
        /// The root it should have.
        expected: &'static str,
        /// The first characters of the one it has.
        found: String,
    },
    /// A name with other characters than letters, digits, `_`, `-` and `.`: nothing of WeChat Pay's is called so.
    #[error("`{name}` is no name of a field")]
    Name {
        /// The first characters of the name.
        name: String,
    },
    /// An element where text should be.
    #[error("`{field}` holds elements")]
    TooDeep {
        /// The field.
        field: String,
    },
    /// One name twice.
    #[error("`{field}` is given twice")]
    Repeated {
        /// The field.
        field: String,
    },
}

impl XmlError {
    fn malformed(reason: impl ToString) -> XmlError {
        XmlError::NotWellFormed { reason: beginning(&reason.to_string()) }
    }
}

/// As much of a foreign text as an error repeats.
fn beginning(text: &str) -> String {
    text.chars().take(80).collect()
}

/// What a field holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text, perhaps none.
    Text(String),
    /// Fields of its own.
    Record(BTreeMap<String, String>),
}

/// The fields below the root of `bytes`, which is called `root`. Names stand in the order of their bytes, which is the
/// order in which they are signed.
pub(crate) fn read(
    root: &'static str,
    limit: usize,
    bytes: &[u8],
) -> Result<BTreeMap<String, Value>, XmlError> {
    if bytes.len() > limit {
        return Err(XmlError::TooLong { length: bytes.len(), limit });
    }
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::NotUtf8)?;
    if let Some(found) = text.chars().find(|&c| !may_stand(c)) {
        return Err(XmlError::Character { found });
    }
    let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut tree = Tree { expected: root, place: Place::BeforeRoot, fields: BTreeMap::new() };
    loop {
        match reader.read_event().map_err(XmlError::malformed)? {
            Event::Start(start) => tree.open(start.name().as_ref())?,
            Event::Empty(start) => {
                tree.open(start.name().as_ref())?;
                tree.close()?;
            }
            // That it ends what began, the reader has looked at.
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(text) => tree.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => tree.text(resolved(&reference)?.encode_utf8(&mut [0; 4]))?,
            Event::Comment(_) => tree.comment()?,
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Decl(_) => tree.declaration()?,
            Event::PI(_) => return Err(XmlError::malformed("it has a processing instruction")),
            Event::Eof => return tree.finish(),
        }
    }
}

/// Whether XML 1.0 can hold `c`.
fn may_stand(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// The character that `reference` stands for.
fn resolved(reference: &BytesRef<'_>) -> Result<char, XmlError> {
    let unknown = || XmlError::Entity { name: beginning(reference) };
    let character = match reference.resolve_char_ref().map_err(|_| unknown())? {
        Some(character) => Some(character),
        None => resolve_predefined_entity(reference).and_then(|text| text.chars().next()),
    };
    character.filter(|&c| may_stand(c)).ok_or_else(unknown)
}

/// Where in a message the reader is.
enum Place {
    BeforeRoot,
    InRoot,
    InField(String, Content),
    AfterRoot,
}

/// What of a field was read.
enum Content {
    Text(String),
    /// The fields inside of it that are complete, and the one that is not.
    Record(BTreeMap<String, String>, Option<(String, String)>),
}

struct Tree {
    expected: &'static str,
    place: Place,
    fields: BTreeMap<String, Value>,
}

impl Tree {
    fn open(&mut self, name: &str) -> Result<(), XmlError> {
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b)) {
            return Err(XmlError::Name { name: beginning(name) });
        }
        match &mut self.place {
            Place::BeforeRoot if name == self.expected => self.place = Place::InRoot,
            Place::BeforeRoot => {
                return Err(XmlError::Root { expected: self.expected, found: beginning(name) });
            }
            Place::InRoot => {
                let content = match is_nesting(name) {
                    true => Content::Record(BTreeMap::new(), None),
                    false => Content::Text(String::new()),
                };
                self.place = Place::InField(name.to_owned(), content);
            }
            Place::InField(_, Content::Record(_, open @ None)) => {
                *open = Some((name.to_owned(), String::new()))
            }
            Place::InField(field, _) => return Err(XmlError::TooDeep { field: field.clone() }),
            Place::AfterRoot => return Err(XmlError::malformed("something stands behind the root")),
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        if let Place::InField(_, Content::Record(complete, open)) = &mut self.place
            && let Some((name, text)) = open.take()
        {
            return insert(complete, name, text);
        }
        match std::mem::replace(&mut self.place, Place::InRoot) {
            Place::InField(name, Content::Text(text)) => insert(&mut self.fields, name, Value::Text(text)),
            Place::InField(name, Content::Record(complete, _)) => {
                insert(&mut self.fields, name, Value::Record(complete))
            }
            Place::InRoot => {
                self.place = Place::AfterRoot;
                Ok(())
            }
            Place::BeforeRoot | Place::AfterRoot => Err(XmlError::malformed("an end stands alone")),
        }
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        match &mut self.place {
            Place::InField(_, Content::Text(open) | Content::Record(_, Some((_, open)))) => {
                open.push_str(text)
            }
            _ if text.bytes().all(|b| b.is_ascii_whitespace()) => {}
            _ => return Err(XmlError::malformed("text stands outside of fields")),
        }
        Ok(())
    }

    /// Readers disagree on whether a comment ends a text, so there is none inside of a field.
    fn comment(&self) -> Result<(), XmlError> {
        match &self.place {
            Place::InField(..) => Err(XmlError::malformed("a comment stands in a field")),
            _ => Ok(()),
        }
    }

    fn declaration(&self) -> Result<(), XmlError> {
        match &self.place {
            Place::BeforeRoot => Ok(()),
            _ => Err(XmlError::malformed("a declaration stands inside")),
        }
    }

    fn finish(self) -> Result<BTreeMap<String, Value>, XmlError> {
        match self.place {
            Place::AfterRoot => Ok(self.fields),
            Place::BeforeRoot => Err(XmlError::malformed("there is no element")),
            Place::InRoot | Place::InField(..) => Err(XmlError::malformed("it ends too early")),
        }
    }
}

fn is_nesting(name: &str) -> bool {
    let number = name.strip_prefix(NESTING);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn insert<T>(fields: &mut BTreeMap<String, T>, name: String, value: T) -> Result<(), XmlError> {
    if fields.contains_key(&name) {
        return Err(XmlError::Repeated { field: beginning(&name) });
    }
    fields.insert(name, value);
    Ok(())
}

/// Writes one message, fields in the order of the calls, without blanks between them.
pub(crate) struct XmlWriter {
    text: String,
    fields: BTreeMap<String, Value>,
}

impl XmlWriter {
    /// The message below `root` whose fields `fields` writes, and what a reader will find in it.
    pub(crate) fn render(
        root: &str,
        fields: impl FnOnce(&mut XmlWriter),
    ) -> (String, BTreeMap<String, Value>) {
        let mut writer = XmlWriter { text: format!("<{root}>"), fields: BTreeMap::new() };
        fields(&mut writer);
        writer.text.push_str(&format!("</{root}>"));
        (writer.text, writer.fields)
    }

    /// A text, in CDATA as WeChat Pay writes it, escaped where CDATA cannot hold it. What XML cannot hold at all
    /// becomes U+FFFD.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        let text: String = value.chars().map(|c| if may_stand(c) { c } else { '\u{fffd}' }).collect();
        // A reader turns CR into LF, in CDATA too; only a reference keeps it.
        let content = match text.contains("]]>") || text.contains('\r') {
            true => escaped(&text),
            false => format!("<![CDATA[{text}]]>"),
        };
        self.field(name, &content, text);
    }

    /// As [`XmlWriter::text`]; nothing at all for `None`.
    pub(crate) fn optional_text(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(name, value);
        }
    }

    /// A whole number, plain.
    pub(crate) fn integer(&mut self, name: &str, value: i64) {
        self.field(name, &value.to_string(), value.to_string());
    }

    /// As [`XmlWriter::integer`]; nothing at all for `None`.
    pub(crate) fn optional_integer(&mut self, name: &str, value: Option<i64>) {
        if let Some(value) = value {
            self.integer(name, value);
        }
    }

    fn field(&mut self, name: &str, content: &str, value: String) {
        self.text.push_str(&format!("<{name}>{content}</{name}>"));
        self.fields.insert(name.to_owned(), Value::Text(value));
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#13;")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields(body: &str) -> Result<BTreeMap<String, Value>, XmlError> {
        read("xml", LONGEST_MESSAGE, body.as_bytes())
    }

    fn text_of(body: &str) -> String {
        match fields(body).unwrap().remove("a") {
            Some(Value::Text(text)) => text,
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn every_way_to_write_a_text_is_read() {
        for (written, text) in [
            ("1&amp;2&lt;3&gt;4&quot;5&apos;6", "1&2<3>4\"5'6"),
            ("&#20013;&#x56FD;&#13;", "中国\r"),
            ("<![CDATA[a&amp;<b>]]>", "a&amp;<b>"),
            ("1<![CDATA[2]]>3&amp;<![CDATA[]]>4", "123&4"),
            (" a\r\nb\rc ", " a\nb\nc "),
            ("", ""),
            ("<![CDATA[]]>", ""),
        ] {
            assert_eq!(text_of(&format!("<xml><a>{written}</a></xml>")), text, "{written}");
        }
    }

    #[test]
    fn odd_forms_of_a_message_are_read() {
        for body in [
            "<xml><a>1</a ></xml >",
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<xml>\n  <a>1</a>\n</xml>\n",
            "\u{feff}<xml><a>1</a></xml>",
            "<!-- c --><xml><!-- c --><a kind=\"x\">1</a></xml><!-- c -->",
            "<xml><a>1</a><b/></xml>",
        ] {
            assert_eq!(text_of(body), "1", "{body}");
        }
        assert_eq!(fields("<xml/>"), Ok(BTreeMap::new()));
    }

    #[test]
    fn hostile_bodies_are_refused_by_name() {
        let refused = |body: &str| fields(body).unwrap_err();
        for body in [
            "<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///\">]><xml><a>&a;</a></xml>",
            "<!DOCTYPE xml><xml></xml>",
            "<xml><!DOCTYPE a></xml>",
        ] {
            assert_eq!(refused(body), XmlError::DocumentType, "{body}");
        }
        for (body, name) in [
            ("<xml><a>&xxe;</a></xml>", "xxe"),
            ("<xml><a>&nbsp;</a></xml>", "nbsp"),
            ("<xml><a>&#0;</a></xml>", "#0"),
            ("<xml><a>&#xD800;</a></xml>", "#xD800"),
            ("<xml><a>&#x110000;</a></xml>", "#x110000"),
            ("<xml><a>&#xFFFF;</a></xml>", "#xFFFF"),
        ] {
            assert_eq!(refused(body), XmlError::Entity { name: name.to_owned() }, "{body}");
        }
        assert_eq!(refused("<xml><a>1</a><a>1</a></xml>"), XmlError::Repeated { field: "a".to_owned() });
        assert_eq!(refused("<xml><a><b>1</b></a></xml>"), XmlError::TooDeep { field: "a".to_owned() });
        assert_eq!(refused("<xml><a=1&b>1</a=1&b></xml>"), XmlError::Name { name: "a=1&b".to_owned() });
        assert_eq!(refused("<xml><a>\u{1}</a></xml>"), XmlError::Character { found: '\u{1}' });
        assert_eq!(refused("<html></html>"), XmlError::Root { expected: "xml", found: "html".to_owned() });
        assert_eq!(read("xml", LONGEST_MESSAGE, b"<xml>\xff</xml>"), Err(XmlError::NotUtf8));
        for body in [
            "",
            " ",
            "text",
            "<xml>",
            "<xml><a>1</xml>",
            "<xml><a>1</b></xml>",
            "<xml></xml><xml></xml>",
            "<xml></xml>text",
            "<xml>text</xml>",
            "<xml><![CDATA[text]]></xml>",
            "<xml><a>1<!-- c -->2</a></xml>",
            "<xml><?php ?></xml>",
            "<xml><a>1 & 2</a></xml>",
            "<xml><a><![CDATA[1</a></xml>",
            "</xml>",
            "<xml><?xml version=\"1.0\"?></xml>",
        ] {
            assert!(matches!(refused(body), XmlError::NotWellFormed { .. }), "{body}: {:?}", refused(body));
        }
    }

    #[test]
    fn size_and_depth_are_bounded_whatever_is_inside() {
        let long = format!("<xml><a>{}</a></xml>", "a".repeat(10 << 20));
        assert!(matches!(fields(&long), Err(XmlError::TooLong { limit: LONGEST_MESSAGE, .. })));
        let deep = format!("<xml>{}{}</xml>", "<a>".repeat(9000), "</a>".repeat(9000));
        assert_eq!(fields(&deep), Err(XmlError::TooDeep { field: "a".to_owned() }));
    }

    #[test]
    fn a_settlement_is_a_record_of_one_more_level() {
        let read =
            fields("<xml><setteinfo_0><a>1</a><b/></setteinfo_0><setteinfo_1/><n>2</n></xml>").unwrap();
        let record = BTreeMap::from([("a".to_owned(), "1".to_owned()), ("b".to_owned(), String::new())]);
        assert_eq!(read.get("setteinfo_0"), Some(&Value::Record(record)));
        assert_eq!(read.get("setteinfo_1"), Some(&Value::Record(BTreeMap::new())));
        assert_eq!(read.get("n"), Some(&Value::Text("2".to_owned())));
        for body in [
            "<xml><setteinfo_0><a><b>1</b></a></setteinfo_0></xml>",
            "<xml><setteinfo_><a>1</a></setteinfo_></xml>",
        ] {
            assert!(matches!(fields(body), Err(XmlError::TooDeep { .. })), "{body}");
        }
        let twice = fields("<xml><setteinfo_0><a>1</a><a>1</a></setteinfo_0></xml>");
        assert_eq!(twice, Err(XmlError::Repeated { field: "a".to_owned() }));
    }

    #[test]
    fn texts_are_written_so_that_nothing_ends_them_early() {
        let written = |value: &str| XmlWriter::render("xml", |xml| xml.text("a", value)).0;
        assert_eq!(written("1<2&3"), "<xml><a><![CDATA[1<2&3]]></a></xml>");
        assert_eq!(written("x]]><b>&"), "<xml><a>x]]&gt;&lt;b&gt;&amp;</a></xml>");
        assert_eq!(written("\r\n"), "<xml><a>&#13;\n</a></xml>");
        assert_eq!(text_of(&written("\0")), "\u{fffd}");
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_back(text in any::<String>(), tail in "[]<>&\r\n]{0,6}") {
            let text = text + &tail;
            let (body, written) = XmlWriter::render("xml", |xml| {
                xml.text("a", &text);
                xml.integer("b", 7);
            });
            let expected: String = text.chars().map(|c| if may_stand(c) { c } else { '\u{fffd}' }).collect();
            prop_assert_eq!(text_of(&body), expected);
            prop_assert_eq!(fields(&body), Ok(written));
        }

        #[test]
        fn any_bytes_are_fields_or_an_error(
            bytes in prop::collection::vec(any::<u8>(), 0..200), text in "[<>/!?&;#x\\[\\]a-c CDATA]{0,60}",
        ) {
            let _ = read("xml", LONGEST_MESSAGE, &bytes).is_ok();
            let _ = fields(&text).is_ok();
            let _ = fields(&format!("<xml><a>{text}</a></xml>")).is_ok();
        }
    }
}
