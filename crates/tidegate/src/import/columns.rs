//! The form of a CSV file: which columns there are, and what stands in a line.

use csv::StringRecord;

use crate::client::amount::AmountError;
use crate::screen::plain;

/// The columns of one kind of file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Columns {
    /// Those that must be there.
    pub(crate) required: &'static [&'static str],
    /// Those that may.
    pub(crate) optional: &'static [&'static str],
}

/// The columns of one file, in their order.
#[derive(Debug)]
pub(crate) struct Header(Vec<&'static str>);

/// Why the first line is not the header of such a file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderError {
    /// The file is empty.
    #[error("the file is empty; its first line names the columns: {expected}")]
    Empty {
        /// The columns.
        expected: String,
    },
    /// It is not text.
    #[error("line 1 is not UTF-8; save the file as UTF-8")]
    Encoding,
    /// A column nobody knows. Left out silently, it might have been a mistyped `reason` or amount.
    #[error("line 1: there is no column `{column}`; the columns are {expected}")]
    Unknown {
        /// Its name.
        column: String,
        /// The columns.
        expected: String,
    },
    /// Columns that are not told apart by commas.
    #[error("line 1: the columns are told apart by {found} here; save the file with commas: {expected}")]
    Separator {
        /// What stands between them, as people call it.
        found: &'static str,
        /// The columns.
        expected: String,
    },
    /// A column in other letters, large for small.
    #[error("line 1: write `{expected}`, not `{column}`: names of columns are in small letters")]
    Case {
        /// Its name.
        column: String,
        /// How it is written.
        expected: &'static str,
    },
    /// Columns that must be there and are not.
    #[error("line 1: missing: {}; the columns are {expected}", columns.join(", "))]
    Missing {
        /// Their names, in backticks.
        columns: Vec<String>,
        /// The columns.
        expected: String,
    },
    /// A column that is there twice.
    #[error("line 1: the column `{column}` is there twice")]
    Twice {
        /// Its name.
        column: &'static str,
    },
}

/// Why a line cannot be sent.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LineError {
    /// It has more or fewer fields than the header.
    #[error("has {found} fields, and the header {expected}")]
    Fields {
        /// Fields in the line.
        found: usize,
        /// Columns in the header.
        expected: usize,
    },
    /// A field that goes over a line's end, which none of these columns can: most likely a quote was not closed.
    #[error("`{column}`: line breaks inside a field are not taken; is a closing `\"` missing?")]
    LineBreak {
        /// The column.
        column: &'static str,
    },
    /// It is not text.
    #[error("is not UTF-8; save the file as UTF-8")]
    Encoding,
    /// A field that must not be empty.
    #[error("`{column}` is empty")]
    Empty {
        /// The column.
        column: &'static str,
    },
    /// Two columns that say something only together.
    #[error("`{given}` says something only together with `{missing}`")]
    Alone {
        /// The one that is filled in.
        given: &'static str,
        /// The one that is empty.
        missing: &'static str,
    },
    /// An amount that is none.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

impl Columns {
    /// The header in `record`.
    pub(crate) fn header(&self, record: &StringRecord) -> Result<Header, HeaderError> {
        let mut columns = Vec::with_capacity(record.len());
        for name in record {
            let known = self.required.iter().chain(self.optional).find(|&&column| column == name);
            let Some(&column) = known else {
                return Err(self.unknown(name));
            };
            if columns.contains(&column) {
                return Err(HeaderError::Twice { column });
            }
            columns.push(column);
        }
        let missing: Vec<String> = self
            .required
            .iter()
            .filter(|column| !columns.contains(column))
            .map(|column| format!("`{column}`"))
            .collect();
        if missing.is_empty() {
            Ok(Header(columns))
        } else {
            Err(HeaderError::Missing { columns: missing, expected: self.in_words() })
        }
    }

