//! The two files of a replay, and what is wrong with one, by line and column.

use std::path::Path;

use csv::StringRecord;
use jiff::Timestamp;
use replay::history::{AskedRefund, EntryError, History, Payment};

use crate::client::amount::{AmountError, minor_units};
use crate::import::columns::{HeaderError, LineError};
use crate::import::file::{self, FileError, Lines};
use crate::screen::plain;

const TIME: &str = "time";
const AMOUNT: &str = "amount_fen";
const NUMBER: &str = "out_refund_no";

/// Why a history cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum HistoryFileError {
    /// A file cannot be read at all.
    #[error(transparent)]
    File(#[from] FileError),
    /// Its first line is not what it should be.
    #[error("`{path}`: {error}")]
    Header {
        /// The file.
        path: String,
        /// What is wrong.
        error: HeaderError,
    },
    /// A column that is asked for is not there, or is there twice.
    #[error("`{path}`: line 1: {what} a column `{column}`, which `--share-by` names")]
    ShareColumn {
        /// The file.
        path: String,
        /// The column.
        column: String,
        /// How it is wrong.
        what: &'static str,
    },
    /// One of its lines is not what it should be.
    #[error("`{path}`: line {line}: {error}")]
    Line {
        /// The file.
        path: String,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        error: WrongLine,
    },
}

/// What is wrong with a line.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WrongLine {
    /// Its form.
    #[error(transparent)]
    Form(#[from] LineError),
    /// Its amount.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// Its time.
    #[error("`{TIME}`: `{text}` is no instant; write it with its offset, like 2026-01-05T09:00:00+08:00")]
    Time {
        /// What stands there.
        text: String,
    },
    /// It cannot follow on the lines above.
    #[error("`{column}` {error}")]
    Entry {
        /// The column.
        column: &'static str,
        /// Why.
        error: EntryError,
    },
}

/// Reads both files. With `share_by`, that column of the refunds says whose share of the pool a refund takes.
pub(super) fn read(
    payments: &Path,
    refunds: &Path,
    share_by: Option<&str>,
) -> Result<History, HistoryFileError> {
    let mut history = History::default();
    let content = file::content(payments)?;
    let mut file = OpenFile::open(payments, &content, &[TIME, AMOUNT])?;
    while let Some(line) = file.next()? {
        let payment = Payment { at: line.time()?, amount_fen: line.amount()? };
        history.pay(payment).map_err(|error| line.entry(error))?;
    }
    let content = file::content(refunds)?;
    let mut file = OpenFile::open(refunds, &content, &[TIME, AMOUNT, NUMBER])?;
    let share_at = share_by.map(|column| file.share_column(column)).transpose()?;
    while let Some(line) = file.next()? {
        let share = share_at.and_then(|place| line.record.get(place)).filter(|share| !share.is_empty());
        let refund = AskedRefund {
            at: line.time()?,
            amount_fen: line.amount()?,
            out_refund_no: line.required(NUMBER)?.to_owned(),
            share: share.map(str::to_owned),
        };
        history.ask(refund).map_err(|error| line.entry(error))?;
    }
    Ok(history)
}

/// A file whose header has been read.
struct OpenFile<'f> {
    path: String,
    header: Vec<String>,
    /// Where the columns are that every such file has.
    places: Vec<(&'static str, usize)>,
    lines: Lines<'f>,
}

impl<'f> OpenFile<'f> {
    fn open(
        path: &Path,
        content: &'f [u8],
        required: &[&'static str],
    ) -> Result<OpenFile<'f>, HistoryFileError> {
        let path = plain(&path.display().to_string());
        let mut lines = file::lines(content);
        let header = match lines.next() {
            None => Err(HeaderError::Empty { expected: required.join(",") }),
            Some((_, Err(_))) => Err(HeaderError::Encoding),
            Some((_, Ok(record))) => Ok(record.iter().map(str::to_owned).collect::<Vec<String>>()),
        };
        let found = header.and_then(|header| places(&header, required).map(|places| (places, header)));
        match found {
            Ok((places, header)) => Ok(OpenFile { path, header, places, lines }),
            Err(error) => Err(HistoryFileError::Header { path, error }),
        }
    }

