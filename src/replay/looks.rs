//! What policies look at, as far as a record may lack it.

use crate::catalog::{Catalog, Entry, Form};
use crate::check::Checker;
use crate::policy::Dialect;

/// What an API server tells a webhook of a request, and an audit log does not always hold.
const UNSURE: [&str; 2] = ["oldObject", "options"];

/// What policies look at.
#[derive(Clone, Debug)]
pub(super) struct Looks {
    /// Whether there are policies about manifests.
    pub(super) at_manifests: bool,
    /// Whether there are policies about requests.
    pub(super) at_requests: bool,
    /// The policies that look at each of what is unsure.
    unsure: [Vec<String>; UNSURE.len()],
}

impl Looks {
    pub(super) fn of(checker: &Checker) -> Self {
        let catalog = Catalog::of(checker.policies());
        let asked = catalog.entries.iter().filter(|it| it.form != Form::Template && !it.combine);
        let (of_requests, of_manifests): (Vec<_>, Vec<_>) =
            asked.partition(|it| matches!(it.dialect, Dialect::Admission | Dialect::Gatekeeper));
        let unsure = UNSURE.map(|field| {
            let looks = |it: &&&Entry| it.reads.iter().any(|read| leads_to(read, field));
            // Its text tells more than the paths that can be followed in it.
            let names = |it: &&&Entry| {
                field == "oldObject" && it.code.iter().any(|code| code.text.contains(field))
            };
            let own = of_requests.iter().filter(|it| looks(it) || names(it));
            let mut ids: Vec<_> = own.map(|it| it.id.clone()).collect();
            ids.dedup();
            ids
        });
        let (at_manifests, at_requests) = (!of_manifests.is_empty(), !of_requests.is_empty());
        Self { at_manifests, at_requests, unsure }
    }

    /// The policies that look at one of some fields of a request, and which that is.
    pub(super) fn at_any(&self, fields: &[&str]) -> Option<(&'static str, &[String])> {
        let mut known = UNSURE.iter().zip(&self.unsure);
        let (field, ids) = known.find(|(field, ids)| fields.contains(field) && !ids.is_empty())?;
        Some((field, ids))
    }
}

/// Whether what is read is a field of the request, is in it, or is all of the request.
fn leads_to(read: &str, field: &str) -> bool {
    let inside = ["request", "review"].iter().find_map(|request| read.strip_prefix(request));
    let Some(inside) = inside else { return false };
    let further = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
    let named = inside.strip_prefix('.').and_then(|inside| inside.strip_prefix(field));
    inside.is_empty() || inside == "[]" || named.is_some_and(further)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_read_by_itself_or_with_all_of_the_request() {
        for (read, is_read) in [
            ("request", true),
            ("request[]", true),
            ("review.options", true),
            ("request.options.dryRun", true),
            ("request.optionsOf", false),
            ("request.object.options", false),
            ("requests.options", false),
            ("spec.options", false),
        ] {
            assert_eq!(leads_to(read, "options"), is_read, "{read}");
        }
    }
}
