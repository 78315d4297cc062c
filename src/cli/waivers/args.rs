//! What can be asked of `manifestly waivers`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::catalog::Format;
use crate::cli::agreement::AgreementArgs;
use crate::cli::args::PolicyArgs;

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  manifestly waivers                          all there are, and whether each waives
  manifestly waivers deploy/                  and how many findings each lets pass there
  manifestly waivers --expiring-within 30d    for a weekly reminder: what ends soon
  manifestly waivers -f json | jq -r '.waivers[] | select(.holds | not) | .file'

Exit codes:
  0  all of them waive, or will
  1  one does not waive, or ends within --expiring-within
  2  one can't be read or names no policy; or something could not be judged";

#[derive(Args, Debug)]
pub(in crate::cli) struct WaiversArgs {
    /// Manifests to judge, so that it is known what each waiver lets pass
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) paths: Vec<PathBuf>,

    /// How to print them
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) agreement: AgreementArgs,
}
