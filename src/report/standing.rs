//! What a finding's standing means to formats that know no standings.

use crate::agreement::Agreed;
use crate::check::{Finding, Standing};
use crate::policy::Level;

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
pub(super) fn let_pass(finding: &Finding) -> Option<&'static str> {
    match (finding.standing, &finding.agreed) {
        (Standing::Waived, Some(Agreed::Exception) | None) => Some("waived by an exception"),
        (Standing::Baselined, _) => Some("stood before its policy came"),
        (Standing::Blocking | Standing::Warning | Standing::Upcoming, _) => None,
    }
}
