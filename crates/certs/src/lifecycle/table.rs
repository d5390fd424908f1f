//! The state table: every row once, with its number.
//!
//! [`decide`] looks up what people ask for, [`super::state()`] what the clock does, [`call`] what a certificate is good for.
//! A row says in which states it applies, on what event, in which case, who must have done what, and what comes of it.
//! Source: [api-certificate], [certificate-rules], [certificate-renewal], [certificate-void], [certificate-faq], \[inferred].

use jiff::{SignedDuration, Timestamp};

use super::action::{Action, CallRefused, Effect, Guards, Offer, Old, Refusal};
use super::china;
use super::policy::{Extension, Policy};
use super::record::{IssuedBy, Record, Replacement, Superseded, Validity};
use super::state::{Edge, State, state};

/// What makes a row apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// Time passes an edge.
    Clock(Edge),
    /// Somebody asks for one of these.
    Asked(&'static [Action]),
    /// A call is made with the certificate.
    Called,
}

/// What must be true beside state and event for a row to apply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Nothing further.
    Any,
    /// The certificate is of this kind.
    Kind(IssuedBy),
    /// The operating certificate is installed, and a further period fits into the limit.
    Renewable,
    /// No further period fits into the limit.
    UsedUp,
    /// The operating certificate is missing.
    OperatingCertificateMissing,
}

/// Who must have done what, checked in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The super administrator asks.
    SuperAdministrator,
    /// SMS code and login password are right.
    Authorised,
    /// The request string can be used.
    RequestString,
    /// The merchant is the one on record.
    Merchant,
    /// The certificate belongs to the waiting key.
    Key,
    /// There is room for one more living certificate.
    Room,
    /// The certificate has not expired.
    Unexpired,
}

/// What a row leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consequence {
    /// The clock leads into this state.
    Becomes(State),
    /// A new certificate, and no harm to this one.
    Issue,
    /// A new certificate in place of this one, which the policy may give an overlap.
    Replace(Replacement),
    /// A new certificate, and the end of this one.
    ReplaceExpired,
    /// The same key under a new serial number, for longer.
    Recertify,
    /// The certificate joins its key.
    Install,
    /// The certificate is of no use any more.
    LoseKey,
    /// It is voided.
    Void,
    /// It stands again where it stood.
    Restore,
    /// Refused: used for as long as may be.
    RefuseUsedUp,
    /// Refused: install the operating certificate first.
    RefuseOperatingCertificate,
    /// Refused: only Change.
    RefuseOnlyChange,
    /// A call is refused.
    RefuseCall,
}

/// One row of the state table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Its number.
    pub number: u8,
    /// The states in which it applies.
    pub from: &'static [State],
    /// The event to which it applies.
    pub event: Event,
    /// The policies that have it.
    pub offer: Offer,
    /// The case in which it applies.
    pub case: Case,
    /// What is asked of people.
    pub guards: &'static [Guard],
    /// What it leads to.
    pub consequence: Consequence,
}

const SIGNED_IN: &[Guard] = &[Guard::SuperAdministrator, Guard::Authorised];
const SIGNED_IN_WITH_ROOM: &[Guard] = &[Guard::SuperAdministrator, Guard::Authorised, Guard::Room];
const NEW_REQUEST: &[Guard] =
    &[Guard::SuperAdministrator, Guard::Authorised, Guard::RequestString, Guard::Merchant, Guard::Room];

