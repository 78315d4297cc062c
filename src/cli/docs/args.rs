//! What can be asked of `manifestly docs`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::agreement::AgreementArgs;
use crate::cli::args::LookedArgs;
use crate::handbook::Format;

#[derive(Args, Debug)]
pub(in crate::cli) struct DocsArgs {
    #[command(flatten)]
    pub(in crate::cli) looked: LookedArgs,

    #[command(flatten)]
    pub(in crate::cli) agreement: AgreementArgs,

    /// The folder to write: a new one, an empty one, or one with a handbook
    ///
    /// Pages of policies that are gone are removed, other files are left alone.
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(in crate::cli) out: PathBuf,

    /// What to write; repeatable [default: html and markdown]
    #[arg(short, long = "format", value_name = "FORMAT")]
    pub(in crate::cli) formats: Vec<Format>,

    /// What the handbook is called
    #[arg(long, value_name = "TEXT", default_value = "Policies")]
    pub(in crate::cli) title: String,

    /// Leave out the Rego
    #[arg(long)]
    pub(in crate::cli) no_source: bool,
}
