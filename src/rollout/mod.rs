//! What changes when: dates of policies and ends of waivers that are ahead, and what they stop here.
//!
//! ```
//! use manifestly::agreement::{Agreement, Standing};
//! use manifestly::check::{Checker, Options};
//! use manifestly::policy::{Loader, date};
//! use manifestly::rollout::Calendar;
//!
//! let rego = "# METADATA\n# custom: {rollout: {enforce_from: 2026-12-15}}\npackage team\n\
//!             deny contains \"no name\" if not input.name";
//! let policies = Loader::new().policy_text("team.rego", rego).load().unwrap();
//! let agreement = Agreement { upcoming: true, ..Agreement::of(date("2026-12-01").unwrap()) };
//! let options = Options { agreement: agreement.into(), ..Options::default() };
//! let checker = Checker::with_options(policies, options).unwrap();
//! let report = checker.check_value(&serde_json::json!({"kind": "Thing"}));
//! let calendar = Calendar::of(&checker, &report).unwrap();
//! let change = &calendar.changes[0];
//! assert_eq!(change.on.to_string(), "2026-12-15");
//! assert_eq!((change.becomes(), change.turn_blocking), (Standing::Blocking, 1));
//! ```

mod format;

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use chrono::NaiveDate;

use crate::agreement::waiver::Waiver;
use crate::agreement::{Agreed, Agreement, Phase, Settled, Standing, Step, verb};
use crate::check::{Checker, Finding, Problem, Reported};
use crate::policy::{Level, Policy};

pub use format::{Format, Layout, write};

/// Something that changes on a day.
#[derive(Clone, Debug)]
pub struct Change {
    /// The day.
    pub on: NaiveDate,
    /// What changes.
    pub what: What,
    /// How many findings it is about here, without those that are let pass on that day.
    pub findings: usize,
    /// How many of these block from that day on and don't the day before.
    pub turn_blocking: usize,
}

/// What changes.
#[derive(Clone, Debug)]
pub enum What {
    /// A policy comes further.
    Policy {
        /// The policy.
        policy: Arc<Policy>,
        /// What its violations become.
        becomes: Standing,
    },
    /// A waiver has ended the day before.
    Waiver(Arc<Waiver>),
}

/// What is ahead, soonest first.
#[derive(Clone, Debug)]
pub struct Calendar {
    /// The day that it is seen from.
    pub as_of: NaiveDate,
    /// The changes, in the order of days, policies and waivers.
    pub changes: Vec<Change>,
    /// Policies that are announced, or will be, and don't say from when they count.
    pub undated: Vec<Arc<Policy>>,
    /// How many findings will turn blocking.
    pub turn_blocking: usize,
    /// How many resources were looked at.
    pub resources: usize,
    /// What could not be judged.
    pub errors: Vec<Problem>,
}

/// A policy as dates have it, one id may have rules that deny and rules that warn; or a waiver by
/// its file and line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Policy(String, Level),
    Waiver(String, usize),
}

impl Key {
    fn of_policy(policy: &Policy) -> Self {
        Self::Policy(policy.id.clone(), policy.level)
    }

    fn of_waiver(waiver: &Waiver) -> Self {
        Self::Waiver(waiver.file().to_owned(), waiver.line())
    }
}

/// The changes of each day, and how matters stand from then on.
type Days = BTreeMap<NaiveDate, (BTreeMap<Key, Change>, Option<Agreement>)>;

