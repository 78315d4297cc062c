//! What can be asked of `manifestly expect`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use clap::{Args, ValueHint};

use crate::cli::agreement::AgreementArgs;
use crate::cli::args::PolicyArgs;
use crate::expect::Format;

#[derive(Args, Debug)]
pub(in crate::cli) struct ExpectArgs {
    /// A manifest, a folder of them, `-` for standard input, or a kind
    ///
    /// Kinds go by the names that kubectl takes: Deployment, deployments, deploy. One of your own is
    /// written with its group, as in example.com/Widget. What is a file is no kind.
    #[arg(required = true, value_name = "FILE|KIND", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) subjects: Vec<String>,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) agreement: AgreementArgs,

    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: Format,
}
