//! The command line: what can be asked, and the help that teaches it.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{ArgMatches, Args, FromArgMatches as _, Parser, Subcommand, ValueEnum, ValueHint};

use crate::bench::Format as BenchFormat;
use crate::check::FailOn;
use crate::rego::VersionChoice;
use crate::report::Format;
use crate::testing::Format as TestFormat;

use super::agreement::AgreementArgs;
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

const CHECK_EXAMPLES: &str = "\
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

const TEST_EXAMPLES: &str = "\
Examples:
  manifestly test policies/                       all tests below a folder
  manifestly test --run 'labels//missing' policies/
                                                  cases named missing of tests named labels
  manifestly test --run '//^bad' policies/        the bad examples of all policies
  manifestly test --watch policies/               again whenever something changes
  manifestly test -f junit policies/ > junit.xml
  manifestly test --coverage-threshold 90 --lcov lcov.info policies/
                                                  for CI: all lines that matter are tested

Exit codes:
  0  all passed
  1  a test failed, or less is covered than is wanted
  2  a test could not be run, or there was none";

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

const BENCH_EXAMPLES: &str = "\
Examples:
  manifestly bench -p policies/ deploy/
  manifestly bench -p policies/ --save base.json deploy/
                                             keep what was measured
  manifestly bench -p policies/ --compare base.json --threshold 20 deploy/
                                             and see later whether it got slower
  manifestly bench -p library/ --concurrency 8 -f markdown deploy/

Exit codes:
  0  measured
  1  slower than what it is compared with, by more than --threshold
  2  something could not be judged: an unreadable manifest, a broken policy";

const EVAL_EXAMPLES: &str = "\
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

/// Which policies judge, and how they are read. Each can stand in manifestly.toml too.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct PolicyArgs {
    /// A policy file, or a folder of them; repeatable. Without any, the embedded pack judges
    ///
    /// Folders are searched for .rego files, where those ending in _test.rego are left out, and for
    /// Gatekeeper's templates and constraints. Files named data.json or data.yaml beside them
    /// become `data`. [env: MANIFESTLY_POLICIES, separated as
    /// PATH is]
    #[arg(short, long = "policy", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) policies: Vec<PathBuf>,

    /// A data file, or a folder of them, for `data` in policies; repeatable
    ///
    /// [env: MANIFESTLY_DATA, separated as PATH is]
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) data: Vec<PathBuf>,

    /// Ask only the packages that match a glob, as in `kubernetes.*`; repeatable
    ///
    /// [env: MANIFESTLY_NAMESPACES, separated by commas]
    #[arg(short, long = "namespace", value_name = "GLOB")]
    pub(super) namespaces: Vec<String>,

    /// The Rego that policies are written in [default: auto, decided for each file]
    ///
    /// [env: MANIFESTLY_REGO_VERSION]
    #[arg(long, value_name = "VERSION")]
    pub(super) rego_version: Option<VersionChoice>,

    /// Read this file instead of the manifestly.toml found upwards from here
    ///
    /// [env: MANIFESTLY_CONFIG]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,

    /// Read no manifestly.toml
    #[arg(long, conflicts_with = "config")]
    pub(super) no_config: bool,
}

impl CheckArgs {
    /// As where nothing is said, for commands that judge without being `check`.
    pub(super) fn usual() -> Self {
        let command = Self::augment_args(clap::Command::new("check").no_binary_name(true));
        let matches = command.try_get_matches_from(std::iter::empty::<&str>());
        matches.and_then(|matches| Self::from_arg_matches(&matches)).unwrap_or_default()
    }
}

#[derive(Args, Debug, Default)]
pub(super) struct CheckArgs {
    /// Files and folders; `-` for standard input [default: .]
    ///
    /// Folders are searched for .yaml, .yml and .json; hidden files and what .gitignore, .ignore
    /// or .manifestlyignore name are left alone.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    #[command(flatten)]
    pub(super) agreement: AgreementArgs,

    /// Judge nothing unless the policies have this digest
    ///
    /// Reports tell it, as `basis.policies` in JSON; its first 12 characters or more are enough.
    /// [env: MANIFESTLY_EXPECT_POLICIES]
    #[arg(long, value_name = "DIGEST")]
    pub(super) expect_policies: Option<String>,

    /// Leave out files that match a glob, as .gitignore has them; repeatable
    ///
    /// [env: MANIFESTLY_EXCLUDE, separated by commas]
    #[arg(long, value_name = "GLOB")]
    pub(super) exclude: Vec<String>,

    /// Judge every YAML, JSON or TOML document, whether or not it looks like a manifest
    ///
    /// [env: MANIFESTLY_ANY]
    #[arg(long)]
    pub(super) any: bool,

    /// Give policies all documents at once, as a list of `{path, contents}`
    ///
    /// A package can ask for this by itself with `combine: true` under `custom` in its metadata.
    /// [env: MANIFESTLY_COMBINE]
    #[arg(long)]
    pub(super) combine: bool,

