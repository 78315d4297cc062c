//! The command line: what can be asked, and the help that teaches it.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

mod bench;
mod check;
mod eval;
mod shared;
mod test;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::report::ListFormat;

pub(super) use bench::BenchArgs;
pub(super) use check::{CheckArgs, FixChoice};
pub(super) use eval::{AnswerFormat, EvalArgs};
pub(super) use shared::{
    DigestArgs, FileArgs, GatekeeperArgs, JudgedArgs, LookedArgs, PolicyArgs, RegoArgs, SourceArgs,
    StdinArgs, ThreadArgs,
};
pub(super) use test::TestArgs;

use bench::BENCH_EXAMPLES;
use check::CHECK_EXAMPLES;
use eval::EVAL_EXAMPLES;
use test::TEST_EXAMPLES;

use super::baseline::BaselineArgs;
use super::docs::DocsArgs;
use super::expect::ExpectArgs;
use super::explain::ExplainArgs;
use super::impact::{IMPACT_EXAMPLES, ImpactArgs};
use super::policy::PolicyCommandArgs;
use super::rollout::RolloutArgs;
use super::waiver::WaiverCommandArgs;
use super::{waive, waivers};

/// Policy for container workloads that talks back.
///
/// Judges Kubernetes manifests by Rego policies, before they are deployed. Every finding says
/// what is wrong and where, why it matters, how to fix it, and who decided it.
#[derive(Debug, Parser)]
#[command(name = "manifestly", version, propagate_version = true, max_term_width = 100)]
pub(super) struct Cli {
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(super) color: ColorWhen,

    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorWhen {
    /// In a terminal, unless `NO_COLOR` is set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge manifests by policies
    #[command(after_long_help = CHECK_EXAMPLES)]
    Check(CheckArgs),
    /// Run the tests of policies
    #[command(after_long_help = TEST_EXAMPLES)]
    Test(TestArgs),
    /// Explain a policy: what it wants, why, and how to comply
    ///
    /// Also what it is asked about and what it reads of that, who decided it, where to read more, and
    /// where it stands; a bad example where it is caught, and what the good one does otherwise.
    #[command(after_long_help = EXPLAIN_EXAMPLES)]
    Explain(ExplainArgs),
    /// Tell which policies will look at a manifest or a kind, and what each wants
    ///
    /// Before anything is written, or of what is: then also what is violated already. Those that block
    /// come first.
    #[command(after_long_help = EXPECT_EXAMPLES)]
    Expect(ExpectArgs),
    /// List policies, show one, or look over all of them
    #[command(after_long_help = POLICY_EXAMPLES)]
    Policy(PolicyCommandArgs),
    /// Write the policies as a handbook: pages for a browser, and Markdown
    ///
    /// All that explain tells of each policy, its examples with what is found in them, and ways to find
    /// it: by kind, owner, severity and date, and by a search that needs no server.
    #[command(after_long_help = DOCS_EXAMPLES)]
    Docs(DocsArgs),
    /// Write a waiver: an agreed exception from a policy, until a day
    #[command(after_long_help = waive::EXAMPLES)]
    Waive(waive::WaiveArgs),
    /// List waivers, and whether each of them waives
    #[command(after_long_help = waivers::EXAMPLES)]
    Waivers(waivers::WaiversArgs),
    /// Approve a waiver, or print what is approved
    Waiver(WaiverCommandArgs),
    /// Tell what changes when, and what it will stop here
    #[command(after_long_help = super::rollout::EXAMPLES)]
    #[command(mut_arg("upcoming", |upcoming| upcoming.hide(true)))]
    Rollout(RolloutArgs),
    /// Let stand what stood when policies came, so that only what is new blocks
    Baseline(BaselineArgs),
    /// Tell what other policies would change, before they are in force
    #[command(after_long_help = IMPACT_EXAMPLES)]
    Impact(ImpactArgs),
    /// Judge recorded requests again: would today's policies decide the same?
    #[command(after_long_help = super::replay::EXAMPLES)]
    #[command(mut_args(super::replay::shown))]
    Replay(super::replay::ReplayArgs),
    /// Judge what a cluster is asked to admit, as a webhook over HTTPS
    ///
    /// With the policies, waivers and dates that check has. What is denied is told as check tells it.
    #[cfg(feature = "serve")]
    #[command(after_long_help = super::serve::EXAMPLES)]
    Serve(super::serve::ServeArgs),
    /// Print what a cluster needs so that policies judge at admission
    #[cfg(feature = "serve")]
    #[command(after_long_help = super::install_manifests::EXAMPLES)]
    InstallManifests(Box<super::install_manifests::InstallManifestsArgs>),
    /// Measure how fast policies judge manifests
    ///
    /// Manifests are read before the clock runs. Templates and constraints are not reviewed.
    #[command(after_long_help = BENCH_EXAMPLES)]
    Bench(BenchArgs),
    /// Ask a query of policies, data and an input
    #[command(after_long_help = EVAL_EXAMPLES)]
    #[command(mut_arg("namespaces", |namespaces| namespaces.hide(true)))]
    Eval(EvalArgs),
    /// Show manifests as the engine sees them
    #[command(after_long_help = PARSE_EXAMPLES)]
    Parse(ParseArgs),
    /// Show the settings in force, and where each comes from
    Config(ConfigArgs),
    /// Start a policy repository
    #[command(after_long_help = INIT_EXAMPLES)]
    Init(InitArgs),
    /// Print the JSON Schema of what manifestly writes, or reads
    Schema(SchemaArgs),
    /// Print a completion script for a shell
    #[command(after_long_help = COMPLETIONS_EXAMPLES)]
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command
    Man(ManArgs),
}

pub(super) const EXPLAIN_EXAMPLES: &str = "\
Examples:
  manifestly explain kubernetes/run-as-non-root   a policy of the embedded pack
  manifestly explain -p policies/ shop/two-replicas --source
                                                  one of yours, with its Rego
  manifestly explain -p library/ K8sAllowedRepos  a template of Gatekeeper
  manifestly explain -f json kubernetes/privileged | jq -r '.policies[].help'

Exit codes:
  0  explained
  2  there is no such policy, or one could not be loaded";

const EXPECT_EXAMPLES: &str = "\
Examples:
  manifestly expect Deployment                    before you write one
  manifestly expect -p policies/ deploy/web.yaml  what looks at this one
  manifestly expect example.com/Widget            a kind of your own
  manifestly expect -f json sts | jq -r '.policies[].title'

Exit codes:
  0  told, whatever is violated
  2  a policy could not be loaded, a manifest could not be read, or there is no such kind";

const POLICY_EXAMPLES: &str = "\
Examples:
  manifestly policy list                          the policies that judge here
  manifestly policy list policies/                those below a folder
  manifestly policy show kubernetes/privileged    one of them, as explain does
  manifestly policy lint policies/                what their authors may want to mend";

const DOCS_EXAMPLES: &str = "\
Examples:
  manifestly docs --out book                      the policies that judge here
  manifestly docs policies/ --out public -f html --title 'Rules of the shop'
                                                  for the pages of a repository
  manifestly docs policies/ --out wiki -f markdown

Exit codes:
  0  written
  2  a policy could not be loaded, or the folder could not be written";

const PARSE_EXAMPLES: &str = "\
Examples:
  manifestly parse deploy/web.yaml                what kubectl would make of it
  manifestly parse --format json deploy/ | jq '.[] | select(.value.kind == \"Pod\")'";

const INIT_EXAMPLES: &str = "\
Examples:
  manifestly init policies-repo    in a new folder
  manifestly init                  here; files that exist are left alone";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  manifestly completions bash > ~/.local/share/bash-completion/completions/manifestly
  manifestly completions zsh > \"${fpath[1]}/_manifestly\"
  manifestly completions fish > ~/.config/fish/completions/manifestly.fish";

#[derive(Args, Debug)]
pub(super) struct ParseArgs {
    /// Files and folders; `-` for standard input
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// How to print the documents
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: ListFormat,

    #[command(flatten)]
    pub(super) stdin: StdinArgs,
}

#[derive(Args, Debug)]
pub(super) struct ConfigArgs {
    #[command(flatten)]
    pub(super) check: CheckArgs,

    /// Print JSON instead of a table
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Args, Debug)]
pub(super) struct InitArgs {
    /// The folder to start in
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub(super) folder: PathBuf,
}

#[derive(Args, Debug)]
pub(super) struct SchemaArgs {
    /// What to describe
    #[arg(value_name = "WHAT")]
    pub(super) what: SchemaOf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaOf {
    /// What `check --format json` writes
    Report,
    /// A waiver's document
    Waiver,
    /// What `impact --format json` writes
    Impact,
    /// What `replay --format json` writes
    Replay,
}

#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

#[derive(Args, Debug)]
pub(super) struct ManArgs {
    /// Write a page for each command into this folder, instead of printing the main page
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(super) out: Option<PathBuf>,
}
