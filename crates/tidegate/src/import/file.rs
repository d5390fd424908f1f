//! The lines of a CSV file, each with its number.

use std::io::{self, Read as _};
use std::path::Path;

use csv::{ByteRecord, ReaderBuilder, StringRecord, Trim};

use crate::import::columns::{Columns, Header, HeaderError, LineError};

/// The content of the file at `path`, or of standard input for `-`.
pub(crate) fn content(path: &Path) -> Result<Vec<u8>, FileError> {
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        io::stdin().lock().read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes))
    };
    match read {
        Ok(_) => Ok(bytes),
        Err(cause) => Err(FileError { path: path.display().to_string(), cause }),
    }
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("`{path}` cannot be read: {cause}")]
pub(crate) struct FileError {
    path: String,
    cause: io::Error,
}

/// The lines, one after the other.
pub(crate) struct Lines<'f> {
    content: &'f [u8],
    reader: csv::Reader<&'f [u8]>,
    /// How far line ends have been counted.
    counted: usize,
    /// The number of the line at `counted`, from 1.
    number: u64,
}

/// The header and the lines of `content`, which may begin with a byte order mark and end its lines in any way.
pub(crate) fn open<'f>(content: &'f [u8], columns: &Columns) -> Result<(Header, Lines<'f>), HeaderError> {
    let mut lines = lines(content);
    match lines.next() {
        None => Err(HeaderError::Empty { expected: columns.in_words() }),
        Some((_, Err(_))) => Err(HeaderError::Encoding),
        Some((_, Ok(record))) => Ok((columns.header(&record)?, lines)),
    }
}

/// All lines of `content`, the header among them, for files that name their columns in a way of their own.
pub(crate) fn lines(content: &[u8]) -> Lines<'_> {
    let reader = ReaderBuilder::new().has_headers(false).flexible(true).trim(Trim::All).from_reader(content);
    Lines { content, reader, counted: 0, number: 1 }
}

impl Iterator for Lines<'_> {
    /// The line's number in the file, from 1, and its fields.
    type Item = (u64, Result<StringRecord, LineError>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut record = ByteRecord::new();
        loop {
            // From memory, and with any number of fields a line, no read fails.
            if !self.reader.read_byte_record(&mut record).ok()? {
                return None;
            }
            // Spreadsheets leave such lines behind.
            if record.iter().any(|field| !field.is_empty()) {
                break;
            }
        }
        let start = record.position().map_or(0, |position| position.byte());
        let number = self.number_at(usize::try_from(start).unwrap_or(usize::MAX));
        Some((number, StringRecord::from_byte_record(record).map_err(|_| LineError::Encoding)))
    }
}

impl Lines<'_> {
    /// The number of the first line at or after `start` that is not empty. The reader's own count does not pass over empty
    /// lines, and it counts a line too few after a carriage return.
    fn number_at(&mut self, start: usize) -> u64 {
        while let Some(&byte) = self.content.get(self.counted) {
            let ends = matches!(byte, b'\n' | b'\r');
            if self.counted >= start && !ends {
                break;
            }
            let is_first_half = byte == b'\r' && self.content.get(self.counted + 1) == Some(&b'\n');
            self.number += u64::from(ends && !is_first_half);
            self.counted += 1;
        }
        self.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { required: &["a", "b"], optional: &["c"] };

    /// Number and fields of every line, fields joined by `|`.
    fn lines(content: &[u8]) -> Vec<(u64, String)> {
        let (_, lines) = open(content, &COLUMNS).unwrap();
        let shown = |fields: Result<StringRecord, LineError>| match fields {
            Ok(fields) => fields.iter().collect::<Vec<_>>().join("|"),
            Err(error) => error.to_string(),
        };
        lines.map(|(number, fields)| (number, shown(fields))).collect()
    }

    #[test]
    fn a_file_is_read_however_it_was_saved() {
        let expected = vec![(2, "1|2".to_owned()), (3, "3|4".to_owned())];
        for content in [
            &b"a,b\n1,2\n3,4\n"[..],
            b"a,b\n1,2\n3,4",
            b"a,b\r\n1,2\r\n3,4\r\n",
            b"a,b\r1,2\r3,4\r",
            b"\xef\xbb\xbfa,b\r\n1,2\r\n3,4",
            b"\"a\",\"b\"\n\"1\",\"2\"\n\"3\",\"4\"\n",
            b" a , b \n 1 , 2 \n3,4\n",
        ] {
            assert_eq!(lines(content), expected, "{}", String::from_utf8_lossy(content));
        }
    }

    #[test]
    fn numbers_are_those_an_editor_shows() {
        let content = b"a,b\n\n\n1,2\n,\n\"3\n\",4\n\r\n5,6,7\n";
        let expected = [(4, "1|2"), (6, "3|4"), (9, "5|6|7")];
        assert_eq!(lines(content), expected.map(|(number, fields)| (number, fields.to_owned())));
    }

    #[test]
    fn quoted_fields_hold_separators_and_quotes() {
        assert_eq!(lines(b"a,b\n\"1,5\",\"say \"\"x\"\"\"\n"), [(2, "1,5|say \"x\"".to_owned())]);
    }

    #[test]
    fn a_line_that_is_not_text_is_named_and_the_next_is_read() {
        let expected = [(2, "is not UTF-8; save the file as UTF-8".to_owned()), (3, "3|4".to_owned())];
        assert_eq!(lines(b"a,b\n1,\xff\n3,4\n"), expected);
    }

    #[test]
    fn a_file_without_a_header_is_refused() {
        let error = |content: &[u8]| open(content, &COLUMNS).err().unwrap().to_string();
        assert!(error(b"").contains("first line names the columns: a,b[,c]"));
        assert!(error(b"\xef\xbb\xbf\r\n").contains("is empty"));
        assert!(error(b"\xff\xfea\x00").contains("not UTF-8"));
        assert!(error(b"1,2\n").contains("no column `1`"));
    }
}
