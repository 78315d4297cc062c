//! What can be asked of `manifestly explain`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use clap::Args;

use crate::catalog::Format as CatalogFormat;
use crate::cli::agreement::AgreementArgs;
use crate::cli::args::PolicyArgs;

#[derive(Args, Debug)]
pub(in crate::cli) struct ExplainArgs {
    /// The id of the policy, as reports have it
    #[arg(value_name = "POLICY")]
    pub(in crate::cli) id: String,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) agreement: AgreementArgs,

    /// Print its Rego, too
    #[arg(long)]
    pub(in crate::cli) source: bool,

    /// Show the texts of examples whole
    ///
    /// Else of a bad one is shown what is caught, and of a good one what it does otherwise.
    #[arg(long)]
    pub(in crate::cli) examples: bool,

    /// How to print it
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: CatalogFormat,
}
