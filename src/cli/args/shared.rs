//! What several commands can be asked in the same way: each flag is described once.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueHint};

use crate::cli::agreement::AgreementArgs;
use crate::rego::VersionChoice;

/// Which policies judge, and how they are read. Each can stand in manifestly.toml too.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct PolicyArgs {
    /// A policy file, or a folder of them; repeatable. Without any, the embedded pack judges
    ///
    /// Folders are searched for .rego files, where those ending in _test.rego are left out, and for
    /// Gatekeeper's templates and constraints. Files named data.json or data.yaml beside them
    /// become `data`. [env: MANIFESTLY_POLICIES, separated as PATH is]
    #[arg(short, long = "policy", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) policies: Vec<PathBuf>,

    /// A data file, or a folder of them, for `data` in policies; repeatable
    ///
    /// [env: MANIFESTLY_DATA, separated as PATH is]
    #[arg(short, long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) data: Vec<PathBuf>,

    /// Ask only the packages that match a glob, as in `kubernetes.*`; repeatable
    ///
    /// [env: MANIFESTLY_NAMESPACES, separated by commas]
    #[arg(short, long = "namespace", value_name = "GLOB")]
    pub(in crate::cli) namespaces: Vec<String>,

    #[command(flatten)]
    pub(in crate::cli) rego: RegoArgs,

    #[command(flatten)]
    pub(in crate::cli) file: FileArgs,
}

#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct RegoArgs {
    /// The Rego that policies are written in [default: auto, decided for each file]
    ///
    /// [env: MANIFESTLY_REGO_VERSION]
    #[arg(long, value_name = "VERSION")]
    pub(in crate::cli) rego_version: Option<VersionChoice>,
}

/// Which manifestly.toml is read.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct FileArgs {
    /// Read this file instead of the manifestly.toml found upwards from here
    ///
    /// [env: MANIFESTLY_CONFIG]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) config: Option<PathBuf>,

    /// Read no manifestly.toml
    #[arg(long, conflicts_with = "config")]
    pub(in crate::cli) no_config: bool,
}

/// Policies that are looked at, without a manifest.
#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct LookedArgs {
    /// Policy files and folders, as with --policy
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,
}

/// Where manifests come from.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct SourceArgs {
    /// Manifest files and folders; `-` for standard input [default: .]
    ///
    /// Folders are searched for .yaml, .yml and .json; hidden files and what .gitignore, .ignore
    /// or .manifestlyignore name are left alone.
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) paths: Vec<PathBuf>,

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

    #[command(flatten)]
    pub(in crate::cli) stdin: StdinArgs,
}

#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct StdinArgs {
    /// The name that is used for standard input
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub(in crate::cli) stdin_filename: String,
}

/// What Gatekeeper's constraints know beside what they judge.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct GatekeeperArgs {
    /// A manifest file, or a folder of them, that Gatekeeper's constraints know of without judging
    /// it: data.inventory, and the labels of namespaces; repeatable
    ///
    /// [env: MANIFESTLY_INVENTORY, separated as PATH is]
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) inventory: Vec<PathBuf>,

    /// Where the run stands among the enforcement points of Gatekeeper's constraints [default:
    /// gator.gatekeeper.sh, and validation.gatekeeper.sh for requests]
    ///
    /// At validation.gatekeeper.sh, objects are reviewed as the webhook does when they are created.
    /// [env: MANIFESTLY_ENFORCEMENT_POINT]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) enforcement_point: Option<String>,
}

#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct DigestArgs {
    /// Judge nothing unless the policies have this digest
    ///
    /// Reports tell it, as `basis.policies` in JSON; its first 12 characters or more are enough.
    /// [env: MANIFESTLY_EXPECT_POLICIES]
    #[arg(long, value_name = "DIGEST")]
    pub(in crate::cli) expect_policies: Option<String>,
}

#[derive(Args, Clone, Copy, Debug, Default)]
pub(in crate::cli) struct ThreadArgs {
    /// Threads to work with; 0 for one on each core
    #[arg(short = 'j', long, value_name = "COUNT", default_value_t = 0)]
    pub(in crate::cli) threads: usize,
}

/// What is judged, by what, by all commands that judge manifests.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct JudgedArgs {
    #[command(flatten)]
    pub(in crate::cli) sources: SourceArgs,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) agreement: AgreementArgs,

    /// Give policies all documents at once, as a list of `{path, contents}`
    ///
    /// A package can ask for this by itself with `combine: true` under `custom` in its metadata.
    /// [env: MANIFESTLY_COMBINE]
    #[arg(long)]
    pub(in crate::cli) combine: bool,

    #[command(flatten)]
    pub(in crate::cli) gatekeeper: GatekeeperArgs,

    #[command(flatten)]
    pub(in crate::cli) threads: ThreadArgs,

    /// Judge everything anew, and keep nothing for the next run
    ///
    /// Else what has not changed since it was last judged by the same policies is not judged
    /// again. [env: MANIFESTLY_CACHE=false; MANIFESTLY_CACHE_DIR says where judgements are kept]
    #[arg(long)]
    pub(in crate::cli) no_cache: bool,
}
