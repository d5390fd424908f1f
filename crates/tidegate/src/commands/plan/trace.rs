//! Every attempt, so that others can check the figures.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use replay::history::Trial;
use replay::run::Run;

/// The attempts of these policies as a CSV file: `policy,time,out_refund_no,outcome`.
pub(super) fn trace<'r>(
    trial: &Trial<'_>,
    runs: impl Iterator<Item = (&'r str, &'r Run)>,
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["policy", "time", "out_refund_no", "outcome"])?;
    for (policy, run) in runs {
        for attempt in &run.attempts {
            let Some(refund) = trial.refunds().get(attempt.refund) else { continue };
            let outcome = if attempt.accepted { "accepted" } else { "refused" };
            writer.write_record([policy, &instant(attempt.at), &refund.out_refund_no, outcome])?;
        }
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// An instant in China's time, to the fraction: attempts may come milliseconds apart.
fn instant(at: Timestamp) -> String {
    let zoned = at.to_zoned(TimeZone::fixed(Offset::constant(8)));
    zoned.strftime("%Y-%m-%dT%H:%M:%S%.f%:z").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_keep_their_fraction() {
        let shown = |text: &str| instant(text.parse().unwrap());
        assert_eq!(shown("2026-01-05T01:00:00Z"), "2026-01-05T09:00:00+08:00");
        assert_eq!(shown("2026-01-05T16:00:00.25Z"), "2026-01-06T00:00:00.25+08:00");
    }
}
