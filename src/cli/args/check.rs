//! What can be asked of `check`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{ArgMatches, Args, FromArgMatches as _, ValueEnum, ValueHint};

use crate::check::FailOn;
use crate::cli::agreement::AgreementArgs;
use crate::report::Format;

use super::{DigestArgs, JudgedArgs, PolicyArgs};

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
    #[command(flatten)]
    pub(in crate::cli) judged: JudgedArgs,

    #[command(flatten)]
    pub(in crate::cli) digest: DigestArgs,

    /// Refuse policies with anything in vain, as opa check --strict does
    ///
    /// Variables, parameters and imports that nothing uses, and functions that are gone in Rego v1.
    #[arg(long)]
    pub(in crate::cli) strict: bool,

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

    /// Lints that are switched off, which `policy lint` takes.
    #[arg(skip)]
    pub(in crate::cli) allow_lints: Vec<String>,

    /// Report builtin functions that fail, instead of taking their results for undefined
    #[arg(long)]
    pub(in crate::cli) strict_builtin_errors: bool,

    /// Don't work out where violations are that name no place: they point at their resource
    ///
    /// Working out a place takes far longer than the verdict. Suggested fixes come of it too.
    /// Waivers and baselines that name such places do not apply.
    #[arg(long)]
    pub(in crate::cli) no_places: bool,

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

    /// Asked of what is judged, and of nothing else.
    pub(in crate::cli) fn of(judged: JudgedArgs) -> Self {
        Self { judged, ..Self::usual() }
    }

    /// Asked of policies and what was agreed on, for commands that look at nothing but these.
    pub(in crate::cli) fn of_policies(policy: PolicyArgs, agreement: AgreementArgs) -> Self {
        let usual = Self::usual();
        Self { judged: JudgedArgs { policy, agreement, ..usual.judged }, ..usual }
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
