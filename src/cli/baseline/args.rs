//! What can be asked of `manifestly baseline`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use crate::cli::args::{FileArgs, JudgedArgs};
use crate::report::ListFormat;

const WRITE_EXAMPLES: &str = "\
Examples:
  manifestly baseline write -p policies/ deploy/        what stands today, in baseline.yaml
  manifestly baseline write -p policies/ --baseline .manifestly/baseline.json deploy/
  manifestly check -p policies/ --baseline baseline.yaml deploy/
                                                        only what is new blocks

Exit codes:
  0  written
  2  there is one already, or something could not be judged: nothing is written";

const UPDATE_EXAMPLES: &str = "\
Examples:
  manifestly baseline update -p policies/ deploy/       what is mended can't come back
  manifestly baseline update -p policies/ --accept-new deploy/
                                                        a policy came: what stands may stand

Exit codes:
  0  it holds all that stands
  1  something is new, and left out
  2  something could not be judged: nothing is written";

const SHOW_EXAMPLES: &str = "\
Examples:
  manifestly baseline show
  manifestly baseline show -f json | jq -r '.policies[] | [.count, .policy] | @tsv'";

#[derive(Args, Debug)]
pub(in crate::cli) struct BaselineArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: BaselineCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum BaselineCommand {
    /// Write down what stands today, so that only what is new blocks
    ///
    /// All that blocks, warns or will do so is written, but for what a waiver or an exception lets
    /// pass. The file is made to be committed, and to be read in a review.
    #[command(after_long_help = WRITE_EXAMPLES)]
    Write(WriteArgs),
    /// Take out of the baseline what is mended
    ///
    /// Give the paths that it was written with: what is not found there counts as mended. It only
    /// shrinks, unless --accept-new is said.
    #[command(after_long_help = UPDATE_EXAMPLES)]
    Update(UpdateArgs),
    /// Show what the baseline holds, policy by policy
    #[command(after_long_help = SHOW_EXAMPLES)]
    Show(ShowArgs),
}

#[derive(Args, Debug)]
#[command(mut_arg("since", |since| since.hide(true)))]
pub(in crate::cli) struct WriteArgs {
    #[command(flatten)]
    pub(in crate::cli) judged: JudgedArgs,
}

#[derive(Args, Debug)]
#[command(mut_arg("since", |since| since.hide(true)))]
pub(in crate::cli) struct UpdateArgs {
    #[command(flatten)]
    pub(in crate::cli) judged: JudgedArgs,

    /// Take up what is new, too
    #[arg(long)]
    pub(in crate::cli) accept_new: bool,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ShowArgs {
    /// The baseline [default: the one in force, else baseline.yaml]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) file: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) settings: FileArgs,

    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: ListFormat,
}
