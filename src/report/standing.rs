//! What a finding's standing means to formats that know no standings.

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
        (Standing::Waived | Standing::Baselined, _) | (_, Level::Info) => Volume::Notice,
        (Standing::Warning | Standing::Upcoming, _) => Volume::Warning,
    }
}

/// Whether a finding is let pass for a reason of its own, and which.
pub(super) fn let_pass(standing: Standing) -> Option<&'static str> {
    match standing {
        Standing::Waived => Some("waived by an exception"),
        Standing::Baselined => Some("stood before its policy came"),
        Standing::Blocking | Standing::Warning | Standing::Upcoming => None,
    }
}
