//! The command line.

use std::path::PathBuf;

use super::layout::Layout;

/// Scores inferred places against those that a library of policies declares
///
/// The library's policies are judged as they are, which tells the true places, and again with
/// everything taken out that tells a place. What is then inferred is held against the truth.
#[derive(Debug, Default, clap::Parser)]
#[command(name = "places", disable_version_flag = true)]
pub(crate) struct Options {
    /// The folder of the library
    #[arg(value_name = "LIBRARY")]
    pub(crate) folder: Option<PathBuf>,
    /// How the library is laid out, where that is not to be recognised
    #[arg(long, value_enum)]
    pub(crate) layout: Option<Layout>,
    /// Manifests to judge, beside those that the library has
    #[arg(long, value_name = "FOLDER")]
    pub(crate) manifests: Vec<PathBuf>,
    /// Rego that is loaded with every rule
    #[arg(long, value_name = "FOLDER")]
    pub(crate) with: Vec<PathBuf>,
    /// More keys under which results tell places
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub(crate) path_key: Vec<String>,
    /// More keys under which results have their words
    #[arg(long, value_name = "KEYS", value_delimiter = ',')]
    pub(crate) message_key: Vec<String>,
    /// More names of rules that are asked
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) entry: Vec<String>,
    /// Scores these rules alone; repeatable
    #[arg(long, value_name = "RULE")]
    pub(crate) only: Vec<String>,
    /// Tells each violation whose first place is not exact, and every note
    #[arg(long)]
    pub(crate) list: bool,
    /// Tells the grades of each rule
    #[arg(long)]
    pub(crate) rules: bool,
    /// Tells all of it as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Leaves out what inferring takes, so that two runs tell the same
    #[arg(long)]
    pub(crate) no_costs: bool,
    /// Writes the policies as they were judged, without their places, into this folder
    #[arg(long, value_name = "FOLDER")]
    pub(crate) stripped: Option<PathBuf>,
}

impl Options {
    /// Whether a rule is to be scored.
    pub(crate) fn wants(&self, rule: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == rule)
    }
}
