//! A row of intake.

use refunds::intake::{Arrival, Command};
use refunds::key::{OrderKey, RefundKey};
use refunds::outcome::{Report, Standing};
use refunds::refund::Withdrawal;
use serde::{Deserialize, Serialize};
use wechatpay::china::ChinaDay;
use wechatpay::ids::RefundId;

use super::Document;
use super::text::Word;
use super::value::{Amount, At};

/// The document.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct ArrivalRow {
    v: u32,
    what: What,
}

impl Document for ArrivalRow {
    const NAME: &'static str = "row of intake";
    const VERSION: u32 = 1;

    fn version(&self) -> u32 {
        self.v
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum What {
    Refund(Word<RefundKey>),
    Notice {
        refund: Word<RefundKey>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        report: Option<ReportRow>,
    },
    Payment(Word<OrderKey>),
    Command {
        refund: Word<RefundKey>,
        command: CommandRow,
    },
    PastDay(Word<ChinaDay>),
    Pause(bool),
}

impl ArrivalRow {
    /// The document of `arrival`.
    pub(crate) fn of(arrival: &Arrival) -> ArrivalRow {
        let what = match arrival {
            Arrival::Refund(refund) => What::Refund(Word(refund.clone())),
            Arrival::Notice { refund, report } => {
                What::Notice { refund: Word(refund.clone()), report: report.as_ref().map(ReportRow::of) }
            }
            Arrival::Payment(order) => What::Payment(Word(order.clone())),
            Arrival::Command { refund, command } => {
                What::Command { refund: Word(refund.clone()), command: CommandRow::of(*command) }
            }
            Arrival::PastDay(day) => What::PastDay(Word(*day)),
            Arrival::Pause(paused) => What::Pause(*paused),
        };
        ArrivalRow { v: ArrivalRow::VERSION, what }
    }

    /// What arrived.
    pub(crate) fn arrival(self) -> Arrival {
        match self.what {
            What::Refund(refund) => Arrival::Refund(refund.0),
            What::Notice { refund, report } => {
                Arrival::Notice { refund: refund.0, report: report.map(ReportRow::report) }
            }
            What::Payment(order) => Arrival::Payment(order.0),
            What::Command { refund, command } => {
                Arrival::Command { refund: refund.0, command: command.command() }
            }
            What::PastDay(day) => Arrival::PastDay(day.0),
            What::Pause(paused) => Arrival::Pause(paused),
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CommandRow {
    Cancel(Word<Withdrawal>),
    Retry,
    Check,
    Settle,
}

impl CommandRow {
    fn of(command: Command) -> CommandRow {
        match command {
            Command::Cancel(by) => CommandRow::Cancel(Word(by)),
            Command::Retry => CommandRow::Retry,
            Command::Check => CommandRow::Check,
            Command::Settle => CommandRow::Settle,
        }
    }

    fn command(self) -> Command {
        match self {
            CommandRow::Cancel(by) => Command::Cancel(by.0),
            CommandRow::Retry => Command::Retry,
            CommandRow::Check => Command::Check,
            CommandRow::Settle => Command::Settle,
        }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct ReportRow {
    standing: Word<Standing>,
    refund_id: Word<RefundId>,
    amount: Amount,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    accepted_at: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    payer_refund: Option<Amount>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    succeeded_at: Option<At>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    received_in: Option<String>,
}

impl ReportRow {
    fn of(report: &Report) -> ReportRow {
        let Report { standing, refund_id, amount, accepted_at, payer_refund, succeeded_at, received_in } =
            report;
        ReportRow {
            standing: Word(*standing),
            refund_id: Word(refund_id.clone()),
            amount: Amount(*amount),
            accepted_at: accepted_at.map(At),
            payer_refund: payer_refund.map(Amount),
            succeeded_at: succeeded_at.map(At),
            received_in: received_in.clone(),
        }
    }

    fn report(self) -> Report {
        let ReportRow { standing, refund_id, amount, accepted_at, payer_refund, succeeded_at, received_in } =
            self;
        Report {
            standing: standing.0,
            refund_id: refund_id.0,
            amount: amount.0,
            accepted_at: accepted_at.map(|at| at.0),
            payer_refund: payer_refund.map(|amount| amount.0),
            succeeded_at: succeeded_at.map(|at| at.0),
            received_in,
        }
    }
}
