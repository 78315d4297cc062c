//! What can be asked of `eval`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use super::PolicyArgs;

pub(super) const EVAL_EXAMPLES: &str = "\
Examples:
  manifestly eval 'data.kubernetes.privileged.deny' --input pod.yaml
                                             what a policy of the embedded pack says
  manifestly eval -p policies/ 'data.main.deny[msg]' --input pod.yaml
                                             one solution for each message
  kubectl get pod web -o yaml | manifestly eval 'input.spec.containers[_].image' --input -
  manifestly eval --format pretty '[x | x := numbers.range(1, 5)[_]; x % 2 == 1]'

Exit codes:
  0  evaluated, also when the answer is undefined
  2  something is wrong: the query, a policy, data or the input";

#[derive(Args, Debug)]
pub(in crate::cli) struct EvalArgs {
    /// The query: statements as in the body of a rule, separated by `;`
    #[arg(value_name = "QUERY")]
    pub(in crate::cli) query: String,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    /// The file for `input`, one YAML or JSON document; `-` for standard input
    ///
    /// It is read as kubectl reads manifests. Without it, input is undefined.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) input: Option<PathBuf>,

    /// The package that the query stands in, so that it names the package's rules by themselves
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) package: Option<String>,

    /// How to print the answer
    #[arg(short, long, value_name = "FORMAT", default_value = "json")]
    pub(in crate::cli) format: AnswerFormat,

    /// Fail when a builtin function fails, instead of taking its result for undefined
    #[arg(long)]
    pub(in crate::cli) strict_builtin_errors: bool,

    /// Tell why: which rules were asked for, how far their bodies got, what was read of the input
    /// and what was looked for in vain
    #[arg(long)]
    pub(in crate::cli) explain: bool,

    /// Tell which lines of the policies were evaluated
    #[arg(long)]
    pub(in crate::cli) coverage: bool,

    /// Ask regorus' interpreter the same, and tell whether it differs
    #[cfg(feature = "second-opinion")]
    #[arg(long, conflicts_with = "package")]
    pub(in crate::cli) second_opinion: bool,

    /// The most seconds that the query may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(in crate::cli) timeout: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AnswerFormat {
    /// For programs: an object with `value`, empty when the answer is undefined
    Json,
    /// For people: the bindings and the value
    Pretty,
}
