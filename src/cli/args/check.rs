//! What can be asked of `check`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{ArgMatches, Args, FromArgMatches as _, ValueEnum, ValueHint};

use crate::check::FailOn;
use crate::cli::agreement::AgreementArgs;
use crate::report::Format;

use super::PolicyArgs;

pub(super) const CHECK_EXAMPLES: &str = "\
Examples:
  manifestly check deploy/                        the embedded policies
  manifestly check -p policies/ deploy/           your own
  helm template chart/ | manifestly check -       what a template renders
  manifestly check -f sarif -o out.sarif -f human deploy/
                                                  a file for the CI system, text for people
  manifestly check --diff deploy/                 what could be mended by itself
  manifestly check --fix deploy/                  mend it

Exit codes:
  0  clean
  1  violations at or above --fail-on
  2  something could not be judged: an unreadable manifest, a broken policy";

#[derive(Args, Debug, Default)]
pub(in crate::cli) struct CheckArgs {
    /// Files and folders; `-` for standard input [default: .]
    ///
    /// Folders are searched for .yaml, .yml and .json; hidden files and what .gitignore, .ignore
    /// or .manifestlyignore name are left alone.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) agreement: AgreementArgs,

    /// Judge nothing unless the policies have this digest
    ///
    /// Reports tell it, as `basis.policies` in JSON; its first 12 characters or more are enough.
    /// [env: MANIFESTLY_EXPECT_POLICIES]
    #[arg(long, value_name = "DIGEST")]
    pub(in crate::cli) expect_policies: Option<String>,

    /// Leave out files that match a glob, as .gitignore has them; repeatable
    ///
    /// [env: MANIFESTLY_EXCLUDE, separated by commas]
    #[arg(long, value_name = "GLOB")]
    pub(in crate::cli) exclude: Vec<String>,

    /// Judge every YAML, JSON or TOML document, whether or not it looks like a manifest
    ///
    /// [env: MANIFESTLY_ANY]
    #[arg(long)]
    pub(in crate::cli) any: bool,

    /// Give policies all documents at once, as a list of `{path, contents}`
    ///
    /// A package can ask for this by itself with `combine: true` under `custom` in its metadata.
    /// [env: MANIFESTLY_COMBINE]
    #[arg(long)]
    pub(in crate::cli) combine: bool,

    /// Refuse policies with anything in vain, as opa check --strict does
    ///
    /// Variables, parameters and imports that nothing uses, and functions that are gone in Rego v1.
    #[arg(long)]
    pub(in crate::cli) strict: bool,

    /// A manifest file, or a folder of them, that Gatekeeper's constraints know of without judging
    /// it: data.inventory, and the labels of namespaces; repeatable
    ///
    /// [env: MANIFESTLY_INVENTORY, separated as PATH is]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) inventory: Vec<PathBuf>,

    /// Where the run stands among the enforcement points of Gatekeeper's constraints [default:
    /// gator.gatekeeper.sh]
    ///
    /// At validation.gatekeeper.sh, objects are reviewed as the webhook does when they are created.
    /// [env: MANIFESTLY_ENFORCEMENT_POINT]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) enforcement_point: Option<String>,

    /// The name that reports use for standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(in crate::cli) stdin_filename: String,

    /// A report to write; repeatable, each with its own --output [default: human]
    ///
    /// [env: MANIFESTLY_FORMAT]
    #[arg(short, long = "format", value_name = "FORMAT")]
    pub(in crate::cli) formats: Vec<Format>,

    /// The file for the report named before it, instead of standard output; repeatable
    #[arg(short, long = "output", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) outputs: Vec<PathBuf>,

    /// How many --format stand before each --output.
    #[arg(skip)]
    pub(in crate::cli) formats_before_outputs: Vec<usize>,

    /// From which findings on the exit code is 1 [default: deny]
    ///
    /// [env: MANIFESTLY_FAIL_ON]
    #[arg(long, value_name = "LEVEL")]
    pub(in crate::cli) fail_on: Option<FailOn>,

    /// For how many findings of each policy the manifest's text is shown
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    pub(in crate::cli) snippets: usize,

    /// Mend what can be mended, in the files; `all` takes suggestions too
    ///
    /// A fix is made if it was tried: the violation goes, nothing new comes, and nothing but the
    /// fix changes in the text. The report tells what remains, and what remains decides the exit
    /// code. What was fixed is told on standard error.
    #[arg(
        long,
        value_name = "KIND",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "safe"
    )]
    pub(in crate::cli) fix: Option<FixChoice>,

    /// Show what --fix would change, and change nothing
    ///
    /// A unified diff on standard output, for `git apply -p0` or `patch -p0`. The exit code is
    /// that of a run without --fix.
    #[arg(long)]
    pub(in crate::cli) diff: bool,

    /// With --fix: take the files that are staged for git's next commit, and stage them again
    ///
    /// A file with changes that are not staged is left alone, with an error.
    #[arg(long, requires = "fix", conflicts_with = "diff")]
    pub(in crate::cli) staged: bool,

    /// Threads to judge with; 0 for one on each core
    #[arg(short = 'j', long, value_name = "COUNT", default_value_t = 0)]
    pub(in crate::cli) threads: usize,

    /// Lints that are switched off, which `policy lint` takes.
    #[arg(skip)]
    pub(in crate::cli) allow_lints: Vec<String>,

    /// Judge everything anew, and keep nothing for the next run
    ///
    /// Else what has not changed since it was last judged by the same policies is not judged
    /// again. [env: MANIFESTLY_CACHE=false; MANIFESTLY_CACHE_DIR says where judgements are kept]
    #[arg(long)]
    pub(in crate::cli) no_cache: bool,

    /// Report builtin functions that fail, instead of taking their results for undefined
    #[arg(long)]
    pub(in crate::cli) strict_builtin_errors: bool,

    /// The most seconds that one rule may take for one resource
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(in crate::cli) rule_timeout: u64,

    /// The most bytes that a manifest file may have
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    pub(in crate::cli) max_file_size: usize,
}

/// Which fixes are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum FixChoice {
    /// Those that policies offer
    Safe,
    /// And those that were worked out from what policies look for
    All,
}

impl CheckArgs {
    /// As where nothing is said, for commands that judge without being `check`.
    pub(in crate::cli) fn usual() -> Self {
        let command = Self::augment_args(clap::Command::new("check").no_binary_name(true));
        let matches = command.try_get_matches_from(std::iter::empty::<&str>());
        matches.and_then(|matches| Self::from_arg_matches(&matches)).unwrap_or_default()
    }

    /// Takes from the parser what its plain values don't tell: the order of --format and --output.
    pub(in crate::cli) fn note_order(&mut self, matches: &ArgMatches) {
        let places = |id: &str| -> Vec<usize> {
            matches.indices_of(id).map(Iterator::collect).unwrap_or_default()
        };
        let formats = places("formats");
        let before = |output: &usize| formats.iter().filter(|format| *format < output).count();
        self.formats_before_outputs = places("outputs").iter().map(before).collect();
    }
}
