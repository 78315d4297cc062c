//! What can be asked of `manifestly install-manifests`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};

use crate::cli::waivers::WaiverArgs;
use crate::install::Install;
use crate::manifest::Operation;
use crate::rego::VersionChoice;

use super::parse;

pub(in crate::cli) const EXAMPLES: &str = "\
Examples:
  manifestly install-manifests -n policies --create-namespace \\
    --image registry.example.com/manifestly@sha256:... | kubectl apply --server-side -f -
                                       the embedded policies
  manifestly install-manifests -n policies -p policies/ --waivers waivers/
                                       your own, in a ConfigMap
  manifestly install-manifests -n policies -p policies/ --cert-manager --out deploy/admission
                                       a Kustomize base, for a repository
  manifestly install-manifests -n policies -p policies/ --failure-policy Ignore
                                       to begin with: nothing is stopped without an answer
  manifestly install-manifests -n policies -p policies/ \\
    --subset security='security/*' --subset style='style/*' --failure-policy style=Ignore
                                       a webhook for each of two teams

Exit codes:
  0  printed, or written
  2  nothing is: a policy could not be loaded, a file is too large, or something is in the way";

#[derive(Args, Debug)]
pub(in crate::cli) struct InstallManifestsArgs {
    /// The namespace to install into
    ///
    /// Nothing in it is judged at admission, so keep it for this alone.
    #[arg(short, long, value_name = "NAME", value_parser = parse::name)]
    pub(super) namespace: String,

    /// Print the namespace too, with the restricted level of Pod Security
    #[arg(long)]
    pub(super) create_namespace: bool,

    /// What the objects are called; another name for another installation in the same cluster
    #[arg(long, value_name = "NAME", default_value = "manifestly", value_parser = parse::name)]
    pub(super) name: String,

    /// The image, with its tag or, better, its digest
    ///
    /// That of the Dockerfile in manifestly's repository, under the name by which your nodes pull it.
    #[arg(long, value_name = "IMAGE", default_value = Install::IMAGE, value_parser = parse::image)]
    pub(super) image: String,

    /// A Secret with which the image is pulled; repeatable
    #[arg(long = "pull-secret", value_name = "NAME")]
    pub(super) pull_secrets: Vec<String>,