    /// Refuse policies with anything in vain, as opa check --strict does
    ///
    /// Variables, parameters and imports that nothing uses, and functions that are gone in Rego v1.
    #[arg(long)]
    pub(super) strict: bool,

    /// A manifest file, or a folder of them, that Gatekeeper's constraints know of without judging
    /// it: data.inventory, and the labels of namespaces; repeatable
    ///
    /// [env: MANIFESTLY_INVENTORY, separated as PATH is]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) inventory: Vec<PathBuf>,

    /// Where the run stands among the enforcement points of Gatekeeper's constraints [default:
    /// gator.gatekeeper.sh]
    ///
    /// At validation.gatekeeper.sh, objects are reviewed as the webhook does when they are created.
    /// [env: MANIFESTLY_ENFORCEMENT_POINT]
    #[arg(long, value_name = "NAME")]
    pub(super) enforcement_point: Option<String>,

    /// The name that reports use for standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(super) stdin_filename: String,

    /// A report to write; repeatable, each with its own --output [default: human]
    ///
    /// [env: MANIFESTLY_FORMAT]
    #[arg(short, long = "format", value_name = "FORMAT")]
    pub(super) formats: Vec<Format>,

    /// The file for the report named before it, instead of standard output; repeatable
    #[arg(short, long = "output", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) outputs: Vec<PathBuf>,

    /// How many --format stand before each --output.
    #[arg(skip)]
    pub(super) formats_before_outputs: Vec<usize>,

    /// From which findings on the exit code is 1 [default: deny]
    ///
    /// [env: MANIFESTLY_FAIL_ON]
    #[arg(long, value_name = "LEVEL")]
    pub(super) fail_on: Option<FailOn>,

    /// For how many findings of each policy the manifest's text is shown
    #[arg(long, value_name = "COUNT", default_value_t = 5)]
    pub(super) snippets: usize,

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
    pub(super) fix: Option<FixChoice>,

    /// Show what --fix would change, and change nothing
    ///
    /// A unified diff on standard output, for `git apply -p0` or `patch -p0`. The exit code is
    /// that of a run without --fix.
    #[arg(long)]
    pub(super) diff: bool,

    /// With --fix: take the files that are staged for git's next commit, and stage them again
    ///
    /// A file with changes that are not staged is left alone, with an error.
    #[arg(long, requires = "fix", conflicts_with = "diff")]
    pub(super) staged: bool,

    /// Threads to judge with; 0 for one on each core
    #[arg(short = 'j', long, value_name = "COUNT", default_value_t = 0)]
    pub(super) threads: usize,

    /// Lints that are switched off, which `policy lint` takes.
    #[arg(skip)]
    pub(super) allow_lints: Vec<String>,

    /// Judge everything anew, and keep nothing for the next run
    ///
    /// Else what has not changed since it was last judged by the same policies is not judged
    /// again. [env: MANIFESTLY_CACHE=false; MANIFESTLY_CACHE_DIR says where judgements are kept]
    #[arg(long)]
    pub(super) no_cache: bool,

    /// Report builtin functions that fail, instead of taking their results for undefined
    #[arg(long)]
    pub(super) strict_builtin_errors: bool,

    /// The most seconds that one rule may take for one resource
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(super) rule_timeout: u64,

    /// The most bytes that a manifest file may have
    #[arg(long, value_name = "BYTES", default_value_t = 64 << 20)]
    pub(super) max_file_size: usize,
}

/// Which fixes are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FixChoice {
    /// Those that policies offer
    Safe,
    /// And those that were worked out from what policies look for
    All,
}

impl CheckArgs {
    /// Takes from the parser what its plain values don't tell: the order of --format and --output.
    pub(super) fn note_order(&mut self, matches: &ArgMatches) {
        let places = |id: &str| -> Vec<usize> {
            matches.indices_of(id).map(Iterator::collect).unwrap_or_default()
        };
        let formats = places("formats");
        let before = |output: &usize| formats.iter().filter(|format| *format < output).count();
        self.formats_before_outputs = places("outputs").iter().map(before).collect();
    }
}

#[derive(Args, Debug)]
pub(super) struct TestArgs {
    /// Files and folders with tests [default: .]
    ///
    /// Tests are rules `test_*` in Rego, Gatekeeper suites, and the manifests in `examples/good` and
    /// `examples/bad` beside policies: the good ones must pass, the bad ones must be caught.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// Run only tests whose name, or whose case's name, matches a regular expression; with `//`
    /// between two, tests that match the one and cases that match the other
    #[arg(long, value_name = "REGEX")]
    pub(super) run: Option<String>,

    /// The Rego that files are written in
    #[arg(long, value_name = "VERSION", default_value = "auto")]
    pub(super) rego_version: VersionChoice,

    /// The most seconds that one rule may take in one test
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(super) timeout: u64,

    /// How to tell what came of it
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: TestFormat,

    /// Tell which lines of the policies the tests reached
    #[arg(long)]
    pub(super) coverage: bool,

