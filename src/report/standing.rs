//! What a finding's standing means to formats that know no standings.

use crate::agreement::Agreed;
use crate::agreement::waiver::Waiver;
use crate::check::{Finding, Standing};
use crate::policy::Level;

use super::explanation;

/// How loudly a finding is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Volume {
    Error,
    Warning,
    Notice,
}

pub(super) fn volume(finding: &Finding) -> Volume {
    match (finding.standing, finding.level) {
        (Standing::Blocking, _) => Volume::Error,
        (Standing::Warning, Level::Deny | Level::Warn) => Volume::Warning,
        (Standing::Warning, Level::Info) => Volume::Notice,
        (Standing::Upcoming | Standing::Waived | Standing::Baselined, _) => Volume::Notice,
    }
}

/// The word for what a finding asks for, whether or not it is let pass.
pub(super) fn asks(finding: &Finding) -> &'static str {
    match (finding.due(), finding.level) {
        (Standing::Upcoming, _) => "upcoming",
        (Standing::Blocking, _) => Level::Deny.as_str(),
        (_, Level::Info) => Level::Info.as_str(),
        _ => Level::Warn.as_str(),
    }
}

/// Why a finding is let pass, if it is.
pub(super) fn let_pass(finding: &Finding) -> Option<String> {
    let why = match (finding.standing, &finding.agreed) {
        (Standing::Waived, Some(Agreed::Waiver { waiver })) => {
            return Some(format!("waived {}", waived(waiver)));
        }
        (Standing::Waived, _) => Some("waived by an exception"),
        (Standing::Baselined, Some(Agreed::Since { revision })) => {
            return Some(format!("has not changed since {revision}"));
        }
        (Standing::Baselined, _) => Some("stood before its policy came"),
        (Standing::Blocking | Standing::Warning | Standing::Upcoming, _) => None,
    };
    why.map(str::to_owned)
}

/// Until when a waiver lets pass, who agreed and why.
pub(super) fn waived(waiver: &Waiver) -> String {
    let by = waiver.approved_by.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    let ticket = waiver.ticket.as_ref().map(|ticket| format!(" ({ticket})")).unwrap_or_default();
    let reason = explanation::one_line(&waiver.reason);
    format!("until {}{by}: {reason}{ticket}", waiver.expires)
}
