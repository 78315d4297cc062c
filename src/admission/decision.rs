//! Decisions: whether a request may go on, and what is said of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::agreement::{Agreed, Basis, Standing};
use crate::check::{Amended, Finding, Judged};
use crate::fix::Patch;
use crate::manifest::AdmissionRequest;

use super::message;

/// What becomes of a request that could not be judged by all policies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum OnError {
    /// It is denied
    #[default]
    Deny,
    /// It is let through, with a warning
    Allow,
}

/// Whether a request may go on, and what is said of it.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The version of the review, in which it is answered.
    pub api_version: String,
    /// What the request is known by.
    pub uid: String,
    /// What the verdict rests on, in short: the same as `check` tells.
    pub decision: String,
    /// Whether the request may go on.
    pub allowed: bool,
    /// Whether something could not be judged.
    pub is_error: bool,
    /// Why it may not; empty where it may.
    pub message: String,
    /// What is said to the one who asks and stops nothing, each in one line.
    pub warnings: Vec<String>,
    /// What the audit log of the API server keeps of it.
    pub audit: BTreeMap<&'static str, String>,
    /// What is changed about the object before it is kept, from its top on.
    pub patch: Patch,
    /// What it was made of.
    pub judged: Judged,
}

/// Decides about a request by what judging it gave.
pub fn decide(
    request: &AdmissionRequest,
    judged: Judged,
    basis: &Basis,
    on_error: OnError,
) -> Decision {
    let standing =
        |wanted: Standing| judged.findings.iter().filter(move |it| it.standing == wanted);
    let blocking = judged.blocking();
    let is_error = !judged.problems.is_empty();
    let denied_by_error = is_error && on_error == OnError::Deny;
    let allowed = blocking.is_empty() && !denied_by_error;
    let problems = if denied_by_error { judged.problems.as_slice() } else { &[] };
    let message =
        if allowed { String::new() } else { message::denial(request, &blocking, problems, basis) };
    let mut told: Vec<_> =
        standing(Standing::Warning).chain(standing(Standing::Upcoming)).collect();
    told.sort_by_key(|finding| finding.standing);
    let mut warnings: Vec<_> =
        told.iter().map(|finding| message::warning(finding, basis.as_of)).collect();
    if is_error && !denied_by_error {
        warnings.splice(0..0, judged.problems.iter().map(message::unjudged));
    }
    let mut decision = Decision::open(&request.api_version, &request.uid, basis);
    annotate(&mut decision.audit, &judged, request);
    let warnings = message::few(warnings);
    Decision { allowed, is_error, message, warnings, judged, ..decision }
}

/// The decision about a request that nothing could be found out about: why, in one line.
pub fn failed(
    api_version: &str,
    uid: &str,
    reason: &str,
    basis: &Basis,
    on_error: OnError,
) -> Decision {
    let allowed = on_error == OnError::Allow;
    let said = format!("could not be judged: {reason}");
    let message = if allowed {
        String::new()
    } else {
        format!("the request {said}\n{}", message::foot(uid, basis))
    };
    let warnings = if allowed { vec![message::line(&said)] } else { Vec::new() };
    let mut decision = Decision::open(api_version, uid, basis);
    decision.audit.insert("errors", reason.to_owned());
    Decision { allowed, is_error: true, message, warnings, ..decision }
}

/// The decision to let a request through with what was amended about its object: what is wrong with
/// it beyond that is for others to say.
pub fn amended_by(request: &AdmissionRequest, amended: Amended, basis: &Basis) -> Decision {
    let Amended { patch, made } = amended;
    let mut decision = Decision::open(&request.api_version, &request.uid, basis);
    let ids: BTreeSet<_> = made.iter().map(|finding| finding.policy.id.as_str()).collect();
    if !ids.is_empty() {
        decision.audit.insert("mended", ids.into_iter().collect::<Vec<_>>().join(", "));
    }
    let warnings = made.iter().map(|finding| message::mended(finding, request)).collect();
    Decision { warnings: message::few(warnings), patch, ..decision }
}

impl Decision {
    /// A request goes on about which nothing is said.
    fn open(api_version: &str, uid: &str, basis: &Basis) -> Self {
        let decision = basis.decision.clone();
        let audit = [("decision", decision.clone()), ("policies", basis.policies.to_string())];
        Self {
            api_version: api_version.to_owned(),
            uid: uid.to_owned(),
            decision,
            allowed: true,
            is_error: false,
            message: String::new(),
            warnings: Vec::new(),
            audit: audit.into(),
            patch: Patch::default(),
            judged: Judged::default(),
        }
    }
}

/// What the audit log keeps of a verdict.
fn annotate(
    audit: &mut BTreeMap<&'static str, String>,
    judged: &Judged,
    request: &AdmissionRequest,
) {
    let ids = |wanted: Standing| {
        let of = judged.findings.iter().filter(|finding| finding.standing == wanted);
        let ids: BTreeSet<_> = of.map(|finding| finding.policy.id.as_str()).collect();
        ids.into_iter().collect::<Vec<_>>().join(", ")
    };
    let mut add = |key: &'static str, text: String| {
        if !text.is_empty() {
            audit.insert(key, text);
        }
    };
    add("denied-by", ids(Standing::Blocking));
    add("warned-by", ids(Standing::Warning));
    add("upcoming", ids(Standing::Upcoming));
    add("baselined", ids(Standing::Baselined));
    let waived: BTreeSet<_> = judged.findings.iter().filter_map(waived).collect();
    add("waived", waived.into_iter().collect::<Vec<_>>().join(", "));
    let errors: Vec<_> = judged.problems.iter().map(ToString::to_string).collect();
    add("errors", errors.join("; "));
    add("dry-run", if request.dry_run { "true".to_owned() } else { String::new() });
}

/// The policy of what is waived, and by which waiver.
fn waived(finding: &Finding) -> Option<String> {
    let id = &finding.policy.id;
    match finding.agreed.as_ref()? {
        Agreed::Waiver { waiver } => {
            let name = waiver.name.as_deref().unwrap_or("a waiver");
            Some(format!("{id} by {name} until {}", waiver.expires))
        }
        Agreed::Exception => Some(format!("{id} by an exception of the policy")),
        Agreed::Baseline | Agreed::Since { .. } => None,
    }
}
