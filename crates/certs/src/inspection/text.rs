//! A report on a screen: one fact a line, times in UTC and in China's, serial numbers in all forms that other tools print.

use std::fmt::Write;

use jiff::Timestamp;
use jiff::tz::Offset;

use super::Report;
use crate::serial::SerialNumber;

/// The report in plain text; ends with a line end.
pub fn render(report: &Report, now: Timestamp) -> String {
    let mut page = Page(String::new());
    page.heading(&format!("{} ({}, {})", report.file, report.format.name(), report.kind));
    if let Some(class) = report.classification {
        page.line("kind", &format!("{}: {}", class.name(), class.sentence()));
    }
    page.optional("merchant id", report.merchant_id.as_deref());
    page.optional("merchant name", report.merchant_name.as_deref());
    page.optional("subject", report.subject.as_deref());
    page.optional("issuer", report.issuer.as_deref());
    if let Some(serial) = report.serial_hex.as_deref().and_then(|hex| SerialNumber::parse(hex).ok()) {
        page.line("serial number", &serial.hex());
        page.line("  with colons", &serial.colons());
        page.line("  decimal", &serial.decimal());
        page.line("  for serial_no", &serial.hex_40());
    }
    page.time("valid from", report.not_before.as_deref());
    page.time("valid through", report.not_after.as_deref());
    if let Some(ends) = report.not_after.as_deref().and_then(|text| text.parse::<Timestamp>().ok()) {
        page.line("days left", &days_left(ends, now));
    }
    page.optional("key", report.key.as_deref());
    page.optional("  SPKI SHA-256", report.spki_sha256.as_deref());
    page.optional("signed with", report.signature_algorithm.as_deref());
    page.optional(
        "issuer's key",
        report.signature_verified.map(|holds| match holds {
            true => "the issuer's known key signed it",
            false => "the issuer's known key did not sign it",
        }),
    );
    page.optional(
        "key in the file",
        report.key_matches.map(|matches| match matches {
            true => "belongs to the certificate",
            false => "does not belong to the certificate",
        }),
    );
    page.optional("SHA-256", report.sha256_der.as_deref());
    page.optional("SHA-1", report.sha1_der.as_deref());
    page.optional("MD5", report.md5_der.as_deref());
    page.line("file SHA-256", &report.sha256_file);
    page.optional("published as", report.published_chain);
    if let Some(standing) = &report.lifecycle {
        page.line("state", &standing.state);
        page.line("allowed now", &listed(&standing.allowed));
        page.line("notices due", &listed(&standing.due));
    }
    for extension in &report.extensions {
        let critical = if extension.critical { "critical: " } else { "" };
        page.line(&extension.name, &format!("{critical}{}", extension.value));
    }
    for evidence in &report.evidence {
        page.line(if evidence.holds { "evidence: yes" } else { "evidence: no" }, evidence.criterion);
    }
    for other in &report.others {
        page.line(
            "also in it",
            &format!(
                "{} ({}), serial number {}",
                other.subject,
                other.classification.name(),
                other.serial_hex
            ),
        );
        page.line("  valid", &format!("{} through {}", other.not_before, other.not_after));
        page.line("  SHA-256", &other.sha256_der);
    }
    for warning in &report.warnings {
        page.line("warning", warning.sentence());
    }
    page.0
}

/// Lines with a label of equal width.
struct Page(String);

/// Wider than the longest label but those of rare extensions.
const LABEL: usize = 26;

impl Page {
    fn heading(&mut self, text: &str) {
        self.push(format_args!("{}\n", shown(text)));
    }

    fn line(&mut self, label: &str, text: &str) {
        self.push(format_args!("{label:<LABEL$}{}\n", shown(text)));
    }

    fn optional(&mut self, label: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.line(label, text);
        }
    }

    /// An instant in UTC and in China's time.
    fn time(&mut self, label: &str, text: Option<&str>) {
        if let Some(instant) = text.and_then(|text| text.parse::<Timestamp>().ok()) {
            let china = Offset::constant(8).to_datetime(instant);
            self.line(label, &format!("{instant} ({china}+08:00)"));
        }
    }

    fn push(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.0.write_fmt(text);
    }
}

/// Names come from strangers: a control character in one must not move the cursor.
fn shown(text: &str) -> String {
    let shown = |character: char| match character.is_control() {
        true => character.escape_default().to_string(),
        false => character.to_string(),
    };
    text.chars().map(shown).collect()
}

fn days_left(ends: Timestamp, now: Timestamp) -> String {
    const DAY_S: i64 = 86_400;
    let seconds = ends.as_second() - now.as_second();
    match seconds < 0 {
        true => format!("expired {} days ago", -seconds / DAY_S),
        false => format!("{}", seconds / DAY_S),
    }
}

fn listed(items: &[String]) -> String {
    match items.is_empty() {
        true => "none".to_owned(),
        false => items.join(", "),
    }
}
