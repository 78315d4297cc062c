//! What is judged by commands that judge and are not `check`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueHint};

use super::agreement::AgreementArgs;
use super::args::{CheckArgs, PolicyArgs};

#[derive(Args, Debug)]
pub(super) struct JudgedArgs {
    /// Manifest files and folders; `-` for standard input [default: .]
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) policy: PolicyArgs,

    #[command(flatten)]
    pub(super) agreement: AgreementArgs,

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
    /// [env: MANIFESTLY_COMBINE]
    #[arg(long)]
    pub(super) combine: bool,

    /// A manifest file, or a folder of them, that Gatekeeper's constraints know of without judging
    /// it; repeatable
    ///
    /// [env: MANIFESTLY_INVENTORY, separated as PATH is]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(super) inventory: Vec<PathBuf>,

    /// Where the run stands among the enforcement points of Gatekeeper's constraints [default:
    /// gator.gatekeeper.sh]
    ///
    /// [env: MANIFESTLY_ENFORCEMENT_POINT]
    #[arg(long, value_name = "NAME")]
    pub(super) enforcement_point: Option<String>,

    /// The name that is used for standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(super) stdin_filename: String,

    /// Threads to judge with; 0 for one on each core
    #[arg(short = 'j', long, value_name = "COUNT", default_value_t = 0)]
    pub(super) threads: usize,

    /// Judge everything anew, and keep nothing for the next run
    ///
    /// [env: MANIFESTLY_CACHE=false]
    #[arg(long)]
    pub(super) no_cache: bool,
}

impl JudgedArgs {
    /// The same as asked of `check`.
    pub(super) fn of_check(&self) -> CheckArgs {
        CheckArgs {
            paths: self.paths.clone(),
            policy: self.policy.clone(),
            agreement: self.agreement.clone(),
            exclude: self.exclude.clone(),
            any: self.any,
            combine: self.combine,
            inventory: self.inventory.clone(),
            enforcement_point: self.enforcement_point.clone(),
            stdin_filename: self.stdin_filename.clone(),
            no_cache: self.no_cache,
            ..CheckArgs::usual()
        }
    }
}
