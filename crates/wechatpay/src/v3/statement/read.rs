//! Reading a statement, row by row and without a copy of it.
//!
//! Columns are found by their headings, in any order; those that no page names are passed over. Commas inside a value
//! are not escaped, so a record is split where a comma is followed by a back quote. Empty lines are passed over, and
//! totals, which V2's bills have at their end, are not read. Everything else that is no record is an error, so that
//! none gets lost. Source: [global-statement], [operations 6.2], \[inferred\].

use std::fmt::Display;
use std::iter::{Enumerate, Skip};
use std::str::Split;

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::amount;
use super::column::Column;
use super::error::StatementError;
use super::row::{Amounts, Event, Refund, Row};
use crate::china;
use crate::ids::{Mchid, OutRefundNo, OutTradeNo, RefundId, SubMchid, TransactionId};
use crate::money::{Currency, Money};
use crate::v3::words::{Channel, RefundStatus, TradeState, TradeType};

/// A statement whose headings were understood.
#[derive(Debug, Clone)]
pub struct Statement<'a> {
    text: &'a str,
    heading: Heading,
}

impl<'a> Statement<'a> {
    /// The statement in `text`, which [`super::digest`] found genuine. Its rows are not looked at yet.
    pub fn read(text: &'a [u8]) -> Result<Statement<'a>, StatementError> {
        Statement::read_text(std::str::from_utf8(text).map_err(|_| StatementError::NotText)?)
    }

    /// The same, of what is known to be UTF-8.
    pub fn read_text(text: &'a str) -> Result<Statement<'a>, StatementError> {
        let heading = text.lines().next().ok_or(StatementError::Empty)?;
        Ok(Statement { text, heading: Heading::read(heading)? })
    }

    /// Its rows, in the order in which they stand. A row that cannot be read does not hide those after it.
    pub fn rows(&self) -> Rows<'a> {
        Rows {
            lines: self.text.split('\n').enumerate().skip(1),
            heading: self.heading.clone(),
            has_ended: false,
        }
    }
}

/// Where each column stands.
#[derive(Debug, Clone)]
struct Heading {
    places: [Option<usize>; Column::ALL.len()],
    count: usize,
}

impl Heading {
    fn read(line: &str) -> Result<Heading, StatementError> {
        let mut heading = Heading { places: [None; Column::ALL.len()], count: 0 };
        for (place, text) in line.split(',').enumerate() {
            heading.count += 1;
            let Some(column) = Column::of_heading(text) else { continue };
            if heading.places[column as usize].replace(place).is_some() {
                return Err(StatementError::RepeatedColumn { column });
            }
        }
        match Column::REQUIRED.into_iter().find(|column| heading.places[*column as usize].is_none()) {
            Some(column) => Err(StatementError::MissingColumn { column }),
            None => Ok(heading),
        }
    }
}

/// The rows of a statement.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    lines: Skip<Enumerate<Split<'a, char>>>,
    heading: Heading,
    has_ended: bool,
}

impl<'a> Iterator for Rows<'a> {
    type Item = Result<Row<'a>, StatementError>;

    fn next(&mut self) -> Option<Result<Row<'a>, StatementError>> {
        while !self.has_ended {
            let (index, line) = self.lines.next()?;
            let line = line.trim_end_matches('\r');
            match kind_of(line) {
                Line::Empty => {}
                Line::Totals => self.has_ended = true,
                Line::Record => return Some(Record::split(&self.heading, index + 1, line).and_then(row)),
                Line::Unexpected => return Some(Err(StatementError::UnexpectedLine { line: index + 1 })),
            }
        }
        None
    }
}

/// What a line below the headings is.
enum Line {
    Empty,
    Record,
    Totals,
    Unexpected,
}

fn kind_of(line: &str) -> Line {
    match line.chars().next() {
        _ if line.trim().is_empty() => Line::Empty,
        // A record begins with its time.
        Some(first) if first == '`' || first.is_ascii_digit() => Line::Record,
        // The headings of the totals, such as 总交易单数.
        Some('总') => Line::Totals,
        _ => Line::Unexpected,
    }
}

