//! What can be asked of `manifestly waive`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::agreement::AgreementArgs;
use crate::cli::args::PolicyArgs;

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  manifestly waive kubernetes/privileged deploy/agent.yaml --until 2026-12-31 \\
    --reason 'the agent loads kernel modules'
                                       what violates the policy in a file
  manifestly waive kubernetes/privileged daemonset/monitoring/agent --until 2026-12-31 \\
    --reason '...'                     a resource by kind, namespace and name
  manifestly waive team/labels deploy/web.yaml --until 2026-12-31 --reason '...' --output -
                                       only show what would be written

Exit codes:
  0  written; it waives once it is approved
  2  not written: no such policy, nothing to waive, or more than the policy allows";

#[derive(Args, Debug)]
pub(in crate::cli) struct WaiveArgs {
    /// The id of the policy
    #[arg(value_name = "POLICY")]
    pub(in crate::cli) id: String,

    /// A file with violations, or a resource: KIND/NAME or KIND/NAMESPACE/NAME
    #[arg(value_name = "TARGET", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) target: String,

    /// The last day, such as 2026-12-31; it counts to its last second in UTC
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) until: String,

    /// Why this may pass
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) reason: String,

    /// The first day [default: today, in UTC]
    #[arg(long, value_name = "DATE")]
    pub(in crate::cli) from: Option<String>,

    /// Only for what is at or inside a path, such as spec.containers[name=web]; repeatable
    #[arg(long = "path", value_name = "PATH")]
    pub(in crate::cli) within: Vec<String>,

    /// Who asks for it [default: user.email of git]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) requested_by: Option<String>,

    /// Who agreed, where they did already
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) approved_by: Option<String>,

    /// Where it was talked about
    #[arg(long, value_name = "TEXT")]
    pub(in crate::cli) ticket: Option<String>,

    /// The file to write, or `-` for standard output [default: a new one among the waivers]
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) output: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) agreement: AgreementArgs,
}
