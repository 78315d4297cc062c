//! From the text of a file to its waivers, each mistake at its place.

use std::sync::Arc;

use chrono::NaiveDate;

use crate::gatekeeper::{Document, present};
use crate::manifest::{self, Format, Manifest, Node, ReadLimits};
use crate::policy::date;
use crate::rego::PolicyError;
use crate::source::SourceText;

use super::selector::Selector;
use super::{Waiver, place};

/// What a waiver says it is.
pub const API_VERSION: &str = "manifestly.dev/v1";
/// The kind of a waiver.
pub const KIND: &str = "Waiver";

const GROUP: &str = "manifestly.dev";

/// Whether a document is a waiver, or wants to be one: then it is no manifest. One with `items` is a
/// list to kubectl, whatever it is called, and what is in it would be made.
pub(crate) fn is_waiver(root: &Node) -> bool {
    let is_ours = |text: &str| text == GROUP || text.starts_with("manifestly.dev/");
    root.get_str("apiVersion").is_some_and(is_ours)
        && root.get_str("kind") == Some(KIND)
        && root.get("items").is_none()
}

/// The waivers of a file. One that can't be read does not hide the others.
pub(super) fn read(source: &Arc<SourceText>) -> (Vec<Waiver>, Vec<PolicyError>) {
    let reading = manifest::read(source, Format::Manifest, &ReadLimits::default());
    let mut errors: Vec<PolicyError> = reading.errors.into_iter().map(PolicyError::from).collect();
    let mut waivers = Vec::new();
    for manifest in &reading.manifests {
        match of_document(manifest) {
            Ok(waiver) => waivers.extend(waiver),
            Err(error) => errors.push(error),
        }
    }
    (waivers, errors)
}

/// The waiver that a document is; none where it is a manifest of something else.
fn of_document(manifest: &Manifest) -> Result<Option<Waiver>, PolicyError> {
    let document = Document { source: &manifest.source };
    let root = &manifest.root;
    let wrong = |message: String, path: &[&str]| document.wrong(message, place(root, path));
    let (version, kind) = (root.get_str("apiVersion"), root.get_str("kind"));
    let help = || format!("a waiver begins with `apiVersion: {API_VERSION}` and `kind: {KIND}`");
    match (version, kind) {
        (Some(API_VERSION), Some(KIND)) => {}
        (Some(version), Some(kind)) if !version.starts_with(GROUP) && kind != KIND => {
            return Ok(None);
        }
        (Some(version), Some(KIND)) => {
            let message = format!("there are no waivers of `{version}`");
            return Err(wrong(message, &["apiVersion"]).with_help(help()));
        }
        (Some(_), Some(kind)) => {
            let message = format!("there is no kind `{kind}` in {API_VERSION}");
            return Err(wrong(message, &["kind"]).with_help(help()));
        }
        _ => {
            let message = "this is neither a waiver nor a manifest".to_owned();
            return Err(wrong(message, &["kind"]).with_help(help()));
        }
    }
    document.only(root, &["apiVersion", "kind", "metadata", "spec", "signature"], "a waiver")?;
    if let Some(metadata) = document.mapping(root, "metadata")? {
        document.only(metadata, &["name", "labels", "annotations"], "the metadata of a waiver")?;
    }
    let Some(spec) = document.mapping(root, "spec")? else {
        return Err(wrong("a waiver needs a `spec`".into(), &["kind"]));
    };
    let known =
        ["policy", "match", "reason", "requestedBy", "approvedBy", "ticket", "from", "expires"];
    document.only(spec, &known, "the spec of a waiver")?;
    let reader = Reader { document, root };
    let policy = reader.needed(spec, "policy", "the id of the policy that is waived")?;
    let reason = reader.needed(spec, "reason", "why this may pass")?;
    let Some(expires) = reader.date(spec, "expires")? else {
        let error = wrong("a waiver needs `expires`".into(), &["spec"]);
        return Err(error.with_help("its last day, such as `expires: 2026-12-31`"));
    };
    let from = reader.date(spec, "from")?;
    if let Some(from) = from.filter(|from| *from > expires) {
        let message = format!("the waiver ends on {expires}, before it begins on {from}");
        return Err(wrong(message, &["spec", "expires"]));
    }
    let metadata = root.get("metadata").unwrap_or(root);
    let name = root.get("metadata").and_then(|_| reader.said(metadata, "name").transpose());
    Ok(Some(Waiver {
        name: name.transpose()?,
        policy,
        selector: Selector::read(document, spec)?,
        reason,
        requested_by: reader.said(spec, "requestedBy")?,
        approved_by: reader.said(spec, "approvedBy")?,
        ticket: reader.said(spec, "ticket")?,
        from,
        expires,
        signature: reader.said(root, "signature")?,
        source: Arc::clone(&manifest.source),
        document: manifest.document,
        root: root.clone(),
    }))
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    document: Document<'a>,
    root: &'a Node,
}