/// The values of one line.
struct Record<'a, 'h> {
    heading: &'h Heading,
    line: usize,
    values: Vec<&'a str>,
}

impl<'a, 'h> Record<'a, 'h> {
    fn split(heading: &'h Heading, line: usize, text: &'a str) -> Result<Record<'a, 'h>, StatementError> {
        let values: Vec<&str> = match text.strip_prefix('`') {
            Some(rest) => rest.split(",`").collect(),
            None => text.split(',').collect(),
        };
        if values.len() != heading.count {
            return Err(StatementError::WrongCount { line, expected: heading.count, found: values.len() });
        }
        Ok(Record { heading, line, values })
    }

    /// The value as it stands; empty if there is no such column.
    fn text(&self, column: Column) -> &'a str {
        let place = self.heading.places[column as usize];
        place.and_then(|place| self.values.get(place)).copied().unwrap_or_default()
    }

    fn bad(&self, column: Column, reason: impl Display) -> StatementError {
        StatementError::BadValue { line: self.line, column, reason: reason.to_string() }
    }

    fn required(&self, column: Column) -> Result<&'a str, StatementError> {
        match self.text(column).trim() {
            "" => Err(StatementError::MissingValue { line: self.line, column }),
            text => Ok(text),
        }
    }

    fn parsed<T, E: Display>(
        &self,
        column: Column,
        parse: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Result<T, StatementError> {
        parse(self.required(column)?).map_err(|error| self.bad(column, error))
    }

    /// A number that not every row has. V2's bills write `0` where there is none. Source: [operations 6.2].
    fn optional_number<T, E: Display>(
        &self,
        column: Column,
        parse: impl FnOnce(&'a str) -> Result<T, E>,
    ) -> Result<Option<T>, StatementError> {
        match self.text(column).trim() {
            "" | "0" => Ok(None),
            text => parse(text).map(Some).map_err(|error| self.bad(column, error)),
        }
    }

    /// The amount in `column`, in the currency that `currency` names; `None` if there is none.
    fn optional_amount(&self, currency: Column, column: Column) -> Result<Option<Money>, StatementError> {
        let code = self.text(currency).trim();
        if code.is_empty() {
            // An amount of nothing needs no currency; any other does.
            return match self.text(column).trim().trim_matches(['0', '.']) {
                "" => Ok(None),
                _ => Err(StatementError::MissingValue { line: self.line, column: currency }),
            };
        }
        let currency = Currency::parse(code).map_err(|error| self.bad(currency, error))?;
        amount::parse(self.text(column).trim(), currency).map_err(|reason| self.bad(column, reason))
    }

    fn amount(&self, currency: Column, column: Column) -> Result<Money, StatementError> {
        self.required(currency)?;
        let amount = self.optional_amount(currency, column)?;
        amount.ok_or(StatementError::MissingValue { line: self.line, column })
    }

    fn time(&self, column: Column) -> Result<Timestamp, StatementError> {
        self.parsed(column, |text| {
            let civil = DateTime::strptime("%Y-%m-%d %H:%M:%S", text);
            civil.map(china::instant).map_err(|_| "is not a time such as 2018-01-30 09:00:00")
        })
    }

    /// What was paid.
    fn order_amounts(&self) -> Result<Amounts, StatementError> {
        Ok(Amounts {
            price: self.amount(Column::PriceCurrency, Column::Price)?,
            payer: self.amount(Column::PayerCurrency, Column::Payer)?,
            settlement: self.optional_amount(Column::SettlementCurrency, Column::Settlement)?,
        })
    }

    /// What goes back.
    fn refund_amounts(&self) -> Result<Amounts, StatementError> {
        Ok(Amounts {
            price: self.amount(Column::PriceCurrency, Column::RefundAsked)?,
            payer: self.amount(Column::PayerRefundCurrency, Column::PayerRefund)?,
            settlement: self.optional_amount(Column::RefundSettlementCurrency, Column::RefundSettlement)?,
        })
    }

    /// Whether the columns of a refund tell an amount.
    fn tells_refund(&self) -> bool {
        let text = self.text(Column::PayerRefund).trim();
        text.bytes().any(|byte| !matches!(byte, b'0' | b'.'))
    }
}

fn row<'a>(record: Record<'a, '_>) -> Result<Row<'a>, StatementError> {
    let event = event(&record)?;
    let (recharge_coupon, coupon) = match event {
        Event::Payment(_) => (Column::RechargeCoupon, Column::Coupon),
        Event::Refund(_) | Event::Revocation(_) => (Column::RechargeCouponRefund, Column::CouponRefund),
    };
    Ok(Row {
        at: record.time(Column::TradeTime)?,
        mchid: record.parsed(Column::Mchid, Mchid::parse)?,
        sub_mchid: record.optional_number(Column::SubMchid, SubMchid::parse)?,
        transaction_id: record.parsed(Column::TransactionId, TransactionId::parse)?,
        out_trade_no: record.parsed(Column::OutTradeNo, OutTradeNo::parse)?,
        recharge_coupon: record.optional_amount(Column::RechargeCouponCurrency, recharge_coupon)?,
        coupon: record.optional_amount(Column::CouponCurrency, coupon)?,
        event,
        trade_type: TradeType::parse(record.text(Column::TradeType)),
        bank_type: record.text(Column::BankType),
        appid: record.text(Column::Appid),
        openid: record.text(Column::Openid),
        device: record.text(Column::Device),
        goods: record.text(Column::Goods),
        attach: record.text(Column::Attach),
        fee: record.text(Column::Fee),
        fee_rate: record.text(Column::FeeRate),
        payment_rate: record.text(Column::PaymentRate),
        refund_rate: record.text(Column::RefundRate),
    })
}

/// What a record tells. A refund's number makes it one of a refund: an order that was refunded since may bear the state
/// REFUND in the record of its payment too. Source: \[inferred\].
fn event(record: &Record<'_, '_>) -> Result<Event, StatementError> {
    let refund_id = record.optional_number(Column::RefundId, RefundId::parse)?;
    match (TradeState::parse(record.required(Column::TradeState)?), refund_id) {
        (TradeState::Revoked, _) if record.tells_refund() => Ok(Event::Revocation(record.refund_amounts()?)),
        (TradeState::Revoked, _) => Ok(Event::Revocation(record.order_amounts()?)),
        (_, Some(refund_id)) => Ok(Event::Refund(Refund {
            refund_id,
            out_refund_no: record.parsed(Column::OutRefundNo, OutRefundNo::parse)?,
            status: RefundStatus::parse(record.required(Column::RefundStatus)?),
            channel: Channel::parse(record.text(Column::RefundType)),
            amounts: record.refund_amounts()?,
        })),
        (TradeState::Success | TradeState::Refund, None) => Ok(Event::Payment(record.order_amounts()?)),
        (state, None) => Err(record
            .bad(Column::TradeState, format_args!("is {:?}, which no record of money has", state.as_str()))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sample::{payment, refund, revocation};
    use super::super::write::render;
    use super::*;

    /// The values of a record by their columns, in the order of `columns`.
    fn table(columns: &[Column], records: &[&[(Column, &str)]]) -> String {
        let headings: Vec<&str> = columns.iter().map(|column| column.heading()).collect();
        let mut text = headings.join(",");
        for record in records {
            let value = |column: &Column| {
                record.iter().find(|(found, _)| found == column).map_or("", |(_, value)| value)
            };
            let values: Vec<String> = columns.iter().map(|column| format!("`{}", value(column))).collect();
            text.push('\n');
            text.push_str(&values.join(","));
        }
        text
    }

    const PAID: &[(Column, &str)] = &[
        (Column::TradeTime, "2026-01-05 09:00:00"),
        (Column::Mchid, "1900000001"),
        (Column::TransactionId, "4200000123"),
        (Column::OutTradeNo, "T1"),
        (Column::TradeState, "SUCCESS"),
        (Column::PriceCurrency, "USD"),
        (Column::Price, "10.00"),
        (Column::PayerCurrency, "CNY"),
        (Column::Payer, "71.00"),
    ];

    fn rows(text: &str) -> Vec<Result<Row<'_>, StatementError>> {
        Statement::read(text.as_bytes()).unwrap().rows().collect()
    }

    /// The only row of a statement in which `changes` are made to a payment.
    fn one(changes: &[(Column, &str)]) -> Result<Event, StatementError> {
        let mut record: Vec<(Column, &str)> = changes.to_vec();
        record
            .extend(PAID.iter().filter(|(column, _)| !changes.iter().any(|(changed, _)| changed == column)));
        let text = table(Column::ALL, &[&record]);
        let mut found = rows(&text);
        assert_eq!(found.len(), 1);
        found.remove(0).map(|row| row.event)
    }

    #[test]
    fn columns_are_found_in_any_order_and_unknown_ones_are_passed_over() {
        let mut columns: Vec<Column> = Column::ALL.to_vec();
        columns.reverse();
        let text = table(&columns, &[PAID]).replacen("交易时间", "新的一列,交易时间", 1);
        let text = text.replace("`2026-01-05", "`?,`2026-01-05");
        let found = rows(&text);
        assert_eq!(found.len(), 1);
        let row = found[0].as_ref().unwrap();
        assert_eq!(row.at, "2026-01-05T09:00:00+08:00".parse().unwrap());
        assert_eq!(row.event.amounts().payer, Money::fen(7_100));
        assert_eq!(row.sub_mchid, None);
    }

    #[test]
    fn a_missing_or_repeated_column_is_named() {
        for required in Column::REQUIRED {
            let columns: Vec<Column> =
                Column::ALL.iter().copied().filter(|column| *column != required).collect();
            let error = Statement::read(table(&columns, &[]).as_bytes()).unwrap_err();
            assert_eq!(error, StatementError::MissingColumn { column: required });
        }
        let error = Statement::read("交易时间,`交易时间".as_bytes()).unwrap_err();
        assert_eq!(error, StatementError::RepeatedColumn { column: Column::TradeTime });
        assert_eq!(Statement::read(b"").unwrap_err(), StatementError::Empty);
        assert_eq!(Statement::read(&[0xff]).unwrap_err(), StatementError::NotText);
    }

    #[test]
    fn empty_lines_carriage_returns_a_byte_order_mark_and_totals_are_no_rows() {
        let text = format!(
            "\u{feff}{}\n\n总交易单数,总交易额\n`1,`71.00\n",
            table(Column::ALL, &[PAID, PAID]).replace('\n', "\r\n")
        );
        let found = rows(&text);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(Result::is_ok), "{found:?}");
    }

    #[test]
    fn a_row_that_cannot_be_read_is_named_by_its_line_and_hides_none_after_it() {
        let text = table(Column::ALL, &[PAID, &[(Column::TradeTime, "yesterday")], PAID]);
        let text = text.replacen("\n`", "\n<html>\n`a,`b\n`", 1);
        let found = rows(&text);
        assert_eq!(found[0], Err(StatementError::UnexpectedLine { line: 2 }));
        assert_eq!(found[1], Err(StatementError::WrongCount { line: 3, expected: 38, found: 2 }));
        assert!(found[2].is_ok() && found[4].is_ok());
        let missing = StatementError::MissingValue { line: 5, column: Column::TradeState };
        assert_eq!(found[3], Err(missing));
    }

    #[test]
    fn a_value_that_cannot_stand_is_named_by_its_column() {
        for (column, value) in [
            (Column::TradeTime, "2026-02-30 09:00:00"),
            (Column::TradeTime, "2026-01-05"),
            (Column::Mchid, "M1"),
            (Column::SubMchid, "S1"),
            (Column::TransactionId, "42/1"),
            (Column::OutTradeNo, "ТЕ"),
            (Column::TradeState, "NOTPAY"),
            (Column::PriceCurrency, "usd"),
            (Column::Payer, "71"),
            (Column::Payer, "-71.00"),
            (Column::PayerCurrency, "RMB"),
            (Column::RefundId, "50-1"),
        ] {
            match one(&[(column, value)]) {
                Err(StatementError::BadValue { line: 2, column: found, .. }) => assert_eq!(found, column),
                other => panic!("{value}: {other:?}"),
            }
        }
        for column in
            [Column::Payer, Column::PayerCurrency, Column::Price, Column::OutTradeNo, Column::TradeTime]
        {
            let error = StatementError::MissingValue { line: 2, column };
            assert_eq!(one(&[(column, "")]), Err(error));
        }
        let nameless = one(&[(Column::Coupon, "1.00")]);
        let column = Column::CouponCurrency;
        assert_eq!(nameless, Err(StatementError::MissingValue { line: 2, column }));
    }

    #[test]
    fn a_refunds_number_makes_a_refund_and_its_status_is_kept() {
        let refund = [
            (Column::TradeState, "REFUND"),
            (Column::Price, "0.00"),
            (Column::Payer, "0.00"),
            (Column::RefundId, "50201"),
            (Column::OutRefundNo, "0"),
            (Column::RefundStatus, "PROCESSING"),
            (Column::RefundAsked, "4.00"),
            (Column::PayerRefundCurrency, "CNY"),
            (Column::PayerRefund, "28.40"),
        ];
        let Ok(Event::Refund(told)) = one(&refund) else { panic!("{:?}", one(&refund)) };
        assert_eq!((told.status, told.channel), (RefundStatus::Processing, Channel::Other("".into())));
        assert_eq!(told.out_refund_no.as_str(), "0", "a merchant may number so");
        assert_eq!(told.amounts.payer, Money::fen(2_840));
        assert_eq!(told.amounts.price, Money::new(400, Currency::USD));
        let paid = one(&[(Column::TradeState, "REFUND"), (Column::RefundId, "0")]);
        assert!(matches!(paid, Ok(Event::Payment(_))), "the payment of an order that was refunded: {paid:?}");
        let revoked = one(&[(Column::TradeState, "REVOKED")]);
        assert!(matches!(revoked, Ok(Event::Revocation(amounts)) if amounts.payer == Money::fen(7_100)));
    }

    #[test]
    fn yen_have_no_decimals_and_dollars_do() {
        let yen = one(&[(Column::PriceCurrency, "JPY"), (Column::Price, "1500")]).unwrap();
        assert_eq!(yen.amounts().price, Money::new(1_500, Currency::JPY));
        assert!(one(&[(Column::Price, "1000")]).is_err(), "a hundred times too much, or not");
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_read_back(
            rows in prop::collection::vec(prop_oneof![payment(), refund(), revocation()], 0..8),
        ) {
            let rows: Vec<Row<'_>> = rows.iter().map(super::super::sample::Sample::row).collect();
            let text = render(&rows);
            let statement = Statement::read(text.as_bytes()).unwrap();
            let found: Result<Vec<Row<'_>>, StatementError> = statement.rows().collect();
            prop_assert_eq!(found.unwrap(), rows);
        }

        #[test]
        fn any_bytes_are_a_statement_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            if let Ok(statement) = Statement::read(&bytes) {
                let _ = statement.rows().count();
            }
        }

        #[test]
        fn any_lines_under_true_headings_are_rows_or_errors(
            lines in prop::collection::vec(prop_oneof![any::<String>(), "(`[0-9.A-Z:, -]{0,20},?){0,40}"], 0..6),
        ) {
            let text = format!("{}\n{}", table(Column::ALL, &[]), lines.join("\n"));
            let statement = Statement::read(text.as_bytes()).unwrap();
            let _ = statement.rows().count();
        }

        #[test]
        fn any_values_in_a_record_are_a_row_or_an_error(
            values in prop::collection::vec(prop_oneof![Just("CNY"), Just("0"), Just("1.00"), Just("REFUND"), Just("")], 38),
        ) {
            let values: Vec<String> = values.iter().map(|value| format!("`{value}")).collect();
            let text = format!("{}\n{}", table(Column::ALL, &[]), values.join(","));
            prop_assert!(Statement::read(text.as_bytes()).unwrap().rows().all(|row| row.is_err()), "none has a time");
        }
    }
}
