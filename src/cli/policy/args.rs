//! What can be asked of `manifestly policy`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use clap::{Args, Subcommand};

use crate::catalog::Format as CatalogFormat;
use crate::cli::agreement::AgreementArgs;
use crate::cli::args::{EXPLAIN_EXAMPLES, LookedArgs};
use crate::cli::explain::ExplainArgs;
use crate::lint::Format as LintFormat;

const LIST_EXAMPLES: &str = "\
Examples:
  manifestly policy list                          the policies that judge here
  manifestly policy list policies/                those below a folder
  manifestly policy list -f json | jq -r '.policies[] | select(.owner == null) | .id'

Exit codes:
  0  listed
  2  a policy could not be loaded";

const LINT_EXAMPLES: &str = "\
Examples:
  manifestly policy lint policies/
  manifestly policy lint --allow missing-owner --allow missing-severity policies/
                                                  without two of the lints
  manifestly policy lint --explain                what lints there are

Exit codes:
  0  nothing to mend
  1  something was found
  2  a policy could not be loaded or compiled";

#[derive(Args, Debug)]
pub(in crate::cli) struct PolicyCommandArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PolicyCommand {
    /// List policies: one a line, with kinds, owner and place
    ///
    /// Gatekeeper's constraints and templates are listed too. They come in the order of their ids.
    #[command(after_long_help = LIST_EXAMPLES)]
    List(ListArgs),
    /// Show all that is known of one policy, as explain does
    #[command(after_long_help = EXPLAIN_EXAMPLES)]
    Show(ExplainArgs),
    /// Look over policies for what their authors may want to mend
    ///
    /// What policies leave unsaid, rules that can never hold, results without words, ids that are
    /// given twice, paths that lead nowhere in a policy's own examples, old Rego, and what OPA does
    /// otherwise. Each lint has a name, by which it can be switched off.
    #[command(after_long_help = LINT_EXAMPLES)]
    Lint(LintArgs),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ListArgs {
    #[command(flatten)]
    pub(in crate::cli) looked: LookedArgs,

    #[command(flatten)]
    pub(in crate::cli) agreement: AgreementArgs,

    /// How to print them
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: CatalogFormat,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct LintArgs {
    #[command(flatten)]
    pub(in crate::cli) looked: LookedArgs,

    /// Switch a lint off; repeatable
    ///
    /// [env: MANIFESTLY_ALLOW_LINTS, separated by commas]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) allow: Vec<String>,

    /// Tell which lints there are, and look at nothing
    #[arg(long)]
    pub(in crate::cli) explain: bool,

    /// How to print what was found
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(in crate::cli) format: LintFormat,

    /// For how many findings of each lint the policy's text is shown
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    pub(in crate::cli) snippets: usize,
}
