//! What is said to the one who asked: plain text, as `kubectl` prints it.

use std::fmt::Write as _;

use chrono::NaiveDate;

use crate::agreement::{Basis, Standing};
use crate::check::{Finding, FixKind, Problem};
use crate::fix::Operation;
use crate::locate::PlaceSource;
use crate::manifest::{AdmissionRequest, Node, controllers};
use crate::report::{one_line, otherwise, who};

/// How many findings a denial tells of in full: what is longer is cut off in the events of a
/// cluster.
pub const MOST: usize = 5;

/// What an API server lets through of one warning, and how many of them.
const LINE: usize = 250;
const LINES: usize = 15;

/// Why a request is denied.
pub(super) fn denial(
    request: &AdmissionRequest,
    blocking: &[&Finding],
    problems: &[Problem],
    basis: &Basis,
) -> String {
    let mut text = head(request, blocking, problems);
    for finding in blocking.iter().take(MOST) {
        finding_in_full(&mut text, finding, request, basis.as_of);
    }
    if let Some(more) = blocking.get(MOST..).filter(|more| !more.is_empty()) {
        let mut ids: Vec<_> = more.iter().map(|finding| finding.policy.id.as_str()).collect();
        ids.dedup();
        let _ = write!(text, "\n  and {} more, of {}\n", more.len(), ids.join(", "));
    }
    if !problems.is_empty() && !blocking.is_empty() {
        text.push('\n');
    }
    for problem in problems.iter().take(MOST) {
        let _ = writeln!(text, "  {}", unjudged(problem));
    }
    text.push_str(&foot(&request.uid, basis));
    text
}

/// All that is seen where there is room for one line.
fn head(request: &AdmissionRequest, blocking: &[&Finding], problems: &[Problem]) -> String {
    let what = match request.object() {
        Some(object) => object.id.to_string(),
        None => "the request".to_owned(),
    };
    let more = |count: usize| match count {
        0 => String::new(),
        count => format!(" (and {count} more)"),
    };
    match (blocking.first(), problems.first()) {
        (Some(first), _) => {
            let message = one_line(&first.message);
            let more = more(blocking.len() - 1);
            format!("{} denies {what}: {message}{more}\n", first.policy.id)
        }
        (None, Some(problem)) => {
            let more = more(problems.len() - 1);
            format!("{what} could not be judged: {}{more}\n", one_line(&problem.message))
        }
        (None, None) => String::new(),
    }
}

fn finding_in_full(
    text: &mut String,
    finding: &Finding,
    request: &AdmissionRequest,
    on: NaiveDate,
) {
    let metadata = &finding.policy.metadata;
    let _ = write!(text, "\n  {}: {}\n", finding.policy.id, one_line(&finding.message));
    let mut part = |name: &str, said: Option<String>| {
        if let Some(said) = said.filter(|said| !said.is_empty()) {
            let _ = writeln!(text, "    {name:<5} {said}");
        }
    };
    part("where", place(finding));
    part("why", metadata.why.as_deref().map(one_line));
    part("fix", fix(finding, request).or_else(|| metadata.help.as_deref().map(indented)));
    part("who", who(metadata));
    part("docs", metadata.links.first().map(|link| link.url.clone()));
    part("else", otherwise::command(&asked_for(finding, request), on));
}

/// The path of its first place, from the top of the object.
fn place(finding: &Finding) -> Option<String> {
    let place = finding.place.as_ref().filter(|it| it.source != PlaceSource::Resource)?;
    let absent = if place.missing.is_some() { " (absent)" } else { "" };
    (!place.stable_path.is_empty()).then(|| format!("{}{absent}", place.stable_path))
}

/// What would mend it, where that was tried.
fn fix(finding: &Finding, request: &AdmissionRequest) -> Option<String> {
    let fix = finding.fix.as_ref().filter(|fix| fix.kind == FixKind::Safe)?;
    let patch = fix.patch.clone().within(&request.object()?.path);
    let json = |value: &Node| serde_json::to_string(value).unwrap_or_default();
    let operations = patch.0.iter().filter_map(|operation| match operation {
        Operation::Add { path, value } => Some(format!("add {path} {}", json(value))),
        Operation::Replace { path, value } => Some(format!("set {path} to {}", json(value))),
        Operation::Remove { path } => Some(format!("remove {path}")),
        Operation::Test { .. } => None,
    });
    Some(operations.collect::<Vec<_>>().join(", "))
}

/// The finding as one of what somebody wrote: nobody asks for a waiver of a pod that a Deployment
/// makes anew every day.
fn asked_for(finding: &Finding, request: &AdmissionRequest) -> Finding {
    let owner = request.object().and_then(|object| controllers(object).pop());
    let resource = owner.map(|owner| owner.id).or_else(|| finding.resource.clone());
    Finding { resource, ..finding.clone() }
}

/// What warns or will warn or block, in one line.
pub(super) fn warning(finding: &Finding, on: NaiveDate) -> String {
    let mut text = format!("{}: {}", finding.policy.id, one_line(&finding.message));
    let mut notes: Vec<String> = Vec::new();
    // Others are not worked out for those who are let through.
    let is_declared = finding.place.as_ref().is_some_and(|it| it.source == PlaceSource::Declared);
    notes.extend(place(finding).filter(|_| is_declared).map(|place| format!("at {place}")));
    notes.extend(finding.notice(on).filter(|_| finding.standing != Standing::Blocking));
    notes.extend(finding.policy.metadata.contact.clone());
    if !notes.is_empty() {
        let _ = write!(text, " ({})", notes.join("; "));
    }
    line(&text)
}

/// What was changed about an object on its way, in one line.
pub(super) fn mended(finding: &Finding, request: &AdmissionRequest) -> String {
    let fix = fix(finding, request).map(|fix| format!(" ({fix})")).unwrap_or_default();
    line(&format!("mended for {}: {}{fix}", finding.policy.id, one_line(&finding.message)))
}

/// What could not be judged, in one line.
pub(super) fn unjudged(problem: &Problem) -> String {
    let place = problem.location().map(|place| match place.line {
        Some(line) if !place.file.is_empty() => format!(" ({}:{line})", place.file),
        _ => String::new(),
    });
    line(&format!("could not be judged: {}{}", problem.message, place.unwrap_or_default()))
}

/// What the same verdict can be found again by.
pub(super) fn foot(uid: &str, basis: &Basis) -> String {
    format!("\ndecision {}, request {uid}", basis.decision)
}

/// As many warnings as an API server lets through.
pub(super) fn few(mut warnings: Vec<String>) -> Vec<String> {
    if let Some(more) = warnings.len().checked_sub(LINES).filter(|more| *more > 0) {
        warnings.truncate(LINES);
        warnings.push(format!("and {more} more warnings, which `manifestly check` tells"));
    }
    warnings
}

/// A text as one line, no longer than an API server lets through.
pub(super) fn line(text: &str) -> String {
    let text = one_line(text);
    if text.chars().count() <= LINE {
        return text;
    }
    let cut: String = text.chars().take(LINE - 1).collect();
    format!("{cut}…")
}

/// A text of several lines, below each other.
fn indented(text: &str) -> String {
    let mut lines = text.trim().lines().map(str::trim_end);
    let mut whole = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        whole.push('\n');
        if !line.is_empty() {
            whole.push_str("          ");
            whole.push_str(line);
        }
    }
    whole
}