    /// A policy file, or a folder of them; repeatable. Without any, the embedded pack judges
    ///
    /// The pods see the same files, in a ConfigMap, and the API server is told to send what these
    /// policies look at. [env: MANIFESTLY_POLICIES, separated as PATH is]
    #[arg(
        short,
        long = "policy",
        value_name = "PATH",
        value_hint = ValueHint::AnyPath,
        help_heading = "Policies"
    )]
    pub(super) policies: Vec<PathBuf>,

    /// A data file, or a folder of them, for `data` in policies; repeatable
    ///
    /// [env: MANIFESTLY_DATA, separated as PATH is]
    #[arg(
        short,
        long,
        value_name = "PATH",
        value_hint = ValueHint::AnyPath,
        help_heading = "Policies"
    )]
    pub(super) data: Vec<PathBuf>,

    /// Manifests that Gatekeeper's constraints know of without judging them; repeatable
    ///
    /// [env: MANIFESTLY_INVENTORY, separated as PATH is]
    #[arg(
        long,
        value_name = "PATH",
        value_hint = ValueHint::AnyPath,
        help_heading = "Policies"
    )]
    pub(super) inventory: Vec<PathBuf>,

    /// The environment that the cluster is: its dates in manifestly.toml hold
    ///
    /// [env: MANIFESTLY_ENVIRONMENT]
    #[arg(long, value_name = "NAME", help_heading = "Policies")]
    pub(super) environment: Option<String>,

    /// The Rego that policies are written in [default: auto, decided for each file]
    ///
    /// [env: MANIFESTLY_REGO_VERSION]
    #[arg(long, value_name = "VERSION", help_heading = "Policies")]
    pub(super) rego_version: Option<VersionChoice>,

    /// Read this file instead of the manifestly.toml found upwards from here; the pods see it too
    ///
    /// [env: MANIFESTLY_CONFIG]
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Policies"
    )]
    pub(super) config: Option<PathBuf>,

    /// Read no manifestly.toml
    #[arg(long, conflicts_with = "config", help_heading = "Policies")]
    pub(super) no_config: bool,

    /// The files are in the image already, below this folder: print no ConfigMap
    ///
    /// For more than a ConfigMap holds, which is 1 MiB. They are there under their own names, as in
    /// /etc/manifestly/config/policies for `-p policies`.
    #[arg(long, value_name = "DIR", help_heading = "Policies")]
    pub(super) in_image: Option<String>,

    #[command(flatten, next_help_heading = "Waivers")]
    pub(super) waivers: WaiverArgs,

    /// The baseline: what it holds stood when its policy came, and doesn't block
    ///
    /// [env: MANIFESTLY_BASELINE]
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        help_heading = "Waivers"
    )]
    pub(super) baseline: Option<PathBuf>,

    /// What the API server does without an answer: Fail denies the request, Ignore lets it pass; as
    /// NAME=WHAT for a subset
    #[arg(
        long = "failure-policy",
        value_name = "[NAME=]WHAT",
        default_value = "Fail",
        value_parser = parse::failure,
        help_heading = "Webhooks"
    )]
    pub(super) failure_policies: Vec<parse::Failure>,

    /// What the server answers about a request that it could not judge: deny or allow
    #[arg(long, value_name = "WHAT", default_value = "deny", help_heading = "Webhooks")]
    pub(super) on_error: OnError,

    /// A namespace about which no policy is asked, beside kube-system and its own; repeatable
    #[arg(long = "spare-namespace", value_name = "NAME", help_heading = "Webhooks")]
    pub(super) spared: Vec<String>,

    /// Send these operations alone, separated by commas
    ///
    /// Without it, CREATE and UPDATE are sent; DELETE and CONNECT where policies about admission
    /// requests ask for them.
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        value_parser = parse::operation,
        help_heading = "Webhooks"
    )]
    pub(super) operations: Vec<Operation>,

    /// A webhook for the policies whose ids match a glob; repeatable, also for one NAME
    ///
    /// Policies that are in none of them are not asked.
    #[arg(
        long = "subset",
        value_name = "NAME=GLOB",
        value_parser = parse::subset,
        help_heading = "Webhooks"
    )]
    pub(super) subsets: Vec<parse::SubsetGlob>,

    /// Mend what can be mended before it is judged, by policies that say `mutate: true` in their
    /// metadata
    #[arg(long, help_heading = "Webhooks")]
    pub(super) mutate: bool,

    /// How many seconds the API server waits for an answer, from 1 to 30
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 10,
        value_parser = clap::value_parser!(u32).range(1..=30),
        help_heading = "Webhooks"
    )]
    pub(super) timeout: u32,

    /// After how long the server answers in any case, such as 8s [default: 2s before --timeout]
    #[arg(
        long,
        value_name = "TIME",
        value_parser = parse::duration,
        help_heading = "Webhooks"
    )]
    pub(super) deadline: Option<u32>,

    /// Let cert-manager make the certificate, and renew it
    #[arg(long, help_heading = "Certificates")]
    pub(super) cert_manager: bool,

    /// Its issuer, as Issuer/NAME or ClusterIssuer/NAME [default: one that signs itself]
    #[arg(
        long,
        value_name = "KIND/NAME",
        requires = "cert_manager",
        value_parser = parse::issuer,
        help_heading = "Certificates"
    )]
    pub(super) issuer: Option<crate::install::Issuer>,

    /// A file with the certificates of those whom the API server trusts, for one of your own
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        requires = "tls_secret",
        conflicts_with = "cert_manager",
        help_heading = "Certificates"
    )]
    pub(super) ca_bundle: Option<PathBuf>,

    /// The Secret that has it, with its key
    #[arg(long, value_name = "NAME", requires = "ca_bundle", help_heading = "Certificates")]
    pub(super) tls_secret: Option<String>,

    /// A file with certificates of authorities that the API server trusts too, such as the one before
    ///
    /// So that nothing is stopped while pods have not taken up the new certificate yet.
    #[arg(
        long,
        value_name = "FILE",
        value_hint = ValueHint::FilePath,
        conflicts_with = "cert_manager",
        help_heading = "Certificates"
    )]
    pub(super) also_trust: Option<PathBuf>,

    /// For how many days the certificate is valid, and that of the authority that signs it
    #[arg(
        long,
        value_name = "DAYS",
        default_value_t = 365,
        value_parser = clap::value_parser!(u32).range(1..),
        help_heading = "Certificates"
    )]
    pub(super) valid_days: u32,

    /// The first day of the certificate, such as 2026-12-31 [default: today, in UTC]
    ///
    /// [env: MANIFESTLY_AS_OF]
    #[arg(long, value_name = "DATE", help_heading = "Certificates")]
    pub(super) as_of: Option<String>,

    /// How many pods there are at least
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 2,
        value_parser = clap::value_parser!(u32).range(2..),
        help_heading = "Pods"
    )]
    pub(super) replicas: u32,

    /// How many pods there may be
    #[arg(long, value_name = "COUNT", default_value_t = 10, help_heading = "Pods")]
    pub(super) max_replicas: u32,

    /// What a pod is given of the cpu; of 70 % of it there are more pods
    #[arg(
        long,
        value_name = "QUANTITY",
        default_value = "200m",
        value_parser = parse::quantity,
        help_heading = "Pods"
    )]
    pub(super) cpu_request: String,

    /// What a pod is given of memory
    #[arg(
        long,
        value_name = "QUANTITY",
        default_value = "128Mi",
        value_parser = parse::quantity,
        help_heading = "Pods"
    )]
    pub(super) memory_request: String,

    /// What a pod may take of memory
    #[arg(
        long,
        value_name = "QUANTITY",
        default_value = "512Mi",
        value_parser = parse::quantity,
        help_heading = "Pods"
    )]
    pub(super) memory_limit: String,

    /// The priority class of the pods
    #[arg(long, value_name = "NAME", help_heading = "Pods")]
    pub(super) priority_class: Option<String>,

    /// For how long a pod that is to end still answers
    #[arg(
        long,
        value_name = "TIME",
        default_value = "5s",
        value_parser = parse::duration,
        help_heading = "Pods"
    )]
    pub(super) drain_wait: u32,

    /// A namespace from which metrics are taken; repeatable
    #[arg(long = "metrics-namespace", value_name = "NAME", help_heading = "Pods")]
    pub(super) metrics_namespaces: Vec<String>,

    /// Leave out what the cluster has no use for; repeatable
    #[arg(long, value_name = "WHAT", help_heading = "Output")]
    pub(super) without: Vec<Without>,

    /// Write a Kustomize base: a file for each object, and kustomization.yaml
    #[arg(
        short,
        long,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        help_heading = "Output"
    )]
    pub(super) out: Option<PathBuf>,

    /// Write over files that are there
    #[arg(long, requires = "out", help_heading = "Output")]
    pub(super) force: bool,
}

/// What can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Without {
    Autoscaler,
    DisruptionBudget,
    NetworkPolicy,
}

/// What is answered about what could not be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub(super) enum OnError {
    Deny,
    Allow,
}
