//! Who may approve a waiver, and how that is known.

use chrono::NaiveDate;
use serde::Deserialize;

use crate::policy::WaiverTerms;

use super::fault::{Fault, FaultKind};
use super::pattern;
use super::{Rules, Waiver};

/// What signatures of waivers are made for, so that none made for something else will do.
pub const NAMESPACE: &str = "manifestly-waiver";

/// What makes a waiver approved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Approval {
    /// Its file names one who may approve. Whoever writes the file can do that.
    #[default]
    Named,
    /// It is signed by a key of the one whom it names.
    Signed,
}

impl Approval {
    /// The name in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Named => "named",
            Self::Signed => "signed",
        }
    }
}

/// What a signature should show.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(feature = "signatures"), allow(dead_code))]
pub(super) struct Question<'q> {
    /// Who should have made it.
    pub(super) identity: &'q str,
    /// Over which text.
    pub(super) payload: &'q str,
    /// The day on which it should count.
    pub(super) as_of: NaiveDate,
}

/// Those who may approve waivers of a policy: whom it names, else whom the settings name. An empty
/// list is anybody; with signatures, anybody whose keys are known.
pub(super) fn approvers<'r>(terms: &'r WaiverTerms, rules: &'r Rules) -> &'r [String] {
    if terms.approvers.is_empty() { &rules.approvers } else { &terms.approvers }
}

/// Why a waiver is not approved, if it isn't.
pub(super) fn lacking(
    waiver: &Waiver,
    terms: &WaiverTerms,
    rules: &Rules,
    as_of: NaiveDate,
) -> Option<Fault> {
    let approvers = approvers(terms, rules);
    let at = |message: String, key: &str, help: String| {
        let span = match key {
            "signature" => waiver.signature_span(),
            _ => waiver.span(&["spec", key]),
        };
        Some(Fault::new(FaultKind::Unapproved, message, span).with_help(help))
    };
    let who = if approvers.is_empty() { String::new() } else { format!(" ({})", list(approvers)) };
    let sign = format!("`manifestly waiver approve {} --key KEY`", waiver.file());
    let how = match rules.approval {
        Approval::Named => {
            format!("one who may approve it{who} puts their name under `approvedBy`")
        }
        Approval::Signed => format!("one who may approve it{who} signs it: {sign}"),
    };
    let Some(approver) = &waiver.approved_by else {
        return at("nobody has approved the waiver".to_owned(), "policy", how);
    };
    if waiver.requested_by.as_ref() == Some(approver) {
        let message = format!("`{approver}` can't approve what they asked for themselves");
        return at(message, "approvedBy", how);
    }
    if !approvers.is_empty() && !approvers.iter().any(|known| pattern::matches(known, approver)) {
        let message = format!("`{approver}` may not approve waivers of `{}`", waiver.policy);
        return at(message, "approvedBy", format!("those who may: {}", list(approvers)));
    }
    match rules.approval {
        Approval::Named => None,
        Approval::Signed => {
            let Some(signature) = &waiver.signature else {
                let message = format!("`{approver}` has not signed the waiver");
                return at(message, "approvedBy", format!("with their key: {sign}"));
            };
            let question = Question { identity: approver, payload: &waiver.payload(), as_of };
            let unverified = match &rules.signers {
                Some(signers) => signers.verify(&question, signature).err()?,
                None => {
                    return at(
                        "no file says whose signatures count".to_owned(),
                        "signature",
                        "name one by `--allowed-signers FILE`, or in manifestly.toml".to_owned(),
                    );
                }
            };
            at(unverified.to_string(), "signature", unverified.help(&sign))
        }
    }
}

pub(super) fn list(names: &[String]) -> String {
    names.join(", ")
}
