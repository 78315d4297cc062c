//! The checks, one file for each subject.

mod ids;
mod message;
mod metadata;
mod never_fires;
mod opa;
mod paths;
mod versions;

pub(super) use never_fires::constraint;
pub(super) use paths::paths;

use super::Finding;
use super::world::World;

/// What all checks find that look at texts alone.
pub(super) fn run(world: &World<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    metadata::check(world, &mut found);
    ids::check(world, &mut found);
    message::check(world, &mut found);
    never_fires::check(world, &mut found);
    versions::check(world, &mut found);
    opa::check(world, &mut found);
    found
}

/// Whether a file holds tests.
fn is_test(name: &str) -> bool {
    name.ends_with("_test.rego")
}