impl Calendar {
    /// What is ahead of a checker's policies and waivers, and what that means for what a run of it
    /// found. The run must have told of [what is not announced](Agreement::upcoming), too.
    ///
    /// # Errors
    ///
    /// What reading back the findings gives.
    pub fn of(checker: &Checker, report: &dyn Reported) -> io::Result<Self> {
        let today = checker.agreement();
        let as_of = today.as_of;
        let mut undated: BTreeMap<Key, Arc<Policy>> = BTreeMap::new();
        let mut days = Days::new();
        let mut add = |on, key, what| {
            let change = Change { on, what, findings: 0, turn_blocking: 0 };
            days.entry(on).or_default().0.entry(key).or_insert(change);
        };
        for policy in checker.all_policies() {
            let rollout = &policy.metadata.rollout;
            let key = Key::of_policy(&policy);
            if !rollout.is_empty() && rollout.warn_from.or(rollout.enforce_from).is_none() {
                undated.entry(key.clone()).or_insert_with(|| Arc::clone(&policy));
            }
            for Step { on, phase } in Phase::steps(rollout, policy.level, as_of) {
                let becomes = Standing::due(phase, policy.level);
                add(on, key.clone(), What::Policy { policy: Arc::clone(&policy), becomes });
            }
        }
        for weighed in today.waivers.each().iter().filter(|weighed| weighed.holds()) {
            let waiver = &weighed.waiver;
            if let Some(on) = waiver.expires.succ_opt() {
                add(on, Key::of_waiver(waiver), What::Waiver(Arc::clone(waiver)));
            }
        }
        for (day, (_, then)) in &mut days {
            *then = Some(checker.agreement_on(*day));
        }
        let mut turn_blocking = 0;
        report.windows(&mut |window| {
            window.iter().for_each(|finding| turn_blocking += turns(finding, &mut days));
            Ok(())
        })?;
        let changes = days.into_values().flat_map(|(changes, _)| changes.into_values());
        Ok(Self {
            as_of,
            changes: changes.collect(),
            undated: undated.into_values().collect(),
            turn_blocking,
            resources: report.summary().resources,
            errors: report.errors().to_vec(),
        })
    }

    /// How many days it is from the day that it is seen from.
    pub fn days_to(&self, change: &Change) -> i64 {
        (change.on - self.as_of).num_days()
    }

    /// 2 if something could not be judged, else 0.
    pub fn exit_code(&self) -> u8 {
        if self.errors.is_empty() { 0 } else { 2 }
    }
}

/// Counts what becomes of a finding day by day, and how often it turns blocking.
fn turns(finding: &Finding, days: &mut Days) -> usize {
    // What stood goes on standing: no day ends it.
    if finding.standing == Standing::Baselined {
        return 0;
    }
    let key = Key::of_policy(&finding.policy);
    let (mut standing, mut agreed) = (finding.standing, finding.agreed.clone());
    let mut turned = 0;
    for (changes, then) in days.values_mut() {
        let Some(then) = then else { continue };
        let Settled::Stands { standing: next, agreed: why, .. } = then.settle(&finding.subject())
        else {
            continue;
        };
        let ended = match &agreed {
            Some(Agreed::Waiver { waiver }) if !next.is_let_pass() => Some(Key::of_waiver(waiver)),
            _ => None,
        };
        let blocks = next == Standing::Blocking && standing != Standing::Blocking;
        let is_known = |key: &&Key| changes.contains_key(key);
        let cause = ended.as_ref().filter(is_known).or(Some(&key).filter(is_known)).cloned();
        if let Some(change) = cause.and_then(|cause| changes.get_mut(&cause)) {
            change.findings += usize::from(!next.is_let_pass());
            change.turn_blocking += usize::from(blocks);
            turned += usize::from(blocks);
        }
        (standing, agreed) = (next, why);
    }
    turned
}

impl Change {
    /// What it does from then on.
    pub fn verb(&self) -> &'static str {
        match &self.what {
            What::Policy { policy, becomes } => verb(*becomes, policy.level),
            What::Waiver(_) => "has ended",
        }
    }

    /// What its violations become: as its policy says, else blocking or less.
    pub fn becomes(&self) -> Standing {
        match &self.what {
            What::Policy { becomes, .. } => *becomes,
            What::Waiver(_) if self.turn_blocking > 0 => Standing::Blocking,
            What::Waiver(_) => Standing::Warning,
        }
    }

    /// The policy's id.
    pub fn policy(&self) -> &str {
        match &self.what {
            What::Policy { policy, .. } => &policy.id,
            What::Waiver(waiver) => &waiver.policy,
        }
    }
}
