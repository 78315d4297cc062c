//! `JUnit` XML, as the test pages of CI systems read it: a suite for each file, a case for each
//! finding.

use std::collections::{BTreeMap, HashMap};
use std::io;

use chrono::NaiveDate;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::agreement::Basis;
use crate::check::{Finding, Problem, Reported, Standing};
use crate::locate::PlaceSource;

use super::anchor::Anchor;
use super::{explanation, standing};

/// The suite of what stands in no file.
const NOWHERE: &str = "manifestly";

pub(super) fn write(report: &dyn Reported, out: &mut dyn io::Write) -> io::Result<()> {
    let mut xml = quick_junit::Report::new("manifestly");
    let mut in_order = true;
    let mut last = String::new();
    report.windows(&mut |window| {
        for finding in window {
            xml.tests += 1;
            xml.failures += usize::from(finding.standing == Standing::Blocking);
            let file = finding.place.as_ref().map_or(NOWHERE, |place| place.text.name());
            if file != last {
                in_order &= *file > *last;
                file.clone_into(&mut last);
            }
        }
        Ok(())
    })?;
    xml.tests += report.errors().len() + report.warnings().len();
    xml.errors += report.errors().len();
    let as_of = report.summary().as_of;
    let (by_file, problems) = (BTreeMap::new(), BTreeMap::new());
    let basis = report.summary().basis.as_ref();
    let mut suites = Suites { by_file, problems, as_of, basis };
    if xml.tests == 0 {
        // CI systems take a report without a test for a broken one.
        suites.add(None, "no violations".to_owned(), TestCaseStatus::success());
        xml.tests += 1;
    }
    let errors = report.errors().iter().map(|problem| (problem, true));
    let problems = errors.chain(report.warnings().iter().map(|warning| (warning, false)));
    for (problem, is_error) in problems {
        let anchor = Anchor::of_problem(problem);
        let file = anchor.map_or_else(|| NOWHERE.to_owned(), |anchor| anchor.file);
        suites.problems.entry(file).or_default().push((problem, is_error));
    }
    let whole = xml.to_string().map_err(io::Error::other)?;
    let head = whole.strip_suffix(END).unwrap_or(&whole);
    out.write_all(head.as_bytes())?;
    report.windows(&mut |window| {
        for finding in window {
            // Files come by name unless the caller has them in another order; then all are held.
            if in_order && let Some(place) = &finding.place {
                suites.write(Some(place.text.name()), out)?;
            }
            suites.add_finding(finding);
        }
        Ok(())
    })?;
    suites.write(None, out)?;
    out.write_all(END.as_bytes())
}

/// What stands behind the last suite.
const END: &str = "</testsuites>\n";

struct Suite {
    xml: TestSuite,
    names: HashMap<String, usize>,
}

impl Suite {
    fn of(file: &str) -> Self {
        Self { xml: TestSuite::new(file), names: HashMap::new() }
    }
}

/// Suites by the name of their file, and the problems that will be their last cases.
struct Suites<'r> {
    by_file: BTreeMap<String, Suite>,
    /// And whether each is an error.
    problems: BTreeMap<String, Vec<(&'r Problem, bool)>>,
    as_of: NaiveDate,
    basis: Option<&'r Basis>,
}

impl Suites<'_> {
    /// Writes the suites, and lets go of them: those of files before one, or all.
    fn write(&mut self, before: Option<&str>, out: &mut dyn io::Write) -> io::Result<()> {
        loop {
            let firsts = [self.by_file.keys().next(), self.problems.keys().next()];
            let Some(file) = firsts.into_iter().flatten().min().cloned() else { return Ok(()) };
            if before.is_some_and(|before| *file >= *before) {
                return Ok(());
            }
            for (problem, is_error) in self.problems.remove(&file).unwrap_or_default() {
                self.add_problem(problem, is_error);
            }
            let Some(mut suite) = self.by_file.remove(&file) else { continue };
            if let Some(basis) = self.basis {
                suite.xml.add_property(("decision", basis.decision.as_str()));
                suite.xml.add_property(("policies", basis.policies.to_string().as_str()));
            }
            let mut xml = quick_junit::Report::new("");
            xml.add_test_suite(suite.xml);
            let text = xml.to_string().map_err(io::Error::other)?;
            // Without the lines before and behind it, which are those of the whole.
            let text = text.splitn(3, '\n').nth(2).unwrap_or_default();
            out.write_all(text.strip_suffix(END).unwrap_or(text).as_bytes())?;
        }
    }

    fn add_finding(&mut self, finding: &Finding) {
        let anchor = Anchor::of_finding(finding);
        let told = told(finding, anchor.as_ref(), self.as_of);
        let (status, output) = match (standing::let_pass(finding), finding.standing) {
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

    fn add_problem(&mut self, problem: &Problem, is_error: bool) {
        let anchor = Anchor::of_problem(problem);
        let mut lines: Vec<_> = anchor.iter().map(ToString::to_string).collect();
        lines.push(problem.message.clone());
        lines.extend(problem.help.iter().map(|help| format!("\nFix: {help}")));
        if !is_error {
            let name = format!("{} warning", problem.kind.as_str());
            let case = self.add(anchor.as_ref(), name, TestCaseStatus::success());
            case.set_system_out(lines.join("\n"));
            return;
        }
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
        let suite = self.by_file.entry(file.to_owned()).or_insert_with(|| Suite::of(file));
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

fn told(finding: &Finding, anchor: Option<&Anchor>, as_of: NaiveDate) -> String {
    let mut told: Vec<_> = anchor.iter().map(ToString::to_string).collect();
    told.push(explanation::sentence(finding));
    told.extend(explanation::further(finding));
    told.extend(explanation::when(finding, as_of));
    let explanation = explanation::text(&finding.policy.metadata);
    if !explanation.is_empty() {
        told.push(format!("\n{explanation}"));
    }
    told.join("\n")
}
