//! An object as the policies of a dialect see it.

use crate::manifest::{Node, Pointer, admission_review};
use crate::policy::{Dialect, EntryPoint};

use super::{Review, Source, World};

/// An object that policies are asked about, and the input that they get of it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) object: Node,
    pub(crate) input: Node,
    pub(crate) dialect: Dialect,
}

impl Seen {
    /// As the rule of an entry point sees it.
    pub(crate) fn new(object: Node, entry: &EntryPoint) -> Self {
        let dialect = entry.dialect;
        let input = match dialect {
            Dialect::Manifest | Dialect::Kubescape => object.clone(),
            Dialect::Admission => admission_review(&object),
            Dialect::Gatekeeper => {
                let review = Review::of_object(&object, Source::Original, &World::default());
                review.input(entry.parameters())
            }
        };
        Self { object, input, dialect }
    }

    /// Where paths of the input lead in the object.
    pub(crate) fn in_object<'p>(
        &'p self,
        paths: &'p [Pointer],
    ) -> impl Iterator<Item = Pointer> + 'p {
        paths.iter().filter_map(|path| self.dialect.path_in_object(path, &self.object))
    }
}
