//! Looking over policies: what they leave out, what can't be meant, what other engines do otherwise.
//!
//! ```
//! use manifestly::lint;
//! use manifestly::policy::Loader;
//!
//! let policies = Loader::new()
//!     .policy_text("p.rego", "package p\ndeny if { input.kind == \"Pod\"; input.kind == \"Job\" }")
//!     .load()
//!     .unwrap();
//! let linted = lint::lint(&policies, &lint::Options::default());
//! let found: Vec<_> = linted.findings.iter().map(|finding| finding.lint.name).collect();
//! assert!(found.contains(&"never-fires") && found.contains(&"missing-owner"));
//! ```

mod checks;
mod finding;
mod format;
mod names;
mod never;
mod world;

use std::path::PathBuf;

use rayon::prelude::*;

pub use finding::Finding;
pub use format::{Format, Layout, write};
pub use names::{LINTS, Lint, named};

use crate::engine::{EngineLimits, Program};
use crate::gatekeeper::Constraints;
use crate::policy::PolicySet;
use crate::rego::PolicyError;

use world::World;

/// How policies are looked over.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Lints that are switched off.
    pub allowed: Vec<Lint>,
    /// Files and folders below which examples of the policies stand.
    pub examples: Vec<PathBuf>,
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Linted {
    /// The findings, in the order of files and places.
    pub findings: Vec<Finding>,
    /// What could not be looked at, each at its place.
    pub errors: Vec<PolicyError>,
    /// How many policies there are, constraints and templates among them.
    pub policies: usize,
}

impl Linted {
    /// 2 if anything could not be looked at, else 1 if something was found, else 0.
    pub fn exit_code(&self) -> u8 {
        match (self.errors.is_empty(), self.findings.is_empty()) {
            (false, _) => 2,
            (true, false) => 1,
            (true, true) => 0,
        }
    }
}

/// Looks over policies, their templates and constraints.
pub fn lint(policies: &PolicySet, options: &Options) -> Linted {
    let mut linted = Linted { policies: policies.count(), ..Linted::default() };
    let limits = EngineLimits::default();
    let program = match Program::compile(policies, limits) {
        Ok(program) => Some(program),
        Err(errors) => {
            linted.errors.extend(errors.0);
            None
        }
    };
    let (constraints, errors) = Constraints::survey(&policies.gatekeeper, limits);
    linted.errors.extend(errors);
    let described = constraints.described(crate::gatekeeper::ENFORCEMENT_POINT);
    linted.policies += described.len();
    let mut worlds = vec![World::of_files(policies)];
    worlds.extend(described.iter().filter_map(World::of_template));
    let wanted = |finding: &Finding| !options.allowed.contains(&finding.lint);
    linted.findings = crate::stack::deep(|| {
        worlds.par_iter().flat_map_iter(checks::run).filter(|finding| wanted(finding)).collect()
    });
    linted.findings.extend(described.iter().filter_map(checks::constraint).filter(wanted));
    if let Some(program) = program {
        let found = checks::paths(policies, &program, &options.examples);
        linted.findings.extend(found.into_iter().filter(wanted));
    }
    linted.findings.sort_by(|a, b| a.order().cmp(&b.order()));
    linted.findings.dedup();
    linted
}
