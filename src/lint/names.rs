//! The lints by their names.

/// A kind of finding, which can be switched off by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lint {
    /// The name: `missing-owner`.
    pub name: &'static str,
    /// What it finds, in one line.
    pub summary: &'static str,
}

impl Lint {
    /// Whether its findings look alike, so that one snippet tells as much as many.
    pub(super) fn is_about_gaps(self) -> bool {
        self.name.starts_with("missing-")
    }
}

macro_rules! lints {
    ($($name:ident = $text:literal: $summary:literal,)*) => {
        $(pub(super) const $name: Lint = Lint { name: $text, summary: $summary };)*

        /// All of them, in the order of their names.
        pub const LINTS: &[Lint] = &[$($name),*];
    };
}

lints! {
    DIFFERS_FROM_OPA = "differs-from-opa": "what OPA does otherwise",
    DUPLICATE_ID = "duplicate-id": "one id for several policies",
    MISSING_HELP = "missing-help": "policies that don't say how a violation is mended",
    MISSING_OWNER = "missing-owner": "policies that don't say who decided them",
    MISSING_SEVERITY = "missing-severity": "policies that don't say how bad a violation is",
    MISSING_TITLE = "missing-title": "policies that don't say in one line what is wanted",
    MISSING_WHY = "missing-why": "policies that don't say why they matter",
    NEEDLESS_IMPORT = "needless-import": "imports that Rego v1 needs no more",
    NEVER_FIRES = "never-fires": "rules that can never hold",
    NO_MESSAGE = "no-message": "results that say nothing",
    REGO_V0 = "rego-v0": "files in the Rego before OPA 1.0",
    UNRESOLVED_PATH = "unresolved-path": "paths of results that lead nowhere in the policy's own examples",
}

/// The lint of a name.
///
/// # Errors
///
/// If there is none: the name that is most like it, where one is.
pub fn named(name: &str) -> Result<Lint, Option<&'static str>> {
    LINTS.iter().find(|lint| lint.name == name).copied().ok_or_else(|| {
        let likeness = |lint: &Lint| strsim::jaro_winkler(lint.name, name);
        let near = LINTS.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        near.filter(|lint| likeness(lint) > 0.8).map(|lint| lint.name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lints_stand_in_the_order_of_their_names() {
        assert!(LINTS.is_sorted_by(|a, b| a.name < b.name));
        assert_eq!(named("never-fires"), Ok(NEVER_FIRES));
        assert_eq!(named("never-fire"), Err(Some("never-fires")));
        assert_eq!(named("x"), Err(None));
    }
}
