//! Waivers as they are written: new ones, and those that are approved.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::NaiveDate;
use thiserror::Error;

use crate::fix::{Patch, Refusal, edited, edits};
use crate::manifest::{self, Format, Node, ReadLimits, Within, parse_path, written};
use crate::source::{SourceText, Span};

use super::Waiver;
use super::read::{API_VERSION, KIND};

/// A waiver that is yet to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // as those of a waiver
pub struct Draft {
    pub policy: String,
    pub kinds: Vec<String>,
    pub namespaces: Vec<String>,
    pub names: Vec<String>,
    pub files: Vec<String>,
    pub paths: Vec<String>,
    pub reason: String,
    pub requested_by: Option<String>,
    pub approved_by: Option<String>,
    pub ticket: Option<String>,
    pub from: Option<NaiveDate>,
    pub expires: NaiveDate,
}

impl Draft {
    /// The text of its document.
    pub fn text(&self) -> String {
        let text_of = |text: &str| written(text, Within::Block);
        let policy = text_of(&self.policy);
        let mut text = format!(
            "apiVersion: {API_VERSION}\nkind: {KIND}\nspec:\n  policy: {policy}\n  match:\n"
        );
        for (key, list) in [
            ("kinds", &self.kinds),
            ("namespaces", &self.namespaces),
            ("names", &self.names),
            ("files", &self.files),
            ("paths", &self.paths),
        ] {
            if !list.is_empty() {
                let _ = writeln!(text, "    {key}:");
                for item in list {
                    let _ = writeln!(text, "      - {}", text_of(item));
                }
            }
        }
        let days = |day: Option<NaiveDate>| day.map(|day| day.to_string());
        for (key, value) in [
            ("reason", Some(text_of(&self.reason))),
            ("requestedBy", self.requested_by.as_deref().map(text_of)),
            ("approvedBy", self.approved_by.as_deref().map(text_of)),
            ("ticket", self.ticket.as_deref().map(text_of)),
            // A day is text to kubectl, and is written as people write it.
            ("from", days(self.from)),
            ("expires", days(Some(self.expires))),
        ] {
            if let Some(value) = value {
                let _ = writeln!(text, "  {key}: {value}");
            }
        }
        text
    }
}

/// Why a waiver can't be edited.
#[derive(Clone, Debug, Error)]
pub enum EditError {
    /// It is written in a way that can't be edited safely.
    #[error("`{file}` can't be edited: {refusal}")]
    Refused {
        /// Its file.
        file: String,
        /// Why not.
        refusal: Refusal,
    },
}

impl Waiver {
    /// The same waiver, approved by someone; its text is that of its file as it should be.
    ///
    /// # Errors
    ///
    /// If it is written in a way that can't be edited safely.
    pub fn with_approver(&self, name: &str) -> Result<Self, EditError> {
        let text = changed(self, "/spec/approvedBy", name)?;
        let changed = read(&text, self);
        let changed = changed.filter(|read| read.approved_by.as_deref() == Some(name.trim()));
        changed.ok_or_else(|| refused(self, Refusal::Unsure))
    }

    /// The same waiver with another signature; its text is that of its file as it should be.
    ///
    /// # Errors
    ///
    /// If it is written in a way that can't be edited safely.
    pub fn with_signature(&self, armour: &str) -> Result<Self, EditError> {
        // Where a word can stand, most often a block can stand too, which is nicer to look at.
        const WORD: &str = "signature-goes-here";
        let with_word = changed(self, "/signature", WORD)?;
        let lines: String = armour.lines().map(|line| format!("\n  {}", line.trim_end())).collect();
        let block = with_word.replacen(
            &format!("\nsignature: {WORD}\n"),
            &format!("\nsignature: |{lines}\n"),
            1,
        );
        let is_meant = |text: &str| {
            read(text, self).filter(|read| {
                read.payload() == self.payload() && read.signature.as_deref() == Some(armour.trim())
            })
        };
        if let Some(signed) = is_meant(&block) {
            return Ok(signed);
        }
        let text = changed(self, "/signature", armour)?;
        is_meant(&text).ok_or_else(|| refused(self, Refusal::Unsure))
    }
}

/// What another text of the same file says of a waiver.
fn read(text: &str, waiver: &Waiver) -> Option<Waiver> {
    let source = Arc::new(SourceText::new(waiver.file(), text));
    let (waivers, _) = super::read::read(&source);
    waivers.into_iter().find(|read| read.document == waiver.document)
}

fn refused(waiver: &Waiver, refusal: Refusal) -> EditError {
    EditError::Refused { file: waiver.file().to_owned(), refusal }
}

