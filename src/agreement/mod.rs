//! The agreement between those who run a platform and those who build on it: from when a policy
//! counts, and what is let pass.
//!
//! ```
//! use manifestly::agreement::{Agreement, Standing};
//! use manifestly::check::{Checker, Options};
//! use manifestly::policy::{Loader, date};
//!
//! let rego = "# METADATA\n# custom: {rollout: {enforce_from: 2026-12-15}}\npackage team\n\
//!             deny contains \"no name\" if not input.name";
//! let policies = Loader::new().policy_text("team.rego", rego).load().unwrap();
//! let agreement = Agreement::of(date("2026-12-01").unwrap());
//! let options = Options { agreement: agreement.into(), ..Options::default() };
//! let checker = Checker::with_options(policies, options).unwrap();
//! let report = checker.check_value(&serde_json::json!({"kind": "Thing"}));
//! assert_eq!(report.findings[0].standing, Standing::Upcoming);
//! ```

mod baseline;
mod basis;
mod fingerprint;
mod notice;
mod phase;
mod since;
mod standing;
mod today;
pub mod waiver;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;

use crate::manifest::{Pointer, ResourceId};
use crate::policy::{Level, Policy};

pub use crate::digest::Digest;
pub use baseline::{Allowance, Baseline, Change, Stood, Syntax};
pub use basis::Basis;
pub use fingerprint::{Fingerprint, ResourceNames, Said};
pub use notice::{notice, verb};
pub use phase::{Phase, Step};
pub use since::{Reading, Since};
pub use standing::Standing;
pub use today::today;

use waiver::{Found, Waiver, WaiverRecord, Waivers};

/// The labels of a resource.
pub type Labels = BTreeMap<String, String>;

/// What findings are held against.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// The day that dates are held against.
    pub as_of: NaiveDate,
    /// Whether policies that are not announced yet are told of.
    pub upcoming: bool,
    /// Agreed exceptions.
    pub waivers: Waivers,
    /// What stood when policies came.
    pub baseline: Option<Arc<Baseline>>,
    /// What has not changed since a revision.
    pub since: Option<Arc<Since>>,
}

impl Default for Agreement {
    fn default() -> Self {
        Self::of(today())
    }
}

/// A violation as far as an agreement can be about it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'s> {
    /// The policy that is violated.
    pub policy: &'s Policy,
    /// What the violation asks for.
    pub level: Level,
    /// The resource, where there is one.
    pub resource: Option<&'s ResourceId>,
    /// Its labels.
    pub labels: &'s Labels,
    /// The file, as it was named in the run; empty where there is none.
    pub file: &'s str,
    /// The place in the document, where one is known.
    pub path: Option<&'s Pointer>,
    /// The same with members of lists by their names, from the root of the resource.
    pub stable_path: Option<&'s str>,
    /// Why it stands as it does already: a rule of the policies made an exception of it.
    pub agreed: Option<&'s Agreed>,
}

/// Why a violation is let pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "by", rename_all = "lowercase")]
pub enum Agreed {
    /// A rule `exception` of the policies says so.
    Exception,
    /// A waiver does.
    Waiver {
        /// The waiver.
        #[schemars(with = "WaiverRecord")]
        waiver: Arc<Waiver>,
    },
    /// The baseline says that it stood when its policy came.
    Baseline,
    /// Its resource has not changed since a revision.
    Since {
        /// The revision, as it was asked for.
        revision: String,
    },
}

/// What an agreement makes of a violation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Its policy is not announced, and nobody asked for what is to come.
    Unannounced,
    /// It stands.
    Stands {
        /// How.
        standing: Standing,
        /// How far the rollout of its policy has come.
        phase: Phase,
        /// Why it is let pass, if it is.
        agreed: Option<Agreed>,
        /// The waivers that are about it.
        waivers: Found,
    },
}

impl Agreement {
    /// An agreement as of a day, without exceptions.
    pub fn of(as_of: NaiveDate) -> Self {
        let waivers = Waivers::default();
        Self { as_of, upcoming: false, waivers, baseline: None, since: None }
    }

    /// Whether violations of a policy may stand otherwise than their level says.
    pub fn concerns(&self, policy: &Policy) -> bool {
        self.baseline.is_some()
            || self.since.is_some()
            || !policy.metadata.rollout.is_empty()
            || self.waivers.concern(policy)
    }

    /// How a violation stands.
    pub fn settle(&self, subject: &Subject<'_>) -> Settled {
        let phase = Phase::of(&subject.policy.metadata.rollout, self.as_of);
        if phase == Phase::Unannounced && !self.upcoming {
            return Settled::Unannounced;
        }
        // What a policy excepts by itself needs no waiver.
        let (agreed, waivers) = match subject.agreed {
            Some(agreed) => (Some(agreed.clone()), Found::default()),
            None => {
                let found = self.waivers.find(subject);
                let by = found.by.and_then(|number| self.waivers.get(number));
                let waiver = by.map(|weighed| Arc::clone(&weighed.waiver));
                (waiver.map(|waiver| Agreed::Waiver { waiver }), found)
            }
        };
        let standing = match &agreed {
            Some(Agreed::Exception | Agreed::Waiver { .. }) => Standing::Waived,
            Some(Agreed::Baseline | Agreed::Since { .. }) => Standing::Baselined,
            None => Standing::due(phase, subject.level),
        };
        Settled::Stands { standing, phase, agreed, waivers }
    }
}
