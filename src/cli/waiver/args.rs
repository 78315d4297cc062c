//! What can be asked of `manifestly waiver`.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use crate::cli::agreement::AgreementArgs;
use crate::cli::args::PolicyArgs;

const APPROVE_EXAMPLES: &str = "\
Examples:
  manifestly waiver approve waivers/web.yaml --key ~/.ssh/id_ed25519
  manifestly waiver approve waivers/web.yaml --key ~/.ssh/id_ed25519.pub
                                        by the SSH agent, or a hardware key
  manifestly waiver payload waivers/web.yaml --as bob@example.com > payload
  ssh-keygen -Y sign -n manifestly-waiver -f KEY payload
  manifestly waiver approve waivers/web.yaml --as bob@example.com --signature payload.sig
                                        the same by hand

Exit codes:
  0  approved
  1  signed, and still something keeps it from waiving
  2  not signed: an unreadable file or key, a waiver that makes no sense";

const PAYLOAD_EXAMPLES: &str = "\
Examples:
  manifestly waiver payload waivers/web.yaml
  manifestly waiver payload waivers/web.yaml |
    ssh-keygen -Y verify -n manifestly-waiver -f allowed_signers -I bob@example.com -s FILE.sig";

#[derive(Args, Debug)]
pub(in crate::cli) struct WaiverCommandArgs {
    #[command(subcommand)]
    pub(in crate::cli) command: WaiverCommand,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant)] // there is one of them
pub(in crate::cli) enum WaiverCommand {
    /// Approve a waiver: sign what it means with an SSH key
    ///
    /// Writes `approvedBy` and `signature` into the waiver's file, and leaves the rest of it as it
    /// is. The signature is over what the waiver means: whoever changes that breaks it; comments,
    /// quotes and the order of keys may change. A key with a passphrase, in an agent or in hardware
    /// is used by way of ssh-keygen, as git does it.
    #[command(after_long_help = APPROVE_EXAMPLES)]
    Approve(ApproveArgs),
    /// Print what a signature of a waiver is made over
    #[command(after_long_help = PAYLOAD_EXAMPLES)]
    Payload(PayloadArgs),
}

#[derive(Args, Debug)]
pub(in crate::cli) struct Which {
    /// The waiver's file
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) file: PathBuf,

    /// Which document of the file, from 1, where there are several
    #[arg(long, value_name = "NUMBER")]
    pub(in crate::cli) document: Option<usize>,

    /// Who approves [default: whom the waiver names, else whose key it is]
    ///
    /// By the name that the policy's approvers and the file of allowed signers know.
    #[arg(long = "as", value_name = "NAME")]
    pub(in crate::cli) name: Option<String>,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct ApproveArgs {
    #[command(flatten)]
    pub(in crate::cli) which: Which,

    /// The key to sign with; a public one for the SSH agent
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    #[arg(required_unless_present = "signature", conflicts_with = "signature")]
    pub(in crate::cli) key: Option<PathBuf>,

    /// A signature that was made already
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) signature: Option<PathBuf>,

    #[command(flatten)]
    pub(in crate::cli) policy: PolicyArgs,

    #[command(flatten)]
    pub(in crate::cli) agreement: AgreementArgs,
}

#[derive(Args, Debug)]
pub(in crate::cli) struct PayloadArgs {
    #[command(flatten)]
    pub(in crate::cli) which: Which,
}
