//! Reading a baseline. Whoever reviews one reads the names and not the digest: so both must say the
//! same.

use std::sync::Arc;

use crate::agreement::fingerprint::ResourceNames;
use crate::manifest::{self, Entry, Format, Node, NodeKind, ReadLimits};
use crate::rego::{PolicyError, PolicyErrors};
use crate::source::SourceText;

use super::{Baseline, Stood};

pub(super) const API_VERSION: &str = "manifestly.dev/v1";
pub(super) const KIND: &str = "Baseline";

impl Baseline {
    /// Whether a document is a baseline, and so no manifest. One with `items` is a list to kubectl,
    /// whatever it is called.
    pub(crate) fn is_one(root: &Node) -> bool {
        let is_ours = |text: &str| text.starts_with("manifestly.dev/");
        root.get_str("kind") == Some(KIND)
            && root.get_str("apiVersion").is_some_and(is_ours)
            && root.get("items").is_none()
    }

    /// Reads a baseline, YAML or JSON.
    ///
    /// # Errors
    ///
    /// All that is wrong with it, each with its place.
    pub fn read(text: &Arc<SourceText>) -> Result<Self, PolicyErrors> {
        let reading = manifest::read(text, Format::Manifest, &ReadLimits::default());
        let mut errors: Vec<PolicyError> =
            reading.errors.into_iter().map(PolicyError::from).collect();
        let mut baseline = Self::default();
        let mut reader = Reader { text, errors: &mut errors };
        match reading.manifests.as_slice() {
            [document] => reader.document(&document.root, &mut baseline),
            [] if reader.errors.is_empty() => {
                let message = format!("`{}` holds no baseline", text.name());
                let help = "`manifestly baseline write` writes one";
                reader.errors.push(PolicyError::new(message).with_help(help));
            }
            [] => {}
            [_, second, ..] => reader.wrong("a baseline is one document", &second.root),
        }
        if errors.is_empty() { Ok(baseline) } else { Err(PolicyErrors(errors)) }
    }
}

struct Reader<'r> {
    text: &'r Arc<SourceText>,
    errors: &'r mut Vec<PolicyError>,
}