    /// What is wrong with a column nobody knows.
    fn unknown(&self, name: &str) -> HeaderError {
        let meant = self.required.iter().chain(self.optional).find(|known| known.eq_ignore_ascii_case(name));
        if let Some(expected) = meant {
            return HeaderError::Case { column: plain(name), expected };
        }
        for (separator, found) in [(';', "`;`"), ('\t', "tabs"), ('|', "`|`")] {
            if name.contains(separator) {
                return HeaderError::Separator { found, expected: self.in_words() };
            }
        }
        HeaderError::Unknown { column: plain(name), expected: self.in_words() }
    }

    /// The columns as people write them: `a,b[,c,d]`.
    pub(crate) fn in_words(&self) -> String {
        format!("{}[,{}]", self.required.join(","), self.optional.join(","))
    }
}

/// A line under its header.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'a> {
    header: &'a Header,
    record: &'a StringRecord,
}

impl<'a> Row<'a> {
    /// The line, if it has the header's form.
    pub(crate) fn new(header: &'a Header, record: &'a StringRecord) -> Result<Row<'a>, LineError> {
        let over_the_end = header.0.iter().zip(record).find(|(_, text)| text.contains(['\n', '\r']));
        if let Some((column, _)) = over_the_end {
            return Err(LineError::LineBreak { column });
        }
        if record.len() == header.0.len() {
            Ok(Row { header, record })
        } else {
            Err(LineError::Fields { found: record.len(), expected: header.0.len() })
        }
    }

    /// What stands under `column`; nothing if it is empty or there is no such column.
    pub(crate) fn optional(&self, column: &'static str) -> Option<&'a str> {
        let place = self.header.0.iter().position(|&name| name == column)?;
        self.record.get(place).filter(|text| !text.is_empty())
    }

    /// What stands under `column`, which must be something.
    pub(crate) fn required(&self, column: &'static str) -> Result<&'a str, LineError> {
        self.optional(column).ok_or(LineError::Empty { column })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { required: &["number", "total"], optional: &["reason"] };

    #[test]
    fn columns_come_in_any_order_and_optional_ones_may_be_left_out() {
        for header in [vec!["number", "total"], vec!["reason", "total", "number"]] {
            let header = COLUMNS.header(&StringRecord::from(header)).unwrap();
            let record: StringRecord = header.0.iter().copied().collect();
            let row = Row::new(&header, &record).unwrap();
            assert_eq!((row.required("number"), row.required("total")), (Ok("number"), Ok("total")));
        }
    }

    #[test]
    fn a_wrong_header_names_the_column() {
        for (header, expected) in [
            (vec!["number"], "line 1: missing: `total`; the columns are number,total[,reason]"),
            (vec!["reason"], "line 1: missing: `number`, `total`; the columns are number,total[,reason]"),
            (
                vec!["number", "Total"],
                "line 1: write `total`, not `Total`: names of columns are in small letters",
            ),
            (
                vec!["number;total"],
                "line 1: the columns are told apart by `;` here; save the file with commas: number,total[,reason]",
            ),
            (
                vec!["number", "sum"],
                "line 1: there is no column `sum`; the columns are number,total[,reason]",
            ),
            (
                vec!["number", "total", ""],
                "line 1: there is no column ``; the columns are number,total[,reason]",
            ),
            (vec!["number", "total", "number"], "line 1: the column `number` is there twice"),
        ] {
            assert_eq!(COLUMNS.header(&StringRecord::from(header)).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn a_line_has_the_form_of_the_header() {
        let header = COLUMNS.header(&StringRecord::from(vec!["number", "total", "reason"])).unwrap();
        for (line, expected) in [
            (vec!["R1", "5", ""], Ok(())),
            (vec!["R1", "5"], Err(LineError::Fields { found: 2, expected: 3 })),
            (vec!["R1", "5", "", ""], Err(LineError::Fields { found: 4, expected: 3 })),
            (vec!["R1", "5,x\nR2,6,"], Err(LineError::LineBreak { column: "total" })),
        ] {
            assert_eq!(Row::new(&header, &StringRecord::from(line)).map(|_| ()), expected);
        }
        let record = StringRecord::from(vec!["R1", "", ""]);
        let row = Row::new(&header, &record).unwrap();
        assert_eq!(row.required("total"), Err(LineError::Empty { column: "total" }));
        assert_eq!(row.optional("reason"), None);
    }
}
