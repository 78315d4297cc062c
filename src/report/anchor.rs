//! A place as the formats need it that know files and lines only.

use std::fmt;

use crate::check::{Finding, Location, Problem, ProblemLocation};
use crate::policy::Policy;

/// Lines and columns from 1, columns in characters, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Region {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) end_line: usize,
    pub(super) end_column: usize,
}

/// A file, and the region of it where one is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) file: String,
    pub(super) region: Option<Region>,
}

impl Anchor {
    pub(super) fn of_finding(finding: &Finding) -> Option<Self> {
        finding.location().map(Self::from)
    }

    pub(super) fn of_problem(problem: &Problem) -> Option<Self> {
        problem.location().map(Self::from)
    }

    /// Where a policy's rule stands: what there is to look at for a violation without a place, in
    /// formats that demand one.
    pub(super) fn of_policy(policy: &Policy) -> Self {
        let start = policy.source.position(policy.span.start);
        let end = policy.source.position(policy.span.end);
        let region = Region {
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        };
        Self { file: policy.source.name().to_owned(), region: Some(region) }
    }

    /// The file, unless the name stands for something else, as `<stdin>` does.
    pub(super) fn path(&self) -> Option<&str> {
        is_path(&self.file).then_some(&self.file)
    }
}

/// Whether a source's name is the path of a file.
pub(super) fn is_path(name: &str) -> bool {
    !(name.starts_with('<') && name.ends_with('>'))
}

impl From<Location> for Anchor {
    fn from(location: Location) -> Self {
        let Location { line, column, end_line, end_column, .. } = location;
        let region = Region { line, column, end_line, end_column };
        Self { file: location.file, region: Some(region) }
    }
}

impl From<ProblemLocation> for Anchor {
    fn from(location: ProblemLocation) -> Self {
        let region = location.line.map(|line| {
            let column = location.column.unwrap_or(1);
            Region {
                line,
                column,
                end_line: location.end_line.unwrap_or(line),
                end_column: location.end_column.unwrap_or(column),
            }
        });
        Self { file: location.file, region }
    }
}

/// `file:line:column`, as compilers write it and editors read it.
impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.region {
            Some(Region { line, column, .. }) => write!(f, "{}:{line}:{column}", self.file),
            None => f.write_str(&self.file),
        }
    }
}
