//! An owner with its planted mistake, if it has one.

use std::collections::BTreeSet;

use jiff::Timestamp;
use refunds::batch::Batch;
use refunds::key::{RefundKey, UpstreamNo};
use refunds::owner::{FoundRefunds, Input, Load, Output, Owner, Question};
use refunds::refund::RequestBytes;

use super::{Mutation, inputs, outputs};

/// A request on its way to the platform.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) refund: RefundKey,
    pub(crate) upstream_no: UpstreamNo,
    pub(crate) attempt: u32,
    pub(crate) signed_at: Timestamp,
    pub(crate) bytes: RequestBytes,
}

/// What an owner wants done; [`Output`] with requests that a mistake can make, too.
#[derive(Debug)]
pub(crate) enum Act {
    Commit(Batch),
    Send(Request),
    Ask(Question),
    Load(Load),
    TakeIn(FoundRefunds),
    WakeAt(Timestamp),
}

/// An owner and its mistake.
#[derive(Debug)]
pub(crate) struct Mind {
    owner: Owner,
    mutation: Option<Mutation>,
    /// Attempts that left before their time.
    pub(super) sent_early: BTreeSet<(RefundKey, u32)>,
}

impl Mind {
    pub(crate) fn new(owner: Owner, mutation: Option<Mutation>) -> Mind {
        Mind { owner, mutation, sent_early: BTreeSet::new() }
    }

    /// Tells the owner what happened and says what it wants done.
    pub(crate) fn handle_all(&mut self, inputs: Vec<Input>, now: Timestamp) -> Vec<Act> {
        let told = inputs.into_iter().flat_map(|input| match self.mutation {
            Some(mutation) => inputs::mistaken(mutation, input, now),
            None => vec![input],
        });
        let outputs = self.owner.handle_all(told, now);
        self.acts(outputs)
    }

    pub(crate) fn acts(&mut self, wanted: Vec<Output>) -> Vec<Act> {
        let mut acts = vec![];
        for output in wanted {
            let act = act(output);
            match self.mutation {
                Some(mutation) => acts.extend(outputs::mistaken(mutation, self, act)),
                None => acts.push(act),
            }
        }
        acts
    }
}

fn act(output: Output) -> Act {
    match output {
        Output::Commit(batch) => Act::Commit(batch),
        Output::Send(submission) => Act::Send(Request {
            refund: submission.refund().clone(),
            upstream_no: submission.upstream_no().clone(),
            attempt: submission.attempt(),
            signed_at: submission.signed_at(),
            bytes: submission.request().clone(),
        }),
        Output::Ask(question) => Act::Ask(question),
        Output::Load(load) => Act::Load(load),
        Output::TakeIn(found) => Act::TakeIn(found),
        Output::WakeAt(at) => Act::WakeAt(at),
    }
}
