//! The formats of what is told beside reports: lists, and comparisons of runs.

/// The formats of lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum ListFormat {
    /// For people
    #[default]
    Human,
    /// For programs: a versioned object
    Json,
}

/// The formats of comparisons.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "cli", derive(clap::ValueEnum))]
pub enum ComparisonFormat {
    /// For people
    #[default]
    Human,
    /// For programs: a versioned object
    Json,
    /// For a comment on a pull request
    Markdown,
}
