//! Judging one example by the policies that it is about.

use std::sync::{Arc, OnceLock};

use crate::check::{Checker, Finding, Report, Standing};
use crate::engine::Coverage;
use crate::manifest::{self, Format, ReadLimits};
use crate::policy::Policy;
use crate::policy::examples::{Example, Kind, Subject};
use crate::rego::{PolicyError, PolicyErrors};
use crate::source::{Input, SourceText, Span, display_name};
use crate::testing::Outcome;

use super::bench::Bench;

/// The policies that examples are about, compiled when the first of these is judged.
pub(super) struct Jury {
    subject: Subject,
    ids: Vec<String>,
    bench: Arc<Bench>,
    checkers: OnceLock<Result<Checkers, PolicyErrors>>,
}

/// What was found in an example.
pub(super) struct Found {
    pub(super) violations: Vec<Finding>,
    /// What exceptions let pass.
    pub(super) waived: Vec<Finding>,
}

struct Checkers {
    rego: Option<Checker>,
    constraints: Option<Checker>,
}

impl Jury {
    pub(super) fn new(subject: Subject, bench: &Arc<Bench>) -> Self {
        let (ids, bench) = (subject.ids(), Arc::clone(bench));
        Self { subject, ids, bench, checkers: OnceLock::new() }
    }

    /// The ids of the policies.
    pub(super) fn ids(&self) -> &[String] {
        &self.ids
    }

    /// Which lines of templates examples have reached.
    pub(super) fn coverage(&self) -> Coverage {
        let checkers = self.checkers.get().and_then(|checkers| checkers.as_ref().ok());
        let constraints = checkers.and_then(|checkers| checkers.constraints.as_ref());
        constraints.map(|checker| checker.coverage(|_| true)).unwrap_or_default()
    }

    /// Whether an example is what it says.
    pub(super) fn outcome(&self, example: &Example) -> Outcome {
        let Found { violations, waived } = match self.found(example) {
            Ok(found) => found,
            Err(errors) => return Outcome::Error(errors),
        };
        match (example.kind, violations.is_empty()) {
            (Kind::Good, true) | (Kind::Bad, false) => Outcome::Passed,
            (Kind::Good, false) => Outcome::failed(caught(&violations)),
            (Kind::Bad, true) => Outcome::failed(self.missed(example, &waived)),
        }
    }

    /// What the policies find in an example, or why it could not be judged.
    pub(super) fn found(&self, example: &Example) -> Result<Found, Vec<PolicyError>> {
        let checkers = self.checkers.get_or_init(|| {
            let rego = self.bench.of_rego(&self.subject);
            Ok(Checkers { rego, constraints: self.bench.of_constraints(&self.subject)? })
        });
        let checkers = match checkers {
            Ok(checkers) => checkers,
            Err(errors) => return Err(errors.0.clone()),
        };
        let mut found = Vec::new();
        for checker in checkers.rego.iter().chain(&checkers.constraints) {
            let report = checker.check(&example.inputs, Vec::new(), &|| {});
            let errors = not_judged(example, &report);
            if !errors.is_empty() {
                return Err(errors);
            }
            found.extend(report.findings.into_iter().filter(|finding| self.is_ours(finding)));
        }
        let (waived, violations) =
            found.into_iter().partition(|finding| finding.standing == Standing::Waived);
        Ok(Found { violations, waived })
    }

    /// One rule may stand for several policies, of which not all are asked for.
    fn is_ours(&self, finding: &Finding) -> bool {
        self.ids.contains(&finding.policy.id)
    }

