//! Reports: what a run found, for people and in the formats that other systems read.
//!
//! Every format is deterministic: the same findings give the same bytes, but for the duration in
//! the JSON report.
//!
//! ```
//! use manifestly::check::Checker;
//! use manifestly::policy::Loader;
//! use manifestly::report::{self, Format};
//!
//! let policies = Loader::new()
//!     .policy_text("team.rego", "package team\ndeny contains \"no name\" if not input.name")
//!     .load()
//!     .unwrap();
//! let found = Checker::new(policies).unwrap().check_value(&serde_json::json!({"kind": "Thing"}));
//! let mut out = Vec::new();
//! report::write(&found, "github".parse().unwrap(), &mut out).unwrap();
//! assert!(out.starts_with(b"::error title=team::Thing: no name"));
//! ```

mod anchor;
mod change;
pub(crate) mod comment;
mod explanation;
mod fingerprint;
mod github;
mod gitlab;
mod human;
mod json;
mod junit;
mod markdown;
pub(crate) mod otherwise;
mod paint;
mod paragraph;
pub(crate) mod prose;
mod sarif;
mod snippet;
mod standing;
mod told;
pub(crate) mod uri;

use std::fmt;
use std::io;
use std::str::FromStr;

use rayon::prelude::*;
use serde::Deserialize;

use crate::check::{Finding, Reported};

pub(crate) use explanation::{markdown as markdown_advice, one_line, who};
pub use human::HumanOptions;
pub(crate) use human::counted;
pub use json::schema;
pub(crate) use json::{Array, element};
pub(crate) use paint::{Paint, Tone};
pub(crate) use paragraph::paragraph;
pub(crate) use snippet::snippets;
pub use told::{ComparisonFormat, ListFormat};

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// For people
    Human,
    /// For programs: versioned, described by `manifestly schema report`
    Json,
    /// For code scanning and editors: SARIF 2.1.0
    Sarif,
    /// For the test pages of CI systems: JUnit XML
    Junit,
    /// For GitHub Actions: workflow commands that annotate the files of a pull request
    Github,
    /// For GitLab merge requests: a code quality report
    Gitlab,
    /// For a comment on a pull request
    Markdown,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] = [
        Self::Human,
        Self::Json,
        Self::Sarif,
        Self::Junit,
        Self::Github,
        Self::Gitlab,
        Self::Markdown,
    ];

    /// The format's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::Junit => "junit",
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Markdown => "markdown",
        }
    }

    /// The names of all formats.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.into_iter().map(Self::as_str)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A name that no format has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no report format `{name}`, but {}", Format::names().collect::<Vec<_>>().join(", "))]
pub struct UnknownFormat {
    /// The name.
    pub name: String,
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let named = Self::ALL.into_iter().find(|format| format.as_str() == name);
        named.ok_or_else(|| UnknownFormat { name: name.to_owned() })
    }
}

/// Writes a report.
///
/// # Errors
///
/// What writing to `out` gives.
pub fn write(report: &dyn Reported, format: Format, out: &mut dyn io::Write) -> io::Result<()> {
    write_with(report, format, &HumanOptions::default(), out)
}

/// Writes a report; the one for people with a layout of your own.
///
/// # Errors
///
/// What writing to `out` gives.
pub fn write_with(
    report: &dyn Reported,
    format: Format,
    layout: &HumanOptions,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Human => human::write(report, layout, out),
        Format::Json => json::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Github => github::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::Markdown => markdown::write(report, out),
    }
}

/// Findings that are rendered in parallel, into pieces that are joined in the order of the
/// findings. What one window needed of memory serves the next.
#[derive(Default)]
struct Rendered(Vec<Vec<u8>>);

impl Rendered {
    /// The pieces of a window, rendered by the number that each finding has in it.
    fn window(
        &mut self,
        window: &[Finding],
        between: &[u8],
        render: impl Fn(usize, &Finding, &mut Vec<u8>) -> io::Result<()> + Sync,
    ) -> io::Result<&[Vec<u8>]> {
        const PIECE: usize = 64;
        let pieces = window.len().div_ceil(PIECE);
        self.0.resize_with(self.0.len().max(pieces), Vec::new);
        let pieces = &mut self.0[..pieces];
        let each = pieces.par_iter_mut().zip(window.par_chunks(PIECE)).enumerate();
        each.try_for_each(|(piece, (text, findings))| {
            text.clear();
            for (number, finding) in findings.iter().enumerate() {
                if number > 0 {
                    text.extend_from_slice(between);
                }
                render(piece * PIECE + number, finding, text)?;
            }
            Ok::<_, io::Error>(())
        })?;
        Ok(pieces)
    }
}