impl Reader<'_> {
    fn wrong(&mut self, message: impl Into<String>, node: &Node) {
        self.errors.push(PolicyError::at(message, self.text, node.span));
    }

    fn document(&mut self, root: &Node, baseline: &mut Baseline) {
        let is = |key: &str, value: &str| root.get_str(key) == Some(value);
        if !is("kind", KIND) || !is("apiVersion", API_VERSION) {
            let span = root.entries().and_then(|entries| entries.first());
            let span = span.map_or(root.span, |entry| entry.key_span);
            let message = "this is no baseline that this version can read";
            let help = format!("a baseline says `apiVersion: {API_VERSION}` and `kind: {KIND}`");
            self.errors.push(PolicyError::at(message, self.text, span).with_help(help));
            return;
        }
        self.known_keys(root, &["apiVersion", "kind", "findings"]);
        let findings = root.get("findings");
        match findings.and_then(Node::items) {
            Some(items) => items.iter().for_each(|item| self.entry(item, baseline)),
            None => self.wrong("`findings` must be a list", findings.unwrap_or(root)),
        }
    }

    fn entry(&mut self, item: &Node, baseline: &mut Baseline) {
        let before = self.errors.len();
        if item.entries().is_none() {
            self.wrong("a finding of a baseline is a map", item);
            return;
        }
        let fields = ["policy", "resource", "path", "message", "count", "fingerprint"];
        self.known_keys(item, &fields);
        let policy = self.text_of(item, "policy");
        let resource = item.get("resource").map(|resource| self.resource(resource));
        let path = self.text_of(item, "path");
        let message = self.text_of(item, "message");
        let count = match item.get("count") {
            None => 1,
            Some(Node { kind: NodeKind::Integer(count), .. }) if *count > 0 => count.unsigned_abs(),
            Some(other) => {
                self.wrong("`count` must be a number from 1 on", other);
                1
            }
        };
        let fingerprint = self.text_of(item, "fingerprint");
        if path.is_some() == message.is_some() {
            self.wrong("a finding has a `path`, or a `message` where it has none", item);
        }
        let Some(policy) = policy else {
            self.wrong("a finding names its `policy`", item);
            return;
        };
        if self.errors.len() > before {
            return;
        }
        let stood = Stood { policy, resource, path, message };
        let own = stood.fingerprint().to_string();
        match (fingerprint, item.get("fingerprint")) {
            (Some(said), _) if said == own => {}
            (Some(_), Some(node)) => {
                let error = PolicyError::at("the fingerprint is another one", self.text, node.span);
                let help = "something of this finding was changed by hand; `manifestly baseline \
                            update` writes what is true";
                self.errors.push(error.with_help(help));
                return;
            }
            _ => {
                self.wrong("a finding has a `fingerprint`", item);
                return;
            }
        }
        let known = baseline.stood.entry(stood).or_default();
        *known = known.saturating_add(count);
    }

    fn resource(&mut self, node: &Node) -> ResourceNames {
        if node.entries().is_none() {
            self.wrong("`resource` must be a map", node);
        }
        self.known_keys(node, &["group", "kind", "namespace", "name"]);
        let mut text = |key| self.text_of(node, key).unwrap_or_default();
        ResourceNames {
            group: text("group"),
            kind: text("kind"),
            namespace: text("namespace"),
            name: text("name"),
        }
    }

    fn text_of(&mut self, node: &Node, key: &str) -> Option<String> {
        let value = node.get(key)?;
        if value.as_str().is_none() {
            self.wrong(format!("`{key}` must be a text"), value);
        }
        value.as_str().map(str::to_owned)
    }

    fn known_keys(&mut self, node: &Node, known: &[&str]) {
        let is_unknown = |entry: &&Entry| !known.contains(&&*entry.key);
        let unknown: Vec<_> = node.entries().into_iter().flatten().filter(is_unknown).collect();
        for entry in unknown {
            let message = format!("a baseline has nothing called `{}`", entry.key);
            self.errors.push(PolicyError::at(message, self.text, entry.key_span));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::agreement::Said;
    use crate::agreement::baseline::Syntax;

    fn read(text: &str) -> Result<Baseline, PolicyErrors> {
        Baseline::read(&Arc::new(SourceText::new("baseline.yaml", text)))
    }

    fn messages(text: &str) -> Vec<String> {
        let errors = read(text).unwrap_err().0;
        let shown = errors.iter().map(|error| {
            let at = error.span.zip(error.text.as_ref());
            let at = at.map_or(0, |(span, text)| text.position(span.start).line);
            format!("{at}: {}", error.message)
        });
        shown.collect()
    }

    const HEAD: &str = "apiVersion: manifestly.dev/v1\nkind: Baseline\nfindings:";

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        assert_eq!(read(&format!("{HEAD} []")).unwrap(), Baseline::default());
        for (text, wrong) in [
            (String::new(), "0: `baseline.yaml` holds no baseline"),
            ("a: [".into(), "1: not valid YAML"),
            ("kind: Pod".into(), "1: this is no baseline that this version can read"),
            (format!("{HEAD} {{}}"), "3: `findings` must be a list"),
            (format!("{HEAD} [1]"), "3: a finding of a baseline is a map"),
            (format!("{HEAD} []\nfidnings: []"), "4: a baseline has nothing called `fidnings`"),
            (format!("{HEAD} []\n---\n{HEAD} []"), "5: a baseline is one document"),
            (format!("{HEAD}\n- path: a"), "4: a finding names its `policy`"),
            (format!("{HEAD}\n- policy: [a]"), "4: `policy` must be a text"),
            (format!("{HEAD}\n- policy: p\n  path: a"), "4: a finding has a `fingerprint`"),
            (
                format!("{HEAD}\n- policy: p\n  path: a\n  fingerprint: '0'"),
                "6: the fingerprint is another one",
            ),
            (
                format!("{HEAD}\n- policy: p\n  path: a\n  count: 0"),
                "6: `count` must be a number from 1 on",
            ),
            (
                format!("{HEAD}\n- policy: p"),
                "4: a finding has a `path`, or a `message` where it has none",
            ),
            (
                format!("{HEAD}\n- policy: p\n  path: a\n  resource: {{kin: A}}"),
                "6: a baseline has nothing called `kin`",
            ),
        ] {
            let told = messages(&text);
            assert!(told.first().is_some_and(|told| told.starts_with(wrong)), "{text}: {told:?}");
        }
    }

    #[test]
    fn names_that_people_read_can_not_be_changed_by_hand() {
        let mut baseline = Baseline::default();
        baseline.add(Stood::new("p", Some(ResourceNames::default()), Said::At("a")));
        let text = baseline.write(Syntax::Yaml);
        assert!(read(&text).is_ok());
        for (from, to) in [("policy: p", "policy: q"), ("path: a", "path: b")] {
            let changed = text.replacen(from, to, 1);
            assert!(messages(&changed)[0].ends_with("the fingerprint is another one"));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            entries in prop::collection::vec(
                (".*", prop::option::of((".*", ".*", "[a-z ,{}]*", ".*")), any::<bool>(), ".*"),
                0..6,
            )
        ) {
            let mut baseline = Baseline::default();
            for (policy, names, has_path, text) in entries {
                let resource = names.map(|(group, kind, namespace, name)| {
                    ResourceNames { group, kind, namespace, name }
                });
                let said = if has_path { Said::At(&text) } else { Said::Words(&text) };
                baseline.add(Stood::new(&policy, resource.clone(), said));
                baseline.add(Stood::new("again", resource, said));
            }
            for syntax in [Syntax::Yaml, Syntax::Json] {
                let text = baseline.write(syntax);
                let back = read(&text).ok();
                prop_assert_eq!(back.as_ref(), Some(&baseline), "{}", text);
            }
        }
    }
}
