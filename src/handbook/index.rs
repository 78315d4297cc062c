//! Policies by what people look for: the kind they write, who owns, how bad, and from when.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::agreement::Phase;
use crate::policy::Severity;

use super::chapter::Chapter;

/// Policies under a heading.
#[derive(Clone, Debug)]
pub(super) struct Group<'h, 'c> {
    pub(super) heading: String,
    /// What is said beside it.
    pub(super) note: Option<&'static str>,
    pub(super) chapters: Vec<&'h Chapter<'c>>,
}

/// A way to look policies up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Kind,
    Owner,
    Severity,
    Rollout,
}

impl By {
    pub(super) const ALL: [Self; 4] = [Self::Kind, Self::Owner, Self::Severity, Self::Rollout];

    /// The name of its page.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::Kind => "kinds",
            Self::Owner => "owners",
            Self::Severity => "severity",
            Self::Rollout => "rollout",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Kind => "By kind",
            Self::Owner => "By owner",
            Self::Severity => "By severity",
            Self::Rollout => "By date",
        }
    }

    pub(super) fn groups<'h, 'c>(
        self,
        chapters: &'h [Chapter<'c>],
        as_of: NaiveDate,
    ) -> Vec<Group<'h, 'c>> {
        match self {
            Self::Kind => kinds(chapters),
            Self::Owner => owners(chapters),
            Self::Severity => severities(chapters),
            Self::Rollout => dates(chapters, as_of),
        }
    }
}

const CONTROLLERS: &str = "and the pod templates of controllers";

fn kinds<'h, 'c>(chapters: &'h [Chapter<'c>]) -> Vec<Group<'h, 'c>> {
    let mut by_kind: BTreeMap<Option<&str>, Vec<&Chapter<'c>>> = BTreeMap::new();
    for chapter in chapters {
        match chapter.kinds().as_slice() {
            [] => by_kind.entry(None).or_default().push(chapter),
            kinds => {
                for kind in kinds {
                    by_kind.entry(Some(kind)).or_default().push(chapter);
                }
            }
        }
    }
    let any = by_kind.remove(&None);
    let named = by_kind.into_iter().map(|(kind, chapters)| {
        let makes = chapters.iter().any(|chapter| chapter.entry().pod_templates);
        let is_pod = kind.is_some_and(|kind| kind == "Pod" || kind == "core/Pod");
        let note = (is_pod && makes).then_some(CONTROLLERS);
        Group { heading: kind.unwrap_or_default().to_owned(), note, chapters }
    });
    let any = any.map(|chapters| Group { heading: "Every kind".into(), note: None, chapters });
    named.chain(any).collect()
}

fn owners<'h, 'c>(chapters: &'h [Chapter<'c>]) -> Vec<Group<'h, 'c>> {
    let mut by_owner: BTreeMap<Option<&str>, Vec<&Chapter<'c>>> = BTreeMap::new();
    for chapter in chapters {
        by_owner.entry(chapter.entry().owner.as_deref()).or_default().push(chapter);
    }
    let nobody = by_owner.remove(&None);
    let named = by_owner.into_iter().map(|(owner, chapters)| Group {
        heading: owner.unwrap_or_default().to_owned(),
        note: None,
        chapters,
    });
    let nobody = nobody.map(|chapters| Group { heading: "No owner".into(), note: None, chapters });
    named.chain(nobody).collect()
}

fn severities<'h, 'c>(chapters: &'h [Chapter<'c>]) -> Vec<Group<'h, 'c>> {
    let mut by_severity: BTreeMap<Reverse<Option<Severity>>, Vec<&Chapter<'c>>> = BTreeMap::new();
    for chapter in chapters {
        by_severity.entry(Reverse(chapter.entry().severity)).or_default().push(chapter);
    }
    let group = |(severity, chapters): (Reverse<Option<Severity>>, _)| {
        let heading = severity.0.map_or("Not said", Severity::as_str).to_owned();
        Group { heading, note: None, chapters }
    };
    by_severity.into_iter().map(group).collect()
}

/// What is to come first, the soonest before the others; then what is in force.
fn dates<'h, 'c>(chapters: &'h [Chapter<'c>], as_of: NaiveDate) -> Vec<Group<'h, 'c>> {
    let mut by_date: BTreeMap<(NaiveDate, &'static str), Vec<&Chapter<'c>>> = BTreeMap::new();
    let (mut undecided, mut in_force) = (Vec::new(), Vec::new());
    for chapter in chapters {
        let ahead = chapter.steps().into_iter().filter(|(date, _)| *date > as_of);
        let ahead: Vec<_> = ahead.collect();
        let rollout = &chapter.entry().rollout;
        match (ahead.is_empty(), Phase::of(rollout, as_of)) {
            (true, Phase::Enforced | Phase::Warning) => in_force.push(chapter),
            (true, Phase::Upcoming | Phase::Unannounced) => undecided.push(chapter),
            (false, _) => {
                for step in ahead {
                    by_date.entry(step).or_default().push(chapter);
                }
            }
        }
    }
    let dated = by_date.into_iter().map(|((date, what), chapters)| Group {
        heading: date.to_string(),
        note: Some(what),
        chapters,
    });
    let rest = [("No date yet", Some("announced"), undecided), ("In force", None, in_force)];
    let rest = rest.into_iter().map(|(heading, note, chapters)| Group {
        heading: heading.to_owned(),
        note,
        chapters,
    });
    dated.chain(rest).filter(|group| !group.chapters.is_empty()).collect()
}
