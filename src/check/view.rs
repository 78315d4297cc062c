//! What policies see of a resource, and where in the manifest that is.

use crate::engine::RuleResult;
use crate::locate::{self, Place};
use crate::manifest::{Node, Pointer, Resource};
use crate::policy::Dialect;

/// An object that is judged: the resource, or one that a controller will make of it.
pub(super) struct View<'r> {
    pub(super) resource: &'r Resource,
    pub(super) object: &'r Node,
    /// Where the object stands in the resource.
    pub(super) offset: Pointer,
    /// What the policies take their input to be.
    pub(super) dialect: Dialect,
}

impl<'r> View<'r> {
    /// All of a resource.
    pub(super) fn whole(resource: &'r Resource, dialect: Dialect) -> Self {
        Self { resource, object: &resource.node, offset: Pointer::default(), dialect }
    }

    pub(super) fn is_whole(&self) -> bool {
        self.offset.0.is_empty()
    }

    /// The place of a violation: where it says, else the resource.
    pub(super) fn place(&self, result: &RuleResult) -> Place {
        let declared = locate::declared_path(&result.value);
        // Gatekeeper leaves it to the policy what else a violation says: a path is taken up.
        let details = || result.value.field("details").and_then(locate::declared_path);
        let declared = match self.dialect {
            Dialect::Gatekeeper => declared.or_else(details),
            Dialect::Manifest | Dialect::Admission => declared,
        };
        match declared.and_then(|path| self.dialect.path_in_object(&path)) {
            Some(path) => locate::declared(self.resource, self.object, &self.offset, &path),
            None => locate::resource(self.resource),
        }
    }
}
