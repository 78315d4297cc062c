//! Expansion templates: what controllers make, told for any kind.

mod made;
mod read;

use crate::manifest::{Node, ResourceId, Step};
use crate::policy::Level;

pub use made::{Made, NothingToMakeOf};

/// An `ExpansionTemplate`, checked.
#[derive(Clone, Debug)]
struct Expansion {
    name: String,
    /// The kinds of objects that make others.
    makers: Vec<Gvk>,
    /// Where in them stands what they make others of.
    source: Vec<Step>,
    made: Gvk,
    /// What violations of what is made ask for, in place of what the constraint says.
    level: Option<Level>,
}

/// Group, version and kind of objects.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Gvk {
    group: String,
    version: String,
    kind: String,
}

impl Gvk {
    fn of(object: &Node) -> Self {
        let text = |key: &str| object.get_str(key).unwrap_or_default().to_owned();
        let id = ResourceId { api_version: text("apiVersion"), ..ResourceId::default() };
        let version = id.api_version.rsplit('/').next().unwrap_or_default().to_owned();
        Self { group: id.group().to_owned(), version, kind: text("kind") }
    }

    fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

/// All expansion templates, in the order of their names. None of them leads back to itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Expansions(Vec<Expansion>);

impl Expansions {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The levels that expansions ask for.
    pub(super) fn levels(&self) -> impl Iterator<Item = Level> {
        self.0.iter().filter_map(|expansion| expansion.level)
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use super::*;
    use crate::manifest::{Format, ReadLimits, Resource, read};
    use crate::source::SourceText;

    fn documents(text: &str) -> Vec<Resource> {
        let source = Arc::new(SourceText::new("e.yaml", text));
        let reading = read(&source, Format::Manifest, &ReadLimits::default());
        reading.manifests.into_iter().map(|manifest| Resource::whole(&Arc::new(manifest))).collect()
    }

    /// Templates that make things of things of the next kind: two of each.
    fn layers(count: usize) -> Expansions {
        let mut text = String::new();
        for (layer, twin) in (0..count).flat_map(|layer| [(layer, 'a'), (layer, 'b')]) {
            let _ = write!(
                text,
                "---\napiVersion: expansion.gatekeeper.sh/v1beta1\nkind: ExpansionTemplate\n\
                 metadata: {{name: e{layer}{twin}}}\nspec:\n  templateSource: of\n  \
                 applyTo: [{{groups: [''], versions: [v1], kinds: [T{layer}]}}]\n  \
                 generatedGVK: {{version: v1, kind: T{}}}\n",
                layer + 1
            );
        }
        let documents = documents(&text);
        Expansions::read(&documents.iter().collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn things_make_others_up_to_a_bound() {
        let nested = (0..12).fold("{}".to_owned(), |inner, _| format!("{{of: {inner}}}"));
        let thing = format!("{{apiVersion: v1, kind: T0, metadata: {{name: t}}, of: {nested}}}");
        let thing = &documents(&thing)[0].node;
        let made = layers(2).made_of(thing).unwrap();
        let made: Vec<_> =
            made.iter().map(|m| format!("{} {} by {}", m.path, m.makers[0], m.template)).collect();
        assert_eq!(
            made,
            [
                "/of T0 t by e0a",
                "/of/of T1 t-t1 by e1a",
                "/of/of T1 t-t1 by e1b",
                "/of T0 t by e0b",
                "/of/of T1 t-t1 by e1a",
                "/of/of T1 t-t1 by e1b",
            ]
        );
        let error = layers(10).made_of(thing).unwrap_err();
        assert_eq!(error.message, "it makes more than 1000 objects");
    }
}
