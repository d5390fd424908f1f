//! Business days of mainland China.
//!
//! The week is Monday to Friday; a table lists the exceptions. The bundled one covers the years for which the State
//! Council has published its notice, and an operator can extend it. Source: [business-days].

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};

use crate::china::ChinaDay;

/// The exceptions as published, years 2024 to 2026, and the statutory days alone of 2027.
const BUNDLED: &str = include_str!("../data/cn-business-days.csv");

/// What the table says of one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exception {
    /// A day off.
    Off,
    /// A Saturday or Sunday turned into a working day.
    MakeUp,
}

/// The business days of mainland China.
#[derive(Debug, Clone)]
pub struct Calendar {
    exceptions: BTreeMap<Date, Exception>,
    complete_years: BTreeSet<i16>,
}

impl Calendar {
    /// The calendar that comes with the program.
    pub fn bundled() -> Calendar {
        let empty = Calendar { exceptions: BTreeMap::new(), complete_years: BTreeSet::new() };
        // The bundled table is parsed by a test of this module, so this cannot fail in a program that was built.
        empty.extended(BUNDLED).unwrap_or_else(|error| unreachable!("bundled calendar: {error}"))
    }

    /// This calendar with the rows of `csv` (`date,kind`) added; a later row replaces an earlier one of its day.
    ///
    /// Kinds are `off`, `work` (a weekend day worked) and `off_provisional` (from a list of statutory days, before
    /// the year's notice). A year counts as known once it has a row that is not provisional.
    pub fn extended(mut self, csv: &str) -> Result<Calendar, CalendarError> {
        for (index, line) in csv.trim_start_matches('\u{feff}').lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || (index == 0 && line == "date,kind") {
                continue;
            }
            let bad_row = || CalendarError { line: index + 1, text: line.chars().take(40).collect() };
            let (date, kind) = line.split_once(',').ok_or_else(bad_row)?;
            let date: Date = date.parse().map_err(|_| bad_row())?;
            let exception = match kind {
                "off" | "off_provisional" => Exception::Off,
                "work" => Exception::MakeUp,
                _ => return Err(bad_row()),
            };
            if kind != "off_provisional" {
                self.complete_years.insert(date.year());
            }
            self.exceptions.insert(date, exception);
        }
        Ok(self)
    }

    /// Whether the holidays of `year` are known. If not, business days of that year are a lower bound, and whoever
    /// shows a date that rests on them says so.
    pub fn knows(&self, year: i16) -> bool {
        self.complete_years.contains(&year)
    }

    /// Whether banks certainly work on `day`: an ordinary weekday that is not a day off.
    ///
    /// A weekend day worked in exchange for a holiday counts as a day off here: whether paying banks finish refunds
    /// on it is not documented, and the later answer escalates no refund too early. Source: [business-days].
    pub fn is_certain_business_day(&self, day: ChinaDay) -> bool {
        let weekend = matches!(day.date().weekday(), Weekday::Saturday | Weekday::Sunday);
        !weekend && self.exceptions.get(&day.date()) != Some(&Exception::Off)
    }

    /// Whether `day` is a working day by the State Council's notice, make-up weekend days included.
    pub fn is_working_day(&self, day: ChinaDay) -> bool {
        self.exceptions.get(&day.date()) == Some(&Exception::MakeUp) || self.is_certain_business_day(day)
    }

    /// The `n`-th certain business day after `day`, not counting `day` itself.
    pub fn nth_business_day_after(&self, day: ChinaDay, n: u32) -> ChinaDay {
        let mut found = 0;
        let mut candidate = day;
        while found < n {
            candidate = candidate.next();
            if self.is_certain_business_day(candidate) {
                found += 1;
            }
        }
        candidate
    }
}

/// A row that is not `date,kind`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line} of the business-day table: `{text}` is not a date and one of off, work, off_provisional"
)]
pub struct CalendarError {
    /// Counted from 1.
    pub line: usize,
    /// The beginning of the row.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> ChinaDay {
        ChinaDay::from_date(text.parse().unwrap())
    }

    #[test]
    fn the_fifth_business_day_passes_over_holidays_and_make_up_weekends() {
        let calendar = Calendar::bundled();
        for (accepted, fifth) in [
            ("2026-02-13", "2026-03-02"), // Spring Festival
            ("2026-09-30", "2026-10-14"), // National Day
            ("2026-05-08", "2026-05-15"), // a make-up Saturday
            ("2026-11-20", "2026-11-27"),
        ] {
            assert_eq!(calendar.nth_business_day_after(day(accepted), 5), day(fifth), "{accepted}");
        }
    }

    #[test]
    fn years_of_the_table_have_the_published_number_of_working_days() {
        let calendar = Calendar::bundled();
        for (year, expected) in [(2024, 251), (2025, 248), (2026, 248)] {
            let mut date = day(&format!("{year}-01-01"));
            let mut count = 0;
            while date.date().year() == year {
                count += usize::from(calendar.is_working_day(date));
                date = date.next();
            }
            assert_eq!(count, expected, "{year}");
        }
    }

    #[test]
    fn a_year_is_known_once_its_notice_is_in_the_table() {
        let calendar = Calendar::bundled();
        assert!(calendar.knows(2026) && !calendar.knows(2027) && !calendar.knows(2031));
        assert!(!calendar.is_certain_business_day(day("2027-02-05")), "statutory days hold all the same");
        let calendar = calendar.extended("date,kind\n2027-02-04,off\n2027-02-14,work\n").unwrap();
        assert!(calendar.knows(2027) && !calendar.is_certain_business_day(day("2027-02-04")));
    }

    #[test]
    fn a_bad_row_is_named_by_its_line() {
        let error = Calendar::bundled().extended("date,kind\n2027-02-30,off\n").unwrap_err();
        assert_eq!(error.line, 2);
        assert!(Calendar::bundled().extended("2027-02-03,holiday").is_err());
    }
}
