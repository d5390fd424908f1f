//! Is this certificate what it says: five questions, each answered by pass, fail or not checked, and a sentence.
//!
//! An expired certificate and a broken chain are two findings, and both are reported. The certificates of this platform
//! lack key identifiers, so that an issuer is found by name and proven by signature; that it is a CA is never waived, or
//! every merchant could issue certificates for every other.
//!
//! Source: [api-certificate].

use std::fmt;

use jiff::Timestamp;

use crate::anchors::{Anchors, KnownAuthority};
use crate::certificate::{Authority, Certificate, Validity};
use crate::classification::{Class, classify, is_merchant_id};
use crate::public_key::PublicKey;
use crate::signature::SignatureVerdict;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// The certificate in question.
    pub certificate: &'a Certificate,
    /// Certificates that came with it. They are links at most, and trusted for nothing.
    pub beside: &'a [Certificate],
    /// What is trusted.
    pub anchors: &'a Anchors,
    /// The public half of the key that should belong to it, if there is one to compare with.
    pub key: Option<&'a PublicKey>,
    /// The merchant id that it should be for, if one is named.
    pub merchant_id: Option<&'a str>,
    /// When.
    pub now: Timestamp,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It is so.
    Pass,
    /// It is not.
    Fail,
    /// There was nothing to check it against.
    NotChecked,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::NotChecked => "not checked",
        })
    }
}

/// One question and its answer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// The question: `signature`, `chain`, `validity`, `key match` or `merchant id`.
    pub question: &'static str,
    /// The answer.
    pub outcome: Outcome,
    /// Why, for people.
    pub sentence: String,
}

/// The five answers.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// Signature, chain, validity, key match, merchant id, in this order.
    pub checks: Vec<Check>,
    /// What was trusted.
    pub anchors: String,
}

impl Verification {
    /// Whether nothing failed, and the issuer's signature was proven.
    pub fn is_good(&self) -> bool {
        let failed = self.checks.iter().any(|check| check.outcome == Outcome::Fail);
        let is_signed = |check: &Check| check.question == SIGNATURE && check.outcome == Outcome::Pass;
        !failed && self.checks.iter().any(is_signed)
    }
}

/// A line a question, then what was trusted; ends with a line end.
impl fmt::Display for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Check { question, outcome, sentence } in &self.checks {
            writeln!(f, "{question:<12}{outcome:<13}{sentence}")?;
        }
        writeln!(f, "{}", self.anchors)
    }
}

const SIGNATURE: &str = "signature";

/// The answers to a question.
pub fn verify(question: &Question<'_>) -> Verification {
    let (signature, chain) = path(question);
    let answers = [
        (SIGNATURE, signature),
        ("chain", chain),
        ("validity", validity(question)),
        ("key match", key_match(question)),
        ("merchant id", merchant_id(question)),
    ];
    let check = |(question, (outcome, sentence))| Check { question, outcome, sentence };
    Verification { checks: answers.map(check).to_vec(), anchors: question.anchors.sentence(question.now) }
}

type Answer = (Outcome, String);

/// Links of a chain that are followed; real chains have three.
const LONGEST_CHAIN: usize = 8;

