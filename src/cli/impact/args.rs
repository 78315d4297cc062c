//! What can be asked of `manifestly impact`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::cli::args::JudgedArgs;
use crate::impact::Format;

pub(in crate::cli) const IMPACT_EXAMPLES: &str = "\
Examples:
  manifestly impact --from main -p policies/ estate/
                                             policies as they are here, against those on main
  manifestly impact --from v7 --to v8 -p policies/ estate/
                                             two revisions of git
  manifestly impact --from old/ --to new/ estate/
                                             two folders
  manifestly impact --from main --fail-on new-deny -f markdown -p policies/ estate/ > comment.md
                                             for a pull request

Exit codes:
  0  compared
  1  something newly blocks, where --fail-on new-deny is said
  2  something could not be judged: an unreadable manifest, a broken policy";

#[derive(Args, Debug)]
pub(in crate::cli) struct ImpactArgs {
    /// The policies that are in force: a file or folder, `embedded` for the embedded pack, or a
    /// revision of git
    ///
    /// At a revision, the policy folders that are named by --policy or in manifestly.toml are taken
    /// as they were, or the folder behind it, as in v7:policies. `main...` is where this branch
    /// left main. Files that exist go before revisions.
    #[arg(long, value_name = "POLICIES")]
    pub(in crate::cli) from: String,

    /// The policies that take their place, said in the same way [default: those of --policy and
    /// manifestly.toml]
    #[arg(long, value_name = "POLICIES")]
    pub(in crate::cli) to: Option<String>,

    #[command(flatten)]
    pub(in crate::cli) judged: JudgedArgs,

    /// The label that says who owns a workload; repeatable, the first one that a workload has counts
    /// [default: team]
    #[arg(long = "owner-label", value_name = "LABEL")]
    pub(in crate::cli) owner_labels: Vec<String>,

    /// The file that says who owns what has no such label, by GitHub's rules [default: the
    /// CODEOWNERS of the repository of the manifests]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) codeowners: Option<PathBuf>,

    /// How to tell it
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,

    /// How many violations of each policy are told to people; the others are counted
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub(in crate::cli) most: usize,

    /// When the exit code is 1
    #[arg(long, value_name = "WHAT", default_value = "never")]
    pub(in crate::cli) fail_on: FailOnImpact,
}

/// When an impact is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FailOnImpact {
    /// Never; what could not be judged still fails
    Never,
    /// When something newly blocks
    NewDeny,
}