fn changed(waiver: &Waiver, path: &str, value: &str) -> Result<String, EditError> {
    let refused = |refusal| refused(waiver, refusal);
    let reading = manifest::read(&waiver.source, Format::Manifest, &ReadLimits::default());
    let document =
        reading.manifests.into_iter().find(|manifest| manifest.document == waiver.document);
    let (Some(document), Some(path)) = (document, parse_path(path)) else {
        return Err(refused(Refusal::Unsure));
    };
    let value = Node::string(Span::default(), value);
    let patch = Patch::setting(&document.root, &path, value)
        .map_err(|error| refused(Refusal::from(error)))?;
    let edits = edits(&document, &patch).map_err(refused)?;
    Ok(edited(waiver.source.text(), &edits))
}

#[cfg(test)]
mod tests {
    use super::super::WaiverFiles;
    use super::*;
    use crate::policy::date;

    fn waiver(text: &str) -> Arc<Waiver> {
        let files = WaiverFiles::of_text(&Arc::new(SourceText::new("w.yaml", text)));
        assert_eq!(files.errors().len(), 0, "{files:?}");
        files.iter().last().unwrap().clone()
    }

    fn draft() -> Draft {
        Draft {
            policy: "team/root".into(),
            names: vec!["web".into(), "on".into()],
            reason: "it can't: \"x\" # yet".into(),
            expires: date("2026-12-31").unwrap(),
            ..Draft::default()
        }
    }

    #[test]
    fn a_draft_is_read_as_it_was_meant() {
        let all = Draft {
            kinds: vec!["apps/Deployment".into()],
            namespaces: vec!["shop".into()],
            files: vec!["deploy/**".into(), "*.yaml".into()],
            paths: vec!["spec.containers[name=web]".into()],
            requested_by: Some("alice@example.com".into()),
            approved_by: Some("yes".into()),
            ticket: Some("12".into()),
            from: date("2026-12-01"),
            ..draft()
        };
        let read = waiver(&all.text());
        assert_eq!(read.reason, all.reason);
        assert_eq!(read.approved_by, all.approved_by);
        assert_eq!(read.ticket, all.ticket);
        assert_eq!((read.from, read.expires), (all.from, all.expires));
        let told =
            "apps/Deployment web, on in shop of deploy/**, *.yaml at spec.containers[name=web]";
        assert_eq!(read.selector.told(), told);
        assert!(all.text().contains("  policy: team/root\n"), "{}", all.text());
    }

    #[test]
    fn every_text_is_read_back() {
        for text in [
            "a",
            "null",
            "1",
            "2026-12-31",
            "- a",
            "a: b",
            "a #b",
            "'",
            "é",
            "a\nb",
            "#",
            "~",
            "a:",
        ] {
            let reason = format!("x {text}");
            let read = waiver(
                &Draft { reason: reason.clone(), ticket: Some(text.into()), ..draft() }.text(),
            );
            assert_eq!(
                (read.reason.as_str(), read.ticket.as_deref()),
                (reason.as_str(), Some(text))
            );
        }
    }

    #[test]
    fn an_approval_changes_nothing_else() {
        let text = "# one\napiVersion: manifestly.dev/v1\nkind: Waiver # a waiver\nspec:\n  policy: a\n  \
                    match: {names: [web]}\n  reason: why\n  expires: 2026-12-31\n";
        let armour = "-----BEGIN X-----\nabc\n-----END X-----\n";
        let first = waiver(text).with_approver("bob").unwrap();
        let first = first.with_signature(armour).unwrap().source().text().to_owned();
        assert_eq!(
            first,
            format!(
                "{text}  approvedBy: bob\nsignature: |\n  -----BEGIN X-----\n  abc\n  -----END X-----\n"
            )
        );
        let read = waiver(&first);
        assert_eq!(read.signature.as_deref(), Some(armour.trim()));
        // Again, by another one, and in the last document.
        let again = format!("{first}---\n{first}");
        let again = waiver(&again).with_approver("carol").unwrap();
        let again = again.with_signature("other").unwrap();
        let wanted = first.replace("bob", "carol");
        let wanted = &wanted[..wanted.find("signature").unwrap()];
        assert_eq!(again.source().text(), format!("{first}---\n{wanted}signature: |\n  other\n"));
        let json = r#"{"apiVersion":"manifestly.dev/v1","kind":"Waiver","spec":{"policy":"a","reason":"b","expires":"2026-12-31"}}"#;
        let json = waiver(json).with_signature(armour).unwrap();
        assert_eq!(json.signature.as_deref(), Some(armour.trim()), "{json:?}");
    }
}