/// Who issued a certificate.
enum Issuer<'a> {
    /// This certificate's subject; trusted or not.
    Certificate(&'a Certificate, bool),
    /// A CA whose key is built in.
    Known(&'static KnownAuthority),
}

/// Why no issuer was found.
enum NoIssuer {
    /// Nobody of that name is known.
    Unknown,
    /// There is one of that name, but the signature is not his.
    SignatureFails,
    /// He signed it, but may not.
    NotAllowed,
    /// The algorithm is not computed here.
    NotComputed,
}

/// Signature and chain.
fn path(question: &Question<'_>) -> (Answer, Answer) {
    let leaf = question.certificate;
    let anchored = |certificate: &Certificate| {
        question.anchors.certificates().iter().any(|anchor| anchor.der() == certificate.der())
            || certificate
                .subject
                .common_name()
                .and_then(|name| question.anchors.known(name))
                .is_some_and(|known| known.public_key() == certificate.public_key)
    };
    let first = issuer_of(question, leaf, 0);
    let signature = match &first {
        Ok(issuer) => (Outcome::Pass, signed_by(leaf, issuer)),
        Err(problem) => not_signed(leaf, problem),
    };
    if anchored(leaf) {
        let signs_itself =
            leaf.is_self_issued() && leaf.is_signed_by(&leaf.public_key) == SignatureVerdict::Holds;
        let signature = match signs_itself {
            true => (Outcome::Pass, "It is signed with its own key.".to_owned()),
            false => signature,
        };
        return (
            signature,
            (Outcome::Pass, "The certificate is itself one of those that are trusted.".to_owned()),
        );
    }
    let (mut names, mut notes) = (Vec::new(), Vec::new());
    let (mut current, mut found) = (leaf, first);
    let mut is_trusted = false;
    for below in 0..LONGEST_CHAIN {
        if current.signature_algorithm.is_weak() {
            notes.push(format!("{} is signed with {}", name_of(current), current.signature_algorithm));
        }
        match found {
            Err(_) if is_trusted => break,
            Err(problem) => return (signature, not_chained(current, &problem)),
            Ok(Issuer::Known(known)) if known.is_weak() => {
                let sentence = format!(
                    "Only the key of {} is known, with 1024 bits and no certificate of its own; its signature is checked, and that is weak evidence.",
                    known.common_name
                );
                return (signature, (Outcome::NotChecked, sentence));
            }
            Ok(Issuer::Known(known)) => {
                names.push(known.common_name.to_owned());
                if let Some(ended) = known.not_after().filter(|ends| *ends < question.now) {
                    return (
                        signature,
                        (
                            Outcome::Fail,
                            format!("The certificate of {} ended at {ended}.", known.common_name),
                        ),
                    );
                }
                is_trusted = true;
                break;
            }
            Ok(Issuer::Certificate(authority, trusted)) => {
                names.push(name_of(authority));
                if authority.validity_at(question.now) != Validity::Valid {
                    // Above what is trusted nothing has to hold; that it does is only shown.
                    if is_trusted {
                        notes.push(format!("the certificate of {} is not valid now", name_of(authority)));
                        break;
                    }
                    let sentence = format!(
                        "The certificate of {} is valid from {} to {}, and not now.",
                        name_of(authority),
                        authority.not_before,
                        authority.not_after
                    );
                    return (signature, (Outcome::Fail, sentence));
                }
                is_trusted |= trusted;
                if authority.is_self_issued() {
                    break;
                }
                current = authority;
                found = issuer_of(question, current, below + 1);
            }
        }
    }
    let chain = match is_trusted {
        true => (
            Outcome::Pass,
            with_notes(format!("Issued by {}.", names.join(", which was issued by ")), &notes),
        ),
        false => {
            (Outcome::Fail, format!("The chain ends at {}, which is not trusted.", names.join(", then ")))
        }
    };
    (signature, chain)
}

/// Who issued `certificate`, below which `below` CAs stand in the chain.
fn issuer_of<'a>(
    question: &Question<'a>,
    certificate: &Certificate,
    below: usize,
) -> Result<Issuer<'a>, NoIssuer> {
    let trusted = question.anchors.certificates().iter().map(|authority| (authority, true));
    let beside = question.beside.iter().map(|authority| (authority, false));
    let mut problem = NoIssuer::Unknown;
    for (authority, trusted) in
        trusted.chain(beside).filter(|(authority, _)| certificate.names_as_issuer(authority))
    {
        match certificate.is_signed_by(&authority.public_key) {
            SignatureVerdict::Holds if may_issue(authority, below) => {
                return Ok(Issuer::Certificate(authority, trusted));
            }
            SignatureVerdict::Holds => problem = NoIssuer::NotAllowed,
            SignatureVerdict::Fails => problem = NoIssuer::SignatureFails,
            SignatureVerdict::NotComputed => problem = NoIssuer::NotComputed,
        }
    }
    let known = certificate.issuer.common_name().and_then(|name| question.anchors.known(name));
    match known.map(|known| (known, certificate.is_signed_by(&known.public_key()))) {
        Some((known, SignatureVerdict::Holds)) => Ok(Issuer::Known(known)),
        Some((_, SignatureVerdict::Fails)) => Err(NoIssuer::SignatureFails),
        Some((_, SignatureVerdict::NotComputed)) => Err(NoIssuer::NotComputed),
        None => match certificate.is_signed_by(&certificate.public_key) {
            SignatureVerdict::NotComputed => Err(NoIssuer::NotComputed),
            _ => Err(problem),
        },
    }
}

/// Whether it is a CA, and one that allows as many CAs below it. As RFC 5280 says.
fn may_issue(authority: &Certificate, below: usize) -> bool {
    match authority.authority {
        Authority::Leaf => false,
        Authority::Ca { path_len: None } => true,
        Authority::Ca { path_len: Some(length) } => {
            usize::try_from(length).is_ok_and(|length| below <= length)
        }
    }
}

fn signed_by(leaf: &Certificate, issuer: &Issuer<'_>) -> String {
    let (name, short_key) = match issuer {
        Issuer::Certificate(authority, _) => (name_of(authority), authority.public_key.is_short()),
        Issuer::Known(known) => (known.common_name.to_owned(), known.is_weak()),
    };
    let weak = match (leaf.signature_algorithm.is_weak(), short_key) {
        (false, false) => "",
        (true, false) => ", but weak: the digest is SHA-1",
        (false, true) => ", but weak: the issuer's key is short",
        (true, true) => ", but weak: SHA-1 with a short key",
    };
    format!("The signature is that of {name}{weak}.")
}