/// The table. Where several rows fit, the first decides.
#[rustfmt::skip]
pub const ROWS: [Row; 22] = {
    use Action::{
        ApplyForAnother, Change, Install, Renew, ReportKeyLost, Restore, SubmitRequest, UpgradeExpired, UpgradeKind, Void,
    };
    use Case::{Any, Kind, OperatingCertificateMissing, Renewable, UsedUp};
    use Event::{Asked, Called, Clock};
    use Offer::{Always, Several, Voiding};
    use State::{
        Active, Dead, ExpiredFinal, ExpiredGrace, Expiring, Nothing, Requested, SupersededByChange, SupersededByUpgrade,
        Voided,
    };

    const fn row(
        number: u8,
        from: &'static [State],
        event: Event,
        offer: Offer,
        case: Case,
        guards: &'static [Guard],
        consequence: Consequence,
    ) -> Row {
        Row { number, from, event, offer, case, guards, consequence }
    }

    [
        // A merchant whose only certificate is voided or dead stands where one without any stands.
        row(1, &[Nothing, Voided, Dead], Asked(&[SubmitRequest]), Always, Any, NEW_REQUEST, Consequence::Issue),
        row(2, &[Requested], Asked(&[Install]), Always, Any, &[Guard::Key], Consequence::Install),
        row(3, &[Requested], Asked(&[ReportKeyLost]), Always, Any, &[], Consequence::LoseKey),
        row(4, &[Active], Clock(Edge::NoticePeriod), Always, Any, &[], Consequence::Becomes(Expiring)),
        row(5, &[Expiring], Asked(&[Renew]), Always, Renewable, SIGNED_IN, Consequence::Recertify),
        row(6, &[Expiring], Asked(&[Renew]), Always, UsedUp, &[Guard::SuperAdministrator], Consequence::RefuseUsedUp),
        row(7, &[Active, Expiring], Asked(&[Renew]), Always, OperatingCertificateMissing,
            &[Guard::SuperAdministrator], Consequence::RefuseOperatingCertificate),
        row(8, &[Expiring], Clock(Edge::Expiry), Always, Any, &[], Consequence::Becomes(ExpiredGrace)),
        row(9, &[ExpiredGrace], Asked(&[UpgradeExpired]), Always, Renewable, SIGNED_IN_WITH_ROOM, Consequence::Recertify),
        row(10, &[ExpiredGrace], Asked(&[UpgradeExpired]), Always, UsedUp,
            &[Guard::SuperAdministrator], Consequence::RefuseUsedUp),
        row(11, &[ExpiredGrace], Clock(Edge::GraceOver), Always, Any, &[], Consequence::Becomes(ExpiredFinal)),
        // In the month after expiry Change is what row 10 offers.
        row(12, &[ExpiredFinal, ExpiredGrace], Asked(&[Change]), Always, Any, NEW_REQUEST, Consequence::ReplaceExpired),
        row(13, &[ExpiredFinal], Asked(&[Renew, UpgradeExpired]), Always, Any, &[], Consequence::RefuseOnlyChange),
        row(14, &[Active, Expiring], Asked(&[Change]), Always, Kind(IssuedBy::Ca), NEW_REQUEST,
            Consequence::Replace(Replacement::Change)),
        row(15, &[SupersededByChange], Clock(Edge::OverlapOver), Always, Any, &[], Consequence::Becomes(Dead)),
        row(16, &[Active, Expiring], Asked(&[UpgradeKind]), Always, Kind(IssuedBy::Wxpay), NEW_REQUEST,
            Consequence::Replace(Replacement::UpgradeKind)),
        row(17, &[SupersededByUpgrade], Clock(Edge::OverlapOver), Always, Any, &[], Consequence::Becomes(Dead)),
        row(18, &[Active, Expiring], Asked(&[Void]), Voiding, Any, SIGNED_IN, Consequence::Void),
        row(19, &[Voided], Asked(&[Restore]), Voiding, Any,
            &[Guard::SuperAdministrator, Guard::Authorised, Guard::Unexpired, Guard::Room], Consequence::Restore),
        row(20, &[Voided], Clock(Edge::RestoreOver), Always, Any, &[], Consequence::Becomes(Dead)),
        row(21, &[Requested, Active, Expiring], Asked(&[ApplyForAnother]), Several, Any, NEW_REQUEST, Consequence::Issue),
        row(22, &[Nothing, ExpiredGrace, ExpiredFinal, Voided, Dead], Called, Always, Any, &[], Consequence::RefuseCall),
    ]
};

/// What the clock does next in `state`, and where that leads.
pub(super) fn clock_edge(state: State) -> Option<(Edge, State)> {
    ROWS.iter().find_map(|row| match (row.event, row.consequence) {
        (Event::Clock(edge), Consequence::Becomes(next)) if row.from.contains(&state) => Some((edge, next)),
        _ => None,
    })
}

/// Where the certificate of `record` stands; [`State::Nothing`] without a record.
pub fn standing(record: Option<&Record>, policy: &Policy, now: Timestamp) -> State {
    record.map_or(State::Nothing, |record| state(record, policy, now))
}

/// What comes of `action` at `now`, or why it is refused. `record` is the certificate that is acted upon; `None` if the
/// merchant has none.
pub fn decide(
    action: Action,
    record: Option<&Record>,
    policy: &Policy,
    guards: &Guards,
    now: Timestamp,
) -> Result<Effect, Refusal> {
    let request = Request { action, record, state: standing(record, policy, now), policy, guards, now };
    match ROWS.iter().find(|row| request.matches(row)) {
        Some(row) => {
            row.guards.iter().try_for_each(|guard| request.check(*guard, row))?;
            request.effect(row.consequence)
        }
        None => Err(request.no_row()),
    }
}

