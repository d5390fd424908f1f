//! From a file to a report.

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use csv::StringRecord;
use futures_util::{StreamExt as _, stream};
use reqwest::StatusCode;

use crate::client::gateway::{Call, CallError, Gateway, Reply};
use crate::commands::interruption::{INTERRUPTED, Interruption};
use crate::import::columns::{Columns, Header, LineError, Row};
use crate::import::delivery::{Unclear, deliver};
use crate::import::file;
use crate::import::report::{Outcome, Refused, Report};

/// How many lines are on their way at a time.
const AT_A_TIME: usize = 16;

/// What one kind of file holds, and how its lines become requests.
#[derive(Debug)]
pub(crate) struct Kind {
    /// The file's columns.
    pub(crate) columns: Columns,
    /// The column with the number by which a line is known again.
    pub(crate) number: &'static str,
    /// The request of a line; the second argument is the sub-merchant of lines that name none.
    pub(crate) call: fn(&Row<'_>, Option<&str>) -> Result<Call, LineError>,
}

/// Sends every line of the file at `path` (`-` is standard input), and says in the order of the lines what became of them.
/// `sub_mchid` is the sub-merchant of lines that name none.
pub(crate) async fn run(
    gateway: &Gateway,
    kind: &Kind,
    path: &Path,
    sub_mchid: Option<&str>,
    json: bool,
) -> Result<ExitCode, Box<dyn Error>> {
    let content = file::content(path)?;
    let (header, lines) = file::open(&content, &kind.columns)?;
    // A wrong address or key is told once here, and not for every line.
    gateway.ask(&Call::get(&["me"])).await?;
    let (_, counted) = file::open(&content, &kind.columns)?;
    let mut report = Report::new(kind.number, counted.count(), json);
    // Not before: until here nothing was sent, and reading standard input shall end at once.
    let mut interruption = Interruption::listen()?;
    let header = &header;
    let mut results = stream::iter(lines)
        .map(|(line, record)| async move {
            let number = number(header, &record, kind.number);
            let outcome = match record.and_then(|record| (kind.call)(&Row::new(header, &record)?, sub_mchid))
            {
                Ok(call) => outcome(gateway, deliver(|| gateway.send(&call)).await),
                Err(error) => {
                    let reason = error.to_string();
                    Outcome::Refused(Refused { in_short: reason.clone(), in_full: reason, document: None })
                }
            };
            (line, number, outcome)
        })
        .buffered(AT_A_TIME);
    loop {
        let result = tokio::select! {
            // First, or an interruption would wait as long as there are results.
            biased;
            came = interruption.comes() => {
                came?;
                report.stop();
                return Ok(ExitCode::from(INTERRUPTED));
            }
            result = results.next() => result,
        };
        let Some((line, number, outcome)) = result else { break };
        if !report.line(line, number.as_deref(), &outcome)? {
            break;
        }
    }
    Ok(report.finish()?)
}

/// The number of a line, if it is fit to be read.
fn number(header: &Header, record: &Result<StringRecord, LineError>, column: &'static str) -> Option<String> {
    let row = Row::new(header, record.as_ref().ok()?).ok()?;
    row.optional(column).map(str::to_owned)
}

/// What an answer means for its line.
fn outcome(gateway: &Gateway, delivered: Result<Reply, Unclear>) -> Outcome {
    let reply = match delivered {
        Ok(reply) => reply,
        Err(Unclear { trouble }) => return Outcome::Unclear(trouble),
    };
    if reply.status.is_success() {
        return match gateway.read(&reply) {
            Ok(answer) if reply.status == StatusCode::OK => Outcome::AlreadyThere(answer),
            Ok(answer) => Outcome::Taken(answer),
            Err(error) => Outcome::ShutOut(error.to_string()),
        };
    }
    let shut_out = matches!(reply.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    match gateway.refusal(&reply) {
        CallError::Problem(problem) if shut_out => Outcome::ShutOut(problem.in_one_line()),
        CallError::Problem(problem) => Outcome::Refused(Refused {
            in_short: problem.in_short(),
            in_full: problem.in_one_line(),
            document: gateway.read(&reply).ok(),
        }),
        other => Outcome::ShutOut(other.to_string()),
    }
}