fn not_signed(leaf: &Certificate, problem: &NoIssuer) -> Answer {
    let issuer = issuer_name(leaf);
    match problem {
        NoIssuer::Unknown => (
            Outcome::NotChecked,
            format!("No key of its issuer {issuer} is at hand; give the issuer's certificate as anchor."),
        ),
        NoIssuer::NotComputed => {
            (Outcome::NotChecked, format!("{} is not computed here.", leaf.signature_algorithm))
        }
        NoIssuer::SignatureFails if leaf.is_sandbox() => (
            Outcome::Fail,
            format!(
                "The signature is not that of the real {issuer}: this is a sandbox's certificate. Give the sandbox's CA as anchor."
            ),
        ),
        NoIssuer::SignatureFails => (
            Outcome::Fail,
            format!(
                "The signature is not that of {issuer}: the certificate was changed, or somebody else made it."
            ),
        ),
        NoIssuer::NotAllowed => (
            Outcome::Fail,
            format!("{issuer} signed it, but is no CA, or none that may stand at this place."),
        ),
    }
}

fn not_chained(current: &Certificate, problem: &NoIssuer) -> Answer {
    let issuer = issuer_name(current);
    match problem {
        NoIssuer::Unknown => (
            Outcome::Fail,
            format!("The issuer of {}, {issuer}, is not among those that are trusted.", name_of(current)),
        ),
        NoIssuer::NotComputed => (
            Outcome::NotChecked,
            format!(
                "The signature of {} is {}, which is not computed here.",
                name_of(current),
                current.signature_algorithm
            ),
        ),
        NoIssuer::SignatureFails => (
            Outcome::Fail,
            format!("{} names {issuer} as its issuer, but does not bear its signature.", name_of(current)),
        ),
        NoIssuer::NotAllowed => (
            Outcome::Fail,
            format!(
                "{issuer}, which issued {}, is no CA, or none that may stand at this place.",
                name_of(current)
            ),
        ),
    }
}

fn with_notes(sentence: String, notes: &[String]) -> String {
    match notes.is_empty() {
        true => sentence,
        false => format!("{sentence} Weak, and accepted: {}.", notes.join("; ")),
    }
}

fn name_of(certificate: &Certificate) -> String {
    certificate.subject.common_name().map_or_else(|| certificate.subject.to_string(), str::to_owned)
}

fn issuer_name(certificate: &Certificate) -> String {
    certificate.issuer.common_name().map_or_else(|| certificate.issuer.to_string(), str::to_owned)
}

fn validity(question: &Question<'_>) -> Answer {
    let Certificate { not_before, not_after, .. } = question.certificate;
    const DAY_S: i64 = 86_400;
    let days = |from: Timestamp, to: Timestamp| (to.as_second() - from.as_second()).div_euclid(DAY_S);
    match question.certificate.validity_at(question.now) {
        Validity::NotYet => (Outcome::Fail, format!("It is not valid before {not_before}.")),
        Validity::Expired => (
            Outcome::Fail,
            format!("It expired at {not_after}, {} days ago.", days(*not_after, question.now)),
        ),
        Validity::Valid => (
            Outcome::Pass,
            format!("It is valid through {not_after}, {} days more.", days(question.now, *not_after)),
        ),
    }
}

fn key_match(question: &Question<'_>) -> Answer {
    match question.key {
        None => (Outcome::NotChecked, "No private key was given to compare with.".to_owned()),
        Some(key) if *key == question.certificate.public_key => {
            (Outcome::Pass, "The private key belongs to this certificate.".to_owned())
        }
        Some(_) => (
            Outcome::Fail,
            "The private key is another certificate's; give the two that were made together.".to_owned(),
        ),
    }
}

fn merchant_id(question: &Question<'_>) -> Answer {
    let class = classify(question.certificate).class;
    let found = question.certificate.subject.common_name().filter(|name| is_merchant_id(name));
    match (question.merchant_id, found, class) {
        (None, Some(found), _) => {
            (Outcome::NotChecked, format!("It names merchant id {found}; none was given to compare with."))
        }
        (Some(wanted), Some(found), _) if wanted == found => {
            (Outcome::Pass, format!("It is the one of merchant id {found}."))
        }
        (Some(wanted), Some(found), _) => {
            (Outcome::Fail, format!("It belongs to merchant id {found}, not to {wanted}."))
        }
        (_, None, Class::MerchantWxpayIssued) => (
            Outcome::NotChecked,
            "Certificates that WeChat Pay issued itself hold no merchant id.".to_owned(),
        ),
        (Some(wanted), None, Class::PlatformRsa | Class::PlatformSm2Test) => (
            Outcome::Fail,
            format!("It is WeChat Pay's own platform certificate, not the one of merchant id {wanted}."),
        ),
        (Some(wanted), None, _) => {
            (Outcome::Fail, format!("It names no merchant id, so it is not the one of {wanted}."))
        }
        (None, None, _) => (Outcome::NotChecked, "It names no merchant id, and none was given.".to_owned()),
    }
}
