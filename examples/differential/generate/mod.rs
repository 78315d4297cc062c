//! Policies by chance: rules of all kinds over documents of all shapes. They name variables, rules
//! and functions that exist, and mostly values of a fitting kind, so that most of them compile and
//! many of their bodies hold.

mod bodies;
mod calls;
mod documents;
mod functions;
mod heads;
mod kind;
mod literals;
mod patterns;
mod replacements;
mod terms;

use crate::random::Random;

pub(crate) use documents::{LIBRARY, data, input};
use kind::Kind;

/// A rule that later rules can name.
struct Known {
    name: String,
    kind: Kind,
    /// The kinds of a function's arguments.
    args: Option<Vec<Kind>>,
}

/// The language that a module is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    V1,
    /// With `and`, `or` and `not { .. }`.
    Logic,
    V0,
    /// v0 that imports the words of v1.
    Future,
}

/// Writes one policy.
pub(crate) struct Generator<'r> {
    random: &'r mut Random,
    dialect: Dialect,
    package: String,
    rules: Vec<Known>,
    /// What imports name.
    imports: Vec<(String, Kind)>,
    /// The variables that have values where the text now is.
    scope: Vec<(String, Kind)>,
    names: usize,
    depth: usize,
}

impl<'r> Generator<'r> {
    pub(crate) fn new(random: &'r mut Random, v0: bool) -> Self {
        let dialect = match (v0, random.below(10)) {
            (false, 0) => Dialect::Logic,
            (false, _) => Dialect::V1,
            (true, 0..4) => Dialect::Future,
            (true, _) => Dialect::V0,
        };
        Self {
            random,
            dialect,
            package: String::new(),
            rules: Vec::new(),
            imports: Vec::new(),
            scope: Vec::new(),
            names: 0,
            depth: 0,
        }
    }

    /// A module of that package. Most are tame: of each rule, other tries are made until it is
    /// accepted, so that there is something to evaluate. The others say what is refused.
    pub(crate) fn module(mut self, package: &str, accepts: &dyn Fn(&str) -> bool) -> String {
        package.clone_into(&mut self.package);
        let is_tame = self.random.chance(90);
        let mut text = format!("package {package}\n\n{}", self.header());
        for number in 0..2 + self.random.below(5) {
            for _ in 0..if is_tame { 30 } else { 1 } {
                let known = self.rules.len();
                let rule = self.rule(&format!("r{number}"));
                let longer = format!("{text}{rule}\n");
                if !is_tame || accepts(&longer) {
                    text = longer;
                    break;
                }
                self.rules.truncate(known);
            }
        }
        text
    }

    fn header(&mut self) -> String {
        let mut text = String::new();
        match self.dialect {
            Dialect::Logic if self.random.chance(30) => text.push_str("import rego.v2\n"),
            Dialect::Logic => {
                for word in ["and", "or", "not"] {
                    text.push_str(&format!("import future.keywords.{word}\n"));
                }
            }
            Dialect::Future => text.push_str("import future.keywords\n"),
            Dialect::V1 if self.random.chance(10) => text.push_str("import rego.v1\n"),
            Dialect::V1 | Dialect::V0 => {}
        }
        for _ in 0..self.random.below(4) {
            let (path, kind) = documents::IMPORTS[self.random.below(documents::IMPORTS.len())];
            let last = path.rsplit('.').next().unwrap_or(path).to_owned();
            let alias = self.random.chance(50).then(|| self.fresh());
            let name = alias.clone().unwrap_or(last);
            if self.imports.iter().any(|(known, _)| *known == name) {
                continue;
            }
            let alias = alias.map_or(String::new(), |alias| format!(" as {alias}"));
            text.push_str(&format!("import {path}{alias}\n"));
            self.imports.push((name, kind));
        }
        text.push('\n');
        text
    }

    /// Whether `if`, `in`, `every` and `contains` can be written.
    fn has_words(&self) -> bool {
        self.dialect != Dialect::V0
    }

    fn fresh(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    /// A variable that has a value from here on.
    fn bound(&mut self, kind: Kind) -> String {
        let name = self.fresh();
        self.scope.push((name.clone(), kind));
        name
    }

    /// Writes something whose variables nothing else sees.
    fn scoped<T>(&mut self, write: impl FnOnce(&mut Self) -> T) -> T {
        let known = self.scope.len();
        self.depth += 1;
        let text = write(self);
        self.depth -= 1;
        self.scope.truncate(known);
        text
    }
}