    /// Where the column is that says whose share is taken.
    fn share_column(&self, column: &str) -> Result<usize, HistoryFileError> {
        let mut places = (0..).zip(&self.header).filter(|(_, name)| *name == column).map(|(place, _)| place);
        let what = match (places.next(), places.next()) {
            (Some(place), None) => return Ok(place),
            (None, _) => "there is not",
            (Some(_), Some(_)) => "there is twice",
        };
        Err(HistoryFileError::ShareColumn { path: self.path.clone(), column: plain(column), what })
    }

    fn next(&mut self) -> Result<Option<Line<'_>>, HistoryFileError> {
        let Some((number, record)) = self.lines.next() else { return Ok(None) };
        let record = record.and_then(|record| self.whole(record));
        let wrong = |error: LineError| wrong(&self.path, number, error.into());
        let record = record.map_err(wrong)?;
        Ok(Some(Line { path: &self.path, number, places: &self.places, record }))
    }

    /// The line, if it has the header's form.
    fn whole(&self, record: StringRecord) -> Result<StringRecord, LineError> {
        let broken = self
            .places
            .iter()
            .find(|(_, place)| record.get(*place).is_some_and(|text| text.contains(['\n', '\r'])));
        match broken {
            Some(&(column, _)) => Err(LineError::LineBreak { column }),
            None if record.len() == self.header.len() => Ok(record),
            None => Err(LineError::Fields { found: record.len(), expected: self.header.len() }),
        }
    }
}

/// Where each of the `required` columns is.
fn places(header: &[String], required: &[&'static str]) -> Result<Vec<(&'static str, usize)>, HeaderError> {
    let expected = || format!("{}; further ones may follow", required.join(","));
    let place = |column: &str| header.iter().position(|name| name == column);
    if let [only] = header
        && let Some((_, found)) = [(';', "`;`"), ('\t', "tabs"), ('|', "`|`")]
            .into_iter()
            .find(|(separator, _)| only.contains(*separator))
    {
        return Err(HeaderError::Separator { found, expected: expected() });
    }
    let mut places = Vec::new();
    let mut missing = Vec::new();
    for &column in required {
        if header.iter().filter(|name| *name == column).count() > 1 {
            return Err(HeaderError::Twice { column });
        }
        match place(column) {
            Some(place) => places.push((column, place)),
            None => {
                if let Some(name) = header.iter().find(|name| name.eq_ignore_ascii_case(column)) {
                    return Err(HeaderError::Case { column: plain(name), expected: column });
                }
                missing.push(format!("`{column}`"));
            }
        }
    }
    if missing.is_empty() {
        Ok(places)
    } else {
        Err(HeaderError::Missing { columns: missing, expected: expected() })
    }
}

fn wrong(path: &str, line: u64, error: WrongLine) -> HistoryFileError {
    HistoryFileError::Line { path: path.to_owned(), line, error }
}

/// One line of a file.
struct Line<'o> {
    path: &'o str,
    number: u64,
    places: &'o [(&'static str, usize)],
    record: StringRecord,
}

impl Line<'_> {
    fn required(&self, column: &'static str) -> Result<&str, HistoryFileError> {
        let place = self.places.iter().find(|(name, _)| *name == column).map(|(_, place)| *place);
        let text = place.and_then(|place| self.record.get(place)).filter(|text| !text.is_empty());
        text.ok_or_else(|| self.wrong(LineError::Empty { column }.into()))
    }

    fn time(&self) -> Result<Timestamp, HistoryFileError> {
        let text = self.required(TIME)?;
        text.parse().map_err(|_| self.wrong(WrongLine::Time { text: plain(text) }))
    }

    fn amount(&self) -> Result<i64, HistoryFileError> {
        let text = self.required(AMOUNT)?;
        minor_units(AMOUNT, &plain(text), "CNY").map_err(|error| self.wrong(error.into()))
    }

    fn entry(&self, error: EntryError) -> HistoryFileError {
        let column = match &error {
            EntryError::Time { .. } | EntryError::Descending { .. } => TIME,
            EntryError::Amount { .. } => AMOUNT,
            EntryError::NumberTaken { .. } => NUMBER,
        };
        self.wrong(WrongLine::Entry { column, error })
    }

    fn wrong(&self, error: WrongLine) -> HistoryFileError {
        wrong(self.path, self.number, error)
    }
}
