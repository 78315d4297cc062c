//! Places as they are held against each other.

use std::fmt;

use manifestly::locate::Place;
use manifestly::manifest::{Node, Pointer, Step};

/// A value of a document, also one that is absent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Spot {
    /// The name of the document's text.
    pub(crate) file: String,
    /// Which document of the text, from 1.
    pub(crate) document: usize,
    /// The path from the document's root; that of what is absent goes on to where it would be.
    pub(crate) path: Pointer,
}

impl Spot {
    pub(crate) fn of(place: &Place) -> Self {
        Self {
            file: place.text.name().to_owned(),
            document: place.document,
            path: place.path.clone(),
        }
    }

    fn is_in_document_of(&self, other: &Self) -> bool {
        (&self.file, self.document) == (&other.file, other.document)
    }

    /// Whether it is below the other.
    pub(crate) fn is_inside(&self, other: &Self) -> bool {
        self.is_in_document_of(other)
            && self.path.0.len() > other.path.0.len()
            && self.path.0.starts_with(&other.path.0)
    }

    /// Whether it is in the list element that the other is in, at every list on the way to it. The
    /// other may be an element itself: then it is in the one around it.
    pub(crate) fn is_in_element_of(&self, other: &Self) -> bool {
        let around = other.path.0.split_last().map_or(&[][..], |(_, around)| around);
        let last = around.iter().rposition(|step| matches!(step, Step::Index(_)));
        let element = last.map_or(&[][..], |last| &around[..=last]);
        self.is_in_document_of(other) && self.path.0.starts_with(element)
    }

    /// The spot without what is absent from its document.
    pub(crate) fn existing(&self, root: &Node) -> Self {
        let mut node = root;
        let exists = self.path.0.iter().take_while(|step| match node.step(step) {
            Some(next) => {
                node = next;
                true
            }
            None => false,
        });
        let path = Pointer(exists.cloned().collect());
        Self { path, ..self.clone() }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}{}", self.file, self.document, self.path)
    }
}

/// A path with its steps as the tree has them: a number may be a key, and a key of a list a
/// number. What stands for a name that the reader is to choose is left out, with all below it.
pub(crate) fn settled(path: &Pointer, root: &Node) -> Pointer {
    let mut node = Some(root);
    let mut steps = Vec::new();
    for step in &path.0 {
        if matches!(step, Step::Key(key) if key.starts_with("YOUR_")) {
            break;
        }
        let is_list = node.map(|node| node.items().is_some());
        let step = match (step, is_list) {
            (Step::Index(index), Some(false)) => Step::Key(index.to_string().into()),
            (Step::Key(key), Some(true)) => key.parse().map_or_else(|_| step.clone(), Step::Index),
            _ => step.clone(),
        };
        node = node.and_then(|node| node.step(&step));
        steps.push(step);
    }
    Pointer(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use manifestly::manifest::parse_path;

    fn spot(path: &str) -> Spot {
        Spot { file: "a".into(), document: 1, path: parse_path(path).unwrap() }
    }

    #[test]
    fn the_element_is_the_one_around_the_truth() {
        let truth = spot("/spec/containers/1/command/0");
        for (path, is) in [
            ("/spec/containers/1", true),
            ("/spec/containers/1/command/3", true),
            ("/spec/containers/1/image", true),
            ("/spec/containers", false),
            ("/spec/containers/0/command/0", false),
            ("/metadata/name", false),
        ] {
            assert_eq!(spot(path).is_in_element_of(&truth), is, "{path}");
        }
        assert!(spot("/metadata/name").is_in_element_of(&spot("/spec/hostPID")));
        let elsewhere = Spot { document: 2, ..spot("/spec") };
        assert!(!elsewhere.is_in_element_of(&spot("/spec/hostPID")));
    }

    #[test]
    fn paths_are_settled_by_the_tree() {
        let root = Node::from(&serde_json::json!({"data": {"0": "a"}, "items": ["b"]}));
        let settle = |path: &str| settled(&parse_path(path).unwrap(), &root).to_string();
        assert_eq!(settle("data[0]"), "/data/0");
        assert!(matches!(settled(&parse_path("data[0]").unwrap(), &root).0[1], Step::Key(_)));
        assert_eq!(settle("metadata.labels[YOUR_LABEL]"), "/metadata/labels");
        let list = Pointer(vec!["items".into(), "0".into()]);
        assert!(matches!(settled(&list, &root).0[1], Step::Index(0)));
    }

    #[test]
    fn what_exists_ends_where_the_document_ends() {
        let root = Node::from(&serde_json::json!({"spec": {"a": [1]}}));
        assert_eq!(spot("/spec/a/0/b").existing(&root), spot("/spec/a/0"));
        assert_eq!(spot("/metadata/labels").existing(&root), spot(""));
    }
}
