//! What the report for people says of waivers: the command that asks for one, and what is worth a
//! look.

use chrono::{Days, NaiveDate};
use miette::{Diagnostic, LabeledSpan, SourceCode};

use crate::check::{Finding, Problem, Standing};
use crate::policy::Policy;

use super::anchor::is_path;
use super::change::quoted;

/// How long a waiver lasts that nobody has thought about yet.
const DAYS: u32 = 30;

/// What a waiver would be for: the file of a finding that blocks, or its resource where it is in no
/// file.
pub(super) fn target(finding: &Finding) -> Option<String> {
    if finding.standing == Standing::Blocking { subject(finding) } else { None }
}

/// The command that asks for a waiver of a finding, or why there is none.
pub(crate) fn command(finding: &Finding, as_of: NaiveDate) -> Option<String> {
    commands(&finding.policy, &[subject(finding)?], as_of).pop()
}

fn subject(finding: &Finding) -> Option<String> {
    if is_path(finding.file()) && !finding.file().is_empty() {
        return Some(quoted(finding.file()));
    }
    let id = finding.resource.as_ref().filter(|id| !id.kind.is_empty() && !id.name.is_empty())?;
    let names = [&id.kind, &id.namespace, &id.name].map(String::as_str);
    let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    Some(quoted(&names.join("/")))
}

/// The commands that ask for waivers, or why none is granted.
pub(super) fn commands(policy: &Policy, targets: &[String], as_of: NaiveDate) -> Vec<String> {
    let terms = &policy.metadata.waiver;
    if targets.is_empty() {
        return Vec::new();
    }
    if terms.allowed == Some(false) {
        return vec!["no waivers are granted".to_owned()];
    }
    let days = terms.max_days.unwrap_or(DAYS).min(DAYS);
    let until = as_of.checked_add_days(Days::new(days.into())).unwrap_or(as_of);
    let id = quoted(&policy.id);
    let command =
        |target: &String| format!("manifestly waive {id} {target} --until {until} --reason '..'");
    targets.iter().map(command).collect()
}

/// A problem that decides nothing.
#[derive(Debug)]
pub(super) struct Softly<'p>(pub(super) &'p Problem);

impl std::fmt::Display for Softly<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Softly<'_> {}

impl Diagnostic for Softly<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Warning)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.0.help()
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::Checker;
    use crate::policy::{Loader, date};

    #[test]
    fn a_waiver_lasts_no_longer_than_the_policy_grants() {
        let commands = |waiver: &str| {
            let rego = format!(
                "# METADATA\n# custom: {{id: a, waiver: {{{waiver}}}}}\npackage p\ndeny contains \
                 \"no\" if true"
            );
            let policies = Loader::new().policy_text("p.rego", &rego).load().unwrap();
            let value = serde_json::json!({
                "kind": "Pod", "metadata": {"name": "web", "namespace": "shop"},
            });
            let report = Checker::new(policies).unwrap().check_value(&value);
            let finding = &report.findings[0];
            let targets = [target(finding).unwrap()];
            super::commands(&finding.policy, &targets, date("2026-11-30").unwrap()).remove(0)
        };
        assert_eq!(
            commands(""),
            "manifestly waive a Pod/shop/web --until 2026-12-30 --reason '..'"
        );
        assert!(commands("max_days: 7").contains("--until 2026-12-07"));
        assert!(commands("max_days: 90").contains("--until 2026-12-30"));
        assert_eq!(commands("allowed: false"), "no waivers are granted");
    }
}
