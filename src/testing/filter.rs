//! `--run`: which tests are wanted.

use regex::Regex;
use thiserror::Error;

use super::TestId;

/// A filter that can't be read.
#[derive(Debug, Error, miette::Diagnostic)]
#[error("`{pattern}` is no regular expression: {reason}")]
pub struct FilterError {
    pattern: String,
    reason: String,
}

/// Which tests are wanted: all, those whose group or name matches, or with `//` in the middle those
/// whose group matches the one and whose name the other.
#[derive(Clone, Debug, Default)]
pub struct Filter(Option<(Regex, Option<Regex>)>);

impl Filter {
    /// A filter from a regular expression, or two with `//` between them.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn new(pattern: &str) -> Result<Self, FilterError> {
        let regex = |pattern: &str| {
            Regex::new(pattern).map_err(|error| FilterError {
                pattern: pattern.to_owned(),
                reason: reason(&error),
            })
        };
        Ok(Self(match pattern.split_once("//") {
            _ if pattern.is_empty() => None,
            Some((group, name)) => Some((regex(group)?, Some(regex(name)?))),
            None => Some((regex(pattern)?, None)),
        }))
    }

    /// Whether a test is wanted.
    pub fn wants(&self, id: &TestId) -> bool {
        match &self.0 {
            None => true,
            Some((either, None)) => either.is_match(&id.group) || either.is_match(&id.name),
            Some((group, Some(name))) => group.is_match(&id.group) && name.is_match(&id.name),
        }
    }
}

/// What is wrong with a regular expression, without the picture that comes with it.
pub(super) fn reason(error: &regex::Error) -> String {
    let told = error.to_string();
    told.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_and_names_are_told_apart_by_slashes() {
        let wants = |pattern: &str, group: &str, name: &str| {
            let id = TestId { group: group.into(), name: name.into(), ..TestId::default() };
            Filter::new(pattern).unwrap().wants(&id)
        };
        assert!(wants("", "a", "b"));
        assert!(wants("a", "a", "b") && wants("b", "a", "b") && !wants("c", "a", "b"));
        assert!(wants("^a$//", "a", "b") && !wants("^a$//", "ab", "b"));
        assert!(wants("//b", "a", "b") && !wants("b//a", "a", "b"));
        assert!(Filter::new("(").is_err());
    }
}