impl Reader<'_> {
    /// A text without what surrounds it; an empty one is the same as none.
    fn said(self, node: &Node, key: &str) -> Result<Option<String>, PolicyError> {
        let text = self.document.text(node, key)?.map(str::trim).filter(|text| !text.is_empty());
        Ok(text.map(str::to_owned))
    }

    /// A text that says something: three dots are what the one who asks has yet to fill in.
    fn needed(self, spec: &Node, key: &str, what: &str) -> Result<String, PolicyError> {
        let said = self.said(spec, key)?;
        if let Some(said) = said.filter(|said| said.chars().any(char::is_alphanumeric)) {
            return Ok(said);
        }
        let error = self
            .document
            .wrong(format!("a waiver needs a `{key}`"), place(self.root, &["spec", key]));
        Err(error.with_help(format!("say {what}")))
    }

    fn date(self, spec: &Node, key: &str) -> Result<Option<NaiveDate>, PolicyError> {
        let Some(node) = present(spec, key) else { return Ok(None) };
        let text = self.document.text(spec, key)?.unwrap_or_default();
        match date(text) {
            Some(date) => Ok(Some(date)),
            None => {
                let error = self.document.wrong(format!("`{text}` is no date"), node.span);
                Err(error.with_help(
                    "write a day such as 2026-12-31; all of it counts, to its last second in UTC",
                ))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(in crate::agreement::waiver) fn source(text: &str) -> Arc<SourceText> {
        Arc::new(SourceText::new("waivers/w.yaml", text))
    }

    const WHOLE: &str = "\
# why we do this
apiVersion: manifestly.dev/v1
kind: Waiver
metadata: {name: legacy}
spec:
  policy: team/root
  match: {kinds: [apps/Deployment], namespaces: [shop], names: [web, 'old-*']}
  reason: |
    the vendor's image starts as root
  requestedBy: alice@example.com
  approvedBy: bob@example.com
  ticket: OPS-7
  from: 2026-11-01
  expires: 2026-12-31
";

    #[test]
    fn a_waiver_is_read_whole() {
        let (waivers, errors) = read(&source(WHOLE));
        assert_eq!(errors.len(), 0, "{errors:?}");
        let waiver = &waivers[0];
        assert_eq!(waiver.title(), "legacy");
        assert_eq!((waiver.line(), waiver.policy.as_str()), (6, "team/root"));
        assert_eq!(waiver.reason, "the vendor's image starts as root");
        assert_eq!(waiver.expires, date("2026-12-31").unwrap());
        assert_eq!(waiver.ticket.as_deref(), Some("OPS-7"));
        assert_eq!(waiver.requested_by.as_deref(), Some("alice@example.com"));
        assert_eq!(waiver.signature, None);
    }

    #[test]
    fn a_broken_one_does_not_hide_the_others() {
        let text = format!("{WHOLE}---\nkind: Waver\napiVersion: manifestly.dev/v1\n---\n{WHOLE}");
        let (waivers, errors) = read(&source(&text));
        assert_eq!((waivers.len(), errors.len()), (2, 1));
        assert_eq!(waivers[1].document(), 3);
        assert_eq!(errors[0].message, "there is no kind `Waver` in manifestly.dev/v1");
    }

    #[test]
    fn other_manifests_are_left_alone() {
        let (waivers, errors) = read(&source("apiVersion: v1\nkind: Pod\n"));
        assert_eq!((waivers.len(), errors.len()), (0, 0));
    }

    /// Each change of a good waiver makes a bad one: message, and the text of the place.
    #[test]
    fn mistakes_are_told_at_their_places() {
        let changed = |from: &str, to: &str| WHOLE.replacen(from, to, 1);
        let cases = [
            (changed("kind: Waiver", "kind: waiver"), "there is no kind `waiver`", "waiver"),
            (
                changed("v1", "v2"),
                "there are no waivers of `manifestly.dev/v2`",
                "manifestly.dev/v2",
            ),
            (changed("apiVersion: manifestly.dev/v1", "a: 1"), "this is neither", "Waiver"),
            (
                changed("  reason: |\n    the vendor's image starts as root\n", ""),
                "a waiver needs a `reason`",
                "spec",
            ),
            (
                changed("|\n    the vendor's image starts as root", "…"),
                "a waiver needs a `reason`",
                "…",
            ),
            (changed("  policy: team/root\n", ""), "a waiver needs a `policy`", "spec"),
            (changed("  expires: 2026-12-31\n", ""), "a waiver needs `expires`", "spec"),
            (
                changed("expires: 2026-12-31", "expires: 2026-02-30"),
                "`2026-02-30` is no date",
                "2026-02-30",
            ),
            (
                changed("expires: 2026-12-31", "expires: 2026-12-31T10:00:00Z"),
                "`2026-12-31T10:00:00Z` is no date",
                "2026-12-31T10:00:00Z",
            ),
            (
                changed("expires: 2026-12-31", "expires: 31.12.2026"),
                "`31.12.2026` is no date",
                "31.12.2026",
            ),
            (
                changed("expires: 2026-12-31", "expires: 20261231"),
                "`expires` should be text, not a number",
                "20261231",
            ),
            (
                changed("expires: 2026-12-31", "expires: 2026-10-31"),
                "the waiver ends on 2026-10-31, before it begins on 2026-11-01",
                "2026-10-31",
            ),
            (
                changed("ticket: OPS-7", "tickets: OPS-7"),
                "the spec of a waiver has no field `tickets`",
                "tickets",
            ),
            (changed("ticket: OPS-7", "ticket: 7"), "`ticket` should be text, not a number", "7"),
            (
                changed("namespaces: [shop]", "namespaces: shop"),
                "`namespaces` should be a list, not text",
                "shop",
            ),
            (changed("namespaces: [shop]", "namespaces: ['']"), "an empty name is none", "''"),
            (changed("names: [web, 'old-*']", "names: ['a[']"), "`a[` is no glob", "'a['"),
            (changed("names:", "name:"), "`match` has no field `name`", "name"),
            (
                changed("names: [web, 'old-*']", "labels: {app: 1}"),
                "the value of a label is text: put it in quotes",
                "1",
            ),
            (changed("names: [web, 'old-*']", "paths: ['a..b']"), "`a..b` is no path", "'a..b'"),
            (changed("kinds: [apps/Deployment]", "kinds: ['']"), "an empty name is none", "''"),
            (
                changed("metadata: {name: legacy}", "metadata: {nam: legacy}"),
                "the metadata of a waiver has no field `nam`",
                "nam",
            ),
            (changed("  expires", "   expires"), "", ""),
        ];
        for (text, message, place) in cases {
            let source = source(&text);
            let (waivers, errors) = read(&source);
            assert_eq!((waivers.len(), errors.len()), (0, 1), "{text}\n{errors:?}");
            let error = &errors[0];
            assert!(error.message.starts_with(message), "{message}: {}", error.message);
            if !place.is_empty() {
                assert_eq!(source.slice(error.span.unwrap()), place, "{message}");
            }
        }
    }
}