/// What is possible at `now` for somebody whom nothing else stands in the way; `others_living` counts the merchant id's
/// other living certificates, and is 0 where only this one is known.
pub fn allowed(
    record: Option<&Record>,
    policy: &Policy,
    others_living: usize,
    now: Timestamp,
) -> Vec<Action> {
    let guards = Guards::satisfied(others_living);
    Action::ALL.into_iter().filter(|action| decide(*action, record, policy, &guards, now).is_ok()).collect()
}

/// Whether the platform takes a call made with the certificate at `now`. Whether its key signs is another question.
///
/// One that was issued is accepted from that moment, wherever its string is; a replaced one as long as the policy gives it.
pub fn call(record: Option<&Record>, policy: &Policy, now: Timestamp) -> Result<(), CallRefused> {
    let state = standing(record, policy, now);
    if !ROWS.iter().any(|row| row.event == Event::Called && row.from.contains(&state)) {
        return Ok(());
    }
    let Some(record) = record else { return Err(CallRefused::None) };
    Err(if record.voided_at.is_some() {
        CallRefused::Voided
    } else if record.superseded.is_some() || record.ended_at.is_some() {
        CallRefused::Replaced
    } else {
        CallRefused::Expired
    })
}

/// The `not_after` that a renewal of `record` would give, or `None` if it would take the certificate past the limit or
/// add next to nothing.
///
/// A further year counts from the old `not_after`, so that nobody loses days by renewing early; it is given whole or not at
/// all. Source: [api-certificate], [certificate-renewal], \[inferred].
pub fn extended(record: &Record, policy: &Policy) -> Option<Timestamp> {
    let old = record.validity.not_after;
    let limit = china::years_after(record.first_issued, policy.limit_years);
    match policy.extension {
        Extension::Years(years) => {
            Some(china::years_after(old, years)).filter(|new| *new > old && *new <= limit)
        }
        Extension::ToLimit => Some(limit).filter(|new| *new >= china::after(old, policy.least_extension)),
    }
}

/// One question to the table.
struct Request<'a> {
    action: Action,
    record: Option<&'a Record>,
    state: State,
    policy: &'a Policy,
    guards: &'a Guards,
    now: Timestamp,
}

