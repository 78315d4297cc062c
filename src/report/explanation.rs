//! What a policy says beyond its message: why, how to fix it, who decided it, where to read more.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::check::{Finding, Location};
use crate::policy::{Metadata, Policy};

use super::anchor::Anchor;
use super::{prose, uri};

/// A finding in one sentence: the resource and what is wrong with it.
pub(super) fn sentence(finding: &Finding) -> String {
    match &finding.resource {
        Some(resource) => format!("{resource}: {}", finding.message),
        None => finding.message.clone(),
    }
}

/// The further places of a finding, each in a line.
pub(super) fn further(finding: &Finding) -> impl Iterator<Item = String> + '_ {
    finding.also.iter().map(|place| {
        let label =
            place.label(&finding.message).map(|label| format!(" ({label})")).unwrap_or_default();
        format!("Also at {}{label}", Anchor::from(Location::from(place)))
    })
}

/// What will change about a finding, in a line.
pub(super) fn when(finding: &Finding, as_of: NaiveDate) -> Option<String> {
    Some(format!("When: {}", finding.notice(as_of)?))
}

/// A policy's title with its id, unless they are the same.
pub(super) fn name(policy: &Policy) -> Cow<'_, str> {
    match policy.title() {
        title if title == policy.id => title.into(),
        title => format!("{title} ({})", policy.id).into(),
    }
}

/// A text on one line, for formats that show no more.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The explanation as plain text; empty if the policy has none.
pub(super) fn text(metadata: &Metadata) -> String {
    let part = |label: &str, text: &Option<String>| {
        text.as_ref().map(|text| {
            let text = text.trim();
            let gap = if goes_on(text) { ' ' } else { '\n' };
            format!("{label}:{gap}{text}")
        })
    };
    let links = metadata.links.iter().map(|link| format!("More: {}", link.url));
    let who = who(metadata);
    let parts = [part("Why", &metadata.why), part("Fix", &metadata.help), part("Who", &who)];
    let mut out = String::new();
    let mut after_lines = false;
    for part in parts.into_iter().flatten().chain(links) {
        let is_lines = part.contains('\n');
        if !out.is_empty() {
            out.push_str(if is_lines || after_lines { "\n\n" } else { "\n" });
        }
        out.push_str(&part);
        after_lines = is_lines;
    }
    out
}

/// Whether a text may stand behind a label. A list or a block of code at the beginning needs a
/// line of its own to be one.
fn goes_on(text: &str) -> bool {
    let is_word = |c: char| c.is_alphabetic() || matches!(c, '"' | '\'' | '`' | '@' | '#');
    !text.contains('\n') || text.starts_with(is_word) && !text.starts_with("```")
}

/// The explanation as Markdown.
pub(crate) fn markdown(metadata: &Metadata) -> String {
    let part = |label: &str, text: &Option<String>| {
        text.as_ref().map(|text| {
            let text = prose::prose(text.trim());
            let gap = if goes_on(&text) { " " } else { "\n\n" };
            format!("**{label}:**{gap}{text}")
        })
    };
    let who = who(metadata).map(|who| format!("**Who:** {}", prose::inline(&who)));
    let links: Vec<_> = metadata
        .links
        .iter()
        .map(|link| match (uri::web(&link.url), &link.description) {
            (Some(url), Some(description)) => format!("[{}](<{url}>)", prose::inline(description)),
            (Some(url), None) => format!("<{url}>"),
            (None, Some(description)) => {
                format!("{} ({})", prose::inline(description), prose::code(&link.url))
            }
            (None, None) => prose::code(&link.url),
        })
        .collect();
    let more = (!links.is_empty()).then(|| format!("**More:** {}", links.join(", ")));
    let parts = [part("Why", &metadata.why), part("Fix", &metadata.help), who, more];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
}

/// Who decided it, and where to talk to them.
pub(crate) fn who(metadata: &Metadata) -> Option<String> {
    match (&metadata.owner, &metadata.contact) {
        (Some(owner), Some(contact)) => Some(format!("{owner}, {contact}")),
        (owner, contact) => owner.as_ref().or(contact.as_ref()).cloned(),
    }
}
