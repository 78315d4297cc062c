//! `JUnit` XML, as the test pages of CI systems read it: a suite for each file, a case for each
//! finding.

use std::collections::{BTreeMap, HashMap};
use std::io;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::check::{Finding, Problem, Report, Standing};
use crate::locate::PlaceSource;

use super::anchor::Anchor;
use super::{explanation, standing};

/// The suite of what stands in no file.
const NOWHERE: &str = "manifestly";

pub(super) fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let mut suites = Suites::default();
    for finding in &report.findings {
        suites.add_finding(finding);
    }
    for problem in &report.errors {
        suites.add_problem(problem);
    }
    if suites.0.is_empty() {
        // CI systems take a report without a test for a broken one.
        suites.add(None, "no violations".to_owned(), TestCaseStatus::success());
    }
    let mut xml = quick_junit::Report::new("manifestly");
    xml.add_test_suites(suites.0.into_values().map(|suite| suite.xml));
    let text = xml.to_string().map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

struct Suite {
    xml: TestSuite,
    names: HashMap<String, usize>,
}

/// Suites by the name of their file.
#[derive(Default)]
struct Suites(BTreeMap<String, Suite>);

impl Suites {
    fn add_finding(&mut self, finding: &Finding) {
        let anchor = Anchor::of_finding(finding);
        let told = told(finding, anchor.as_ref());
        let (status, output) = match (standing::let_pass(finding.standing), finding.standing) {
            (Some(why), _) => {
                let mut status = TestCaseStatus::skipped();
                status.set_message(why).set_description(told);
                (status, None)
            }
            (None, Standing::Blocking) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
                let kind = finding.severity.map_or(finding.level.as_str(), |s| s.as_str());
                status
                    .set_message(explanation::one_line(&finding.message))
                    .set_type(kind)
                    .set_description(told);
                (status, None)
            }
            (None, _) => (TestCaseStatus::success(), Some(told)),
        };
        let case = self.add(anchor.as_ref(), name(finding), status);
        if let Some(output) = output {
            case.set_system_out(output);
        }
    }

    fn add_problem(&mut self, problem: &Problem) {
        let anchor = Anchor::of_problem(problem);
        let mut lines: Vec<_> = anchor.iter().map(ToString::to_string).collect();
        lines.push(problem.message.clone());
        lines.extend(problem.help.iter().map(|help| format!("\nFix: {help}")));
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status
            .set_message(explanation::one_line(&problem.message))
            .set_type(problem.kind.as_str())
            .set_description(lines.join("\n"));
        self.add(anchor.as_ref(), format!("{} error", problem.kind.as_str()), status);
    }

    /// Adds a case under a name that no other case of its suite has: where two share one, CI
    /// systems keep the first and drop the other.
    fn add(
        &mut self,
        anchor: Option<&Anchor>,
        name: String,
        status: TestCaseStatus,
    ) -> &mut TestCase {
        let file = anchor.map_or(NOWHERE, |anchor| &anchor.file);
        let suite = self
            .0
            .entry(file.to_owned())
            .or_insert_with(|| Suite { xml: TestSuite::new(file), names: HashMap::new() });
        let count = suite.names.entry(name.clone()).or_default();
        *count += 1;
        let name = if *count == 1 { name } else { format!("{name} ({count})") };
        let mut case = TestCase::new(name, status);
        case.set_classname(file);
        if let Some(anchor) = anchor {
            case.extra.insert("file".into(), file.into());
            if let Some(region) = anchor.region {
                case.extra.insert("line".into(), region.line.to_string().into());
            }
        }
        suite.xml.add_test_case(case);
        let last = suite.xml.test_cases.len() - 1;
        &mut suite.xml.test_cases[last]
    }
}

/// The policy, the resource and the path in it, or the words where there is no path: the same from
/// run to run, whatever moves.
fn name(finding: &Finding) -> String {
    let id = &finding.policy.id;
    match &finding.place {
        Some(place) if place.source != PlaceSource::Resource => {
            let resource = finding.resource.as_ref();
            let resource = resource.map(|resource| format!(": {resource}")).unwrap_or_default();
            format!("{id}{resource} at {}", place.path)
        }
        _ => format!("{id}: {}", explanation::one_line(&explanation::sentence(finding))),
    }
}

fn told(finding: &Finding, anchor: Option<&Anchor>) -> String {
    let mut told: Vec<_> = anchor.iter().map(ToString::to_string).collect();
    told.push(explanation::sentence(finding));
    let explanation = explanation::text(&finding.policy.metadata);
    if !explanation.is_empty() {
        told.push(format!("\n{explanation}"));
    }
    told.join("\n")
}
