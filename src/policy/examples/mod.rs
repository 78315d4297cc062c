//! Good and bad examples that stand beside policies.
//!
//! [`layout`] finds their folders, [`beside`] tells which policies they are examples of.

mod beside;
mod layout;

use std::path::Path;

use crate::rego::PolicyError;

use super::pack;

pub(crate) use beside::{Subject, each_constraint, subject};
pub use layout::Kind;
pub(crate) use layout::{Example, Group, groups, is_example};

/// The examples of the policies that stand below paths; without any, those of the embedded pack.
pub(crate) fn known<P: AsRef<Path>>(paths: &[P], errors: &mut Vec<PolicyError>) -> Vec<Group> {
    if paths.is_empty() { pack::examples() } else { groups(paths, errors) }
}