impl Request<'_> {
    fn matches(&self, row: &Row) -> bool {
        let asked = matches!(row.event, Event::Asked(actions) if actions.contains(&self.action));
        asked && row.from.contains(&self.state) && row.offer.holds(self.policy) && self.is_case(row.case)
    }

    fn is_case(&self, case: Case) -> bool {
        // A period that is over before it begins is none.
        let extended =
            || self.record.and_then(|record| extended(record, self.policy)).filter(|until| *until > self.now);
        match case {
            Case::Any => true,
            Case::Kind(kind) => self.record.is_some_and(|record| record.issued_by == kind),
            Case::Renewable => self.guards.operating_certificate && extended().is_some(),
            Case::UsedUp => extended().is_none(),
            Case::OperatingCertificateMissing => !self.guards.operating_certificate,
        }
    }

    fn check(&self, guard: Guard, row: &Row) -> Result<(), Refusal> {
        let (holds, otherwise) = match guard {
            Guard::SuperAdministrator => (self.guards.super_administrator, Refusal::SuperAdministratorOnly),
            Guard::Authorised => (self.guards.authorised, Refusal::NotAuthorised),
            Guard::RequestString => (self.guards.csr_ok, Refusal::RequestStringRefused),
            Guard::Merchant => (self.guards.merchant_matches, Refusal::MerchantDiffers),
            Guard::Key => (self.guards.key_matches, Refusal::KeyDiffers),
            Guard::Unexpired => (
                self.record.is_some_and(|record| self.now <= record.validity.not_after),
                Refusal::ExpiredWhileVoided,
            ),
            Guard::Room => {
                let stays = self.state.is_living() && !self.is_superseded_by(row.consequence);
                let living = self.guards.others_living.saturating_add(usize::from(stays));
                let limit = self.policy.concurrent;
                (living < limit, Refusal::TooManyLiving { limit, living })
            }
        };
        if holds { Ok(()) } else { Err(otherwise) }
    }

    fn is_superseded_by(&self, consequence: Consequence) -> bool {
        matches!(consequence, Consequence::Replace(replacement) if self.policy.overlap_after(replacement).is_some())
    }

    fn effect(&self, consequence: Consequence) -> Result<Effect, Refusal> {
        match consequence {
            Consequence::Issue => Ok(self.issue(Old::Unaffected)),
            Consequence::Replace(by) if self.is_superseded_by(consequence) => {
                Ok(self.issue(Old::Superseded(Superseded { by, at: self.now })))
            }
            Consequence::Replace(_) => Ok(self.issue(Old::Unaffected)),
            Consequence::ReplaceExpired => Ok(self.issue(Old::Ended)),
            Consequence::Recertify => self.recertify(),
            Consequence::Install => Ok(Effect::Installed),
            Consequence::LoseKey => Ok(Effect::KeyLost),
            Consequence::Void => Ok(Effect::Voided),
            Consequence::Restore => Ok(Effect::Restored),
            Consequence::RefuseUsedUp => Err(self.used_up()),
            Consequence::RefuseOperatingCertificate => Err(Refusal::OperatingCertificateMissing),
            Consequence::RefuseOnlyChange => Err(Refusal::OnlyChange),
            // No row that answers an action leads here.
            Consequence::Becomes(_) | Consequence::RefuseCall => Err(self.not_in_this_state()),
        }
    }

    fn issue(&self, old: Old) -> Effect {
        let not_before = whole_second(self.now);
        let years = self.policy.initial_years.min(self.policy.limit_years);
        Effect::Issued {
            validity: Validity { not_before, not_after: china::years_after(not_before, years) },
            old,
        }
    }

    fn recertify(&self) -> Result<Effect, Refusal> {
        let until = self.record.and_then(|record| extended(record, self.policy));
        let not_after = until.ok_or_else(|| self.used_up())?;
        Ok(Effect::Recertified { validity: Validity { not_before: whole_second(self.now), not_after } })
    }

    fn used_up(&self) -> Refusal {
        let wxpay = self.record.is_some_and(|record| record.issued_by == IssuedBy::Wxpay);
        // A WeChat-Pay-issued certificate that still works is upgraded to the other kind: Change is for CA-issued ones.
        let instead = if wxpay && self.state.is_living() { Action::UpgradeKind } else { Action::Change };
        Refusal::UsedUp { limit_years: self.policy.limit_years, instead }
    }

    /// Why no row fits: the nearest thing that does, in words.
    fn no_row(&self) -> Refusal {
        let days = self.policy.notice_before.as_hours() / 24;
        let Some(record) = self.record else {
            return Refusal::NoCertificate;
        };
        let unknown = ROWS.iter().any(|row| {
            let asked = matches!(row.event, Event::Asked(actions) if actions.contains(&self.action));
            asked && !row.offer.holds(self.policy)
        });
        if unknown {
            return Refusal::NotOffered { action: self.action, profile: self.policy.profile };
        }
        match (self.action, self.state) {
            (_, State::Dead) => Refusal::AtItsEnd,
            (Action::SubmitRequest, state) => Refusal::HasCertificate { state },
            (Action::Renew, State::Active) if extended(record, self.policy).is_none() => self.used_up(),
            (Action::Renew, State::Active) => Refusal::TooEarly {
                from: china::before(record.validity.not_after, self.policy.notice_before),
                days,
            },
            (Action::Renew, State::ExpiredGrace) => {
                Refusal::AlreadyExpired { button: Action::UpgradeExpired.label(self.policy.profile) }
            }
            (Action::UpgradeExpired, State::ExpiredGrace) => Refusal::OperatingCertificateMissing,
            (Action::UpgradeExpired, State::Active | State::Expiring) => Refusal::NotExpired { days },
            (Action::Change, State::Active | State::Expiring) => {
                Refusal::OtherKind { issued_by: record.issued_by, instead: Action::UpgradeKind }
            }
            (Action::UpgradeKind, State::Active | State::Expiring) => {
                Refusal::OtherKind { issued_by: record.issued_by, instead: Action::Change }
            }
            _ => self.not_in_this_state(),
        }
    }

    fn not_in_this_state(&self) -> Refusal {
        Refusal::NotInThisState { action: self.action, state: self.state }
    }
}

/// X.509 knows no fractions of a second.
fn whole_second(instant: Timestamp) -> Timestamp {
    let fraction = SignedDuration::from_nanos(i64::from(instant.subsec_nanosecond()));
    china::before(instant, fraction)
}
