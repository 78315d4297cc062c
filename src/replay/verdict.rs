//! What today's policies say of a recorded request, beside what was decided then.

use std::collections::BTreeSet;

use crate::agreement::{Agreed, Standing};
use crate::check::{AdmissionJudge, Checker, Finding, Judged, Problem};
use crate::report::one_line;

use super::entry::{About, Came, Reason, Unjudged};
use super::looks::Looks;
use super::record::Request;
use super::then::Then;
use super::turn::Turn;

/// What today's policies say of a recorded request, beside what was decided then.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// What was asked for.
    pub about: About,
    /// What was decided.
    pub then: Then,
    /// Whether it would go on.
    pub allowed: bool,
    /// What becomes of the decision.
    pub turn: Turn,
    /// The policies that deny it and are not known to have.
    pub newly: Vec<Newly>,
    /// Those that denied it and don't.
    pub no_longer: Vec<NoLonger>,
    /// All that today's policies found.
    pub findings: Vec<Finding>,
    /// What kept some of them from judging it, although others deny it.
    pub problems: Vec<Problem>,
    /// The lines above its text.
    pub(super) above: usize,
    /// How many steps it is from the top of that text to the object.
    pub(super) top: usize,
}

/// A policy that denies a request and is not known to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newly {
    /// Its id.
    pub policy: String,
    /// What it said then, as far as that is recorded.
    pub then: Option<&'static str>,
}

/// A policy that denied a request and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoLonger {
    /// Its id.
    pub policy: String,
    /// What it says now.
    pub now: String,
}

/// Judges a request.
pub(super) fn of(
    request: Request,
    judge: &mut AdmissionJudge<'_>,
    checker: &Checker,
    looks: &Looks,
) -> Came {
    let Request { about, then, review, unrecorded, line: above } = request;
    let top = review.as_ref().and_then(|review| review.object());
    let top = top.map_or(0, |object| object.path.0.len());
    let judged = review.as_ref().map(|review| judge.judge(review, None)).unwrap_or_default();
    let Judged { findings, problems, .. } = judged;
    let blocking = findings.iter().filter(|it| it.standing == Standing::Blocking);
    let denying: BTreeSet<&str> = blocking.map(|it| it.policy.id.as_str()).collect();
    // What denies it denies it, whatever else there may be to say.
    let why = match (denying.is_empty(), problems.first(), looks.at_any(unrecorded)) {
        (true, Some(problem), _) => Some((Reason::Policies, told(problem))),
        (true, None, Some((field, ids))) if review.is_some() => {
            let detail = format!("`{field}`, which is looked at by {}", ids.join(", "));
            Some((Reason::Unrecorded, detail))
        }
        _ => None,
    };
    if let Some((reason, detail)) = why {
        let (detail, about) = (Some(detail), Some(about));
        return Came::Unjudged(Box::new(Unjudged { reason, detail, about, then }));
    }
    let allowed = denying.is_empty();
    let new = denying.iter().filter(|id| !then.denied_by.contains(**id));
    let newly: Vec<_> =
        new.map(|id| Newly { policy: (*id).to_owned(), then: then.note(id) }).collect();
    let gone = then.denied_by.iter().filter(|id| !denying.contains(id.as_str()));
    let no_longer: Vec<_> =
        gone.map(|id| NoLonger { policy: id.clone(), now: now(id, &findings, checker) }).collect();
    let by_others = then.knows_policies()
        && !then.denied_by.is_empty()
        && !(newly.is_empty() && no_longer.is_empty());
    let turn = Turn::of(&then, allowed, by_others);
    Came::Judged(Box::new(Verdict {
        about,
        then,
        allowed,
        turn,
        newly,
        no_longer,
        findings,
        problems,
        above,
        top,
    }))
}

/// What a policy says that denied once.
fn now(id: &str, findings: &[Finding], checker: &Checker) -> String {
    let mut own = findings.iter().filter(|finding| finding.policy.id == id);
    let Some(finding) = own.next() else {
        let is_there = checker.policy(id).is_some();
        return if is_there { "it finds nothing" } else { "there is no such policy" }.to_owned();
    };
    let as_of = checker.agreement().as_of;
    match (finding.standing, &finding.agreed) {
        (_, Some(Agreed::Waiver { waiver })) => {
            let name = waiver.name.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
            format!("it is waived{name}, until {}", waiver.expires)
        }
        (_, Some(Agreed::Exception)) => "an exception of the policy lets it pass".to_owned(),
        (Standing::Baselined, _) => "it is in the baseline".to_owned(),
        (standing, _) => {
            let notice = finding.notice(as_of).map(|notice| format!(": {notice}"));
            let said = if standing == Standing::Upcoming { "is announced" } else { "warns" };
            format!("it {said}{}", notice.unwrap_or_default())
        }
    }
}

/// A problem in one line.
pub(super) fn told(problem: &Problem) -> String {
    let line = one_line(&problem.message);
    match problem.location() {
        Some(place) if !place.file.is_empty() => match place.line {
            Some(number) => format!("{line} ({}:{number})", place.file),
            None => format!("{line} ({})", place.file),
        },
        _ => line,
    }
}

impl Verdict {
    /// The findings of a policy that deny it.
    pub fn denying<'v>(&'v self, policy: &'v str) -> impl Iterator<Item = &'v Finding> {
        let blocking = self.findings.iter().filter(|it| it.standing == Standing::Blocking);
        blocking.filter(move |finding| finding.policy.id == policy)
    }

    /// Where a finding is in the log: the line and the column, from 1.
    pub fn position(&self, finding: &Finding) -> Option<(usize, usize)> {
        let (start, _) = finding.place.as_ref()?.lines;
        Some((self.above + start.line, start.column))
    }

    /// Where a finding is in the object, as a JSON Pointer.
    pub fn pointer(&self, finding: &Finding) -> Option<String> {
        let path = &finding.place.as_ref()?.path;
        let inside = path.0.get(self.top..).unwrap_or_default();
        Some(crate::manifest::Pointer(inside.to_vec()).to_string())
    }
}