    /// A bad example that its policies let pass: where the first of them stands, and who else
    /// catches it.
    fn missed(&self, example: &Example, waived: &[Finding]) -> PolicyError {
        let who = match self.ids.as_slice() {
            [one] => format!("`{one}` does not catch"),
            all => format!("none of {} catches", all.join(", ")),
        };
        let message = format!("{who} the bad example `{}`", display_name(&example.path));
        let error = match self.place() {
            Some((text, span)) => {
                let label = "it found nothing".to_owned();
                PolicyError { label, ..PolicyError::at(message, &text, span) }
            }
            None => PolicyError::new(message),
        };
        let mut help = Vec::new();
        if let Some(waived) = waived.first() {
            help.push(format!("an exception lets it pass: {}", waived.message));
        }
        help.extend(self.not_asked(&example.inputs));
        help.push(self.others(&example.inputs));
        error.with_help(help.join("\n"))
    }

    fn place(&self) -> Option<(Arc<SourceText>, Span)> {
        let policy = self.subject.policies.first().map(|it| (Arc::clone(&it.source), it.span));
        policy.or_else(|| {
            let one = self.subject.gatekeeper.first()?;
            Some((Arc::clone(&one.manifest.source), one.naming_node().span))
        })
    }

    /// What kinds there are, where no policy is asked about any of them.
    fn not_asked(&self, inputs: &[Input]) -> Option<String> {
        let asked: Vec<&Policy> = self.subject.policies.iter().map(|policy| &**policy).collect();
        if asked.is_empty() || self.subject.has_constraints() {
            return None;
        }
        let mut kinds = Vec::new();
        for input in inputs {
            let text = input.read().ok()?;
            let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
            let manifests = reading.manifests.into_iter().map(Arc::new);
            for resource in manifests.filter_map(|it| manifest::resources(&it)).flatten() {
                let makes_pods = manifest::pod_template(&resource).is_some();
                let is_asked = |policy: &&Policy| {
                    policy.metadata.applies_to(&resource.id)
                        || makes_pods && policy.metadata.applies_to_pod_templates()
                };
                if asked.iter().any(is_asked) {
                    return None;
                }
                kinds.push(resource.id.kind);
            }
        }
        kinds.sort();
        kinds.dedup();
        Some(format!("its `kinds` keep it from being asked about {}", kinds.join(", ")))
    }

    /// Which other policies catch the example.
    fn others(&self, inputs: &[Input]) -> String {
        let found = self.bench.findings(inputs);
        let others = found.iter().filter(|finding| finding.standing != Standing::Waived);
        let mut told: Vec<_> = others
            .filter(|finding| !self.is_ours(finding))
            .map(|finding| format!("{}: {}", finding.policy.id, finding.message))
            .collect();
        told.sort();
        told.dedup();
        match told.as_slice() {
            [] => "no other policy catches it either".to_owned(),
            told => format!("another policy catches it: {}", told.join("\n")),
        }
    }
}

/// What kept an example from being judged, all of it.
fn not_judged(example: &Example, report: &Report) -> Vec<PolicyError> {
    let mut errors: Vec<_> = report.errors.iter().cloned().map(PolicyError::from).collect();
    let name = display_name(&example.path);
    if report.summary.skipped > 0 {
        let message = format!("`{name}` has a document that is no manifest: it was not judged");
        errors.push(PolicyError::new(message).with_help(
            "a manifest has at least two of: `apiVersion`; `kind`; `metadata` or `spec`",
        ));
    } else if errors.is_empty() && report.summary.resources == 0 {
        errors.push(PolicyError::new(format!("`{name}` holds nothing to judge")));
    }
    errors
}

/// What was found in a good example, each in its place.
fn caught(found: &[Finding]) -> PolicyError {
    let mut errors = found.iter().map(|finding| {
        let message =
            format!("`{}` catches a good example: {}", finding.policy.id, finding.message);
        let Some(place) = &finding.place else { return PolicyError::new(message) };
        let label = match &place.missing {
            Some(missing) => format!("`{missing}` is missing"),
            None => "this is caught".to_owned(),
        };
        PolicyError { label, ..PolicyError::at(message, &place.text, place.span) }
    });
    let first = errors.next().unwrap_or_else(|| PolicyError::new("something was found"));
    errors.fold(first, PolicyError::with_related)
}