    /// Write the lines that were reached into a file, as lcov has them
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) lcov: Option<PathBuf>,

    /// How much of the lines must be reached, or the exit code is 1
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    pub(super) coverage_threshold: Option<f64>,

    /// Run again whenever a policy, a test or data changes, until Ctrl-C
    ///
    /// Watched are the folders, and those of files, with all that is below them.
    #[arg(short, long)]
    pub(super) watch: bool,

    /// Tell of tests that passed too
    #[arg(short, long)]
    pub(super) verbose: bool,

    /// Threads to test with; 0 for one on each core
    #[arg(short = 'j', long, value_name = "COUNT", default_value_t = 0)]
    pub(super) threads: usize,
}

impl TestArgs {
    /// Whether it is asked for in some way what tests reach.
    pub(super) fn wants_coverage(&self) -> bool {
        self.coverage || self.lcov.is_some() || self.coverage_threshold.is_some()
    }
}

fn percentage(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse().ok();
    let number = number.filter(|number: &f64| (0.0..=100.0).contains(number));
    number.ok_or_else(|| "a percentage is a number from 0 to 100".to_owned())
}

#[derive(Args, Debug)]
pub(super) struct BenchArgs {
    /// Files and folders with what is reviewed; `-` for standard input [default: .]
    ///
    /// They are read before the clock runs. Templates and constraints are not reviewed.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    /// Review every YAML, JSON or TOML document, whether or not it looks like a manifest
    #[arg(long)]
    pub(super) any: bool,

    /// Manifests that Gatekeeper's constraints know of without their being reviewed; repeatable
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) inventory: Vec<PathBuf>,

    /// Where the run stands among the enforcement points of Gatekeeper's constraints
    #[arg(long, value_name = "NAME")]
    pub(super) enforcement_point: Option<String>,

    /// How often each resource is reviewed
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = at_least_one)]
    pub(super) iterations: usize,

    /// How often each is reviewed before the clock runs
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    pub(super) warmup: usize,

    /// How many threads review at the same time
    #[arg(short, long, value_name = "COUNT", default_value_t = 1, value_parser = at_least_one)]
    pub(super) concurrency: usize,

    /// How to tell what was measured
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: BenchFormat,

    /// Keep what was measured in a file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) save: Option<PathBuf>,

    /// Compare with what is kept in a file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) compare: Option<PathBuf>,

    /// By how much it may be slower than what it is compared with
    #[arg(long, value_name = "PERCENT", default_value_t = 10.0, value_parser = not_negative)]
    pub(super) threshold: f64,

    /// A review that takes longer by fewer microseconds is no slower, whatever the percentage
    #[arg(long, value_name = "MICROSECONDS", default_value_t = 0)]
    pub(super) min_change: u64,
}

fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| "a number from 1 on is expected".to_owned())
}

fn not_negative(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse().ok();
    let number = number.filter(|number: &f64| *number >= 0.0 && number.is_finite());
    number.ok_or_else(|| "a percentage from 0 on is expected".to_owned())
}

#[derive(Args, Debug)]
pub(super) struct EvalArgs {
    /// The query: statements as in the body of a rule, separated by `;`
    #[arg(value_name = "QUERY")]
    pub(super) query: String,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    /// The file for `input`, one YAML or JSON document; `-` for standard input
    ///
    /// It is read as kubectl reads manifests. Without it, input is undefined.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) input: Option<PathBuf>,

    /// The package that the query stands in, so that it names the package's rules by themselves
    #[arg(long, value_name = "NAME")]
    pub(super) package: Option<String>,

    /// How to print the answer
    #[arg(short, long, value_name = "FORMAT", default_value = "json")]
    pub(super) format: AnswerFormat,

    /// Fail when a builtin function fails, instead of taking its result for undefined
    #[arg(long)]
    pub(super) strict_builtin_errors: bool,

    /// Tell why: which rules were asked for, how far their bodies got, what was read of the input
    /// and what was looked for in vain
    #[arg(long)]
    pub(super) explain: bool,

    /// Tell which lines of the policies were evaluated
    #[arg(long)]
    pub(super) coverage: bool,

    /// Ask regorus' interpreter the same, and tell whether it differs
    #[cfg(feature = "second-opinion")]
    #[arg(long, conflicts_with = "package")]
    pub(super) second_opinion: bool,

    /// The most seconds that the query may take
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    pub(super) timeout: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AnswerFormat {
    /// For programs: an object with `value`, empty when the answer is undefined
    Json,
    /// For people: the bindings and the value
    Pretty,
}

#[derive(Args, Debug)]
pub(super) struct ParseArgs {
    /// Files and folders; `-` for standard input
    #[arg(required = true, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    /// How to print the documents
    #[arg(short, long, value_name = "FORMAT", default_value = "human")]
    pub(super) format: PlainFormat,

    /// The name to use for standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(super) stdin_filename: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum PlainFormat {
    /// For people
    Human,
    /// For programs
    Json,
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
