//! Waivers, as arguments and settings have them.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde::Deserialize;
use toml::Spanned;

use crate::agreement::waiver::{self, AllowedSigners, Approval, Rules, WaiverFiles, Waivers};

use crate::cli::settings::{
    Environment, Found, Setting, SettingsError, chosen, first, first_or, given, named, path_list,
    variable,
};

/// Which waivers hold. Each can stand in manifestly.toml too.
#[derive(Args, Clone, Debug, Default)]
pub(in crate::cli) struct WaiverArgs {
    /// A file of waivers, or a folder of them; repeatable [default: waivers/, where there is one]
    ///
    /// [env: MANIFESTLY_WAIVERS, separated as PATH is]
    #[arg(long = "waivers", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(in crate::cli) waivers: Vec<PathBuf>,

    /// What makes a waiver approved: a name in its file, or a signature [default: named]
    ///
    /// [env: MANIFESTLY_APPROVAL]
    #[arg(long, value_name = "HOW")]
    pub(in crate::cli) approval: Option<Approval>,

    /// The file of those whose signatures count, as `ssh-keygen -Y verify` reads it
    ///
    /// [env: MANIFESTLY_ALLOWED_SIGNERS]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(in crate::cli) allowed_signers: Option<PathBuf>,

    /// Tell of waivers that end within so many days, such as 14d or 2w [default: 14d]
    #[arg(long, value_name = "DAYS", value_parser = waiver::days)]
    pub(in crate::cli) expiring_within: Option<u32>,
}

/// What manifestly.toml says under `[waivers]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(in crate::cli) struct WaiversFile {
    paths: Option<Spanned<Vec<PathBuf>>>,
    approval: Option<Spanned<Approval>>,
    allowed_signers: Option<Spanned<PathBuf>>,
    approvers: Option<Spanned<Vec<String>>>,
    max_days: Option<Spanned<u32>>,
    expiring_within: Option<Spanned<String>>,
}

/// What is in force.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct WaiverSettings {
    pub(in crate::cli) paths: Setting<Vec<PathBuf>>,
    pub(in crate::cli) approval: Setting<Approval>,
    pub(in crate::cli) allowed_signers: Setting<Option<PathBuf>>,
    pub(in crate::cli) approvers: Setting<Vec<String>>,
    pub(in crate::cli) max_days: Setting<Option<u32>>,
    pub(in crate::cli) expiring_within: Setting<u32>,
    /// The folder of manifestly.toml, else the working folder.
    pub(in crate::cli) root: PathBuf,
}

/// The folder that is looked into where none is named.
const FOLDER: &str = "waivers";

/// How long before its end a waiver is spoken of.
const EXPIRING_WITHIN: u32 = 14;

impl WaiverSettings {
    pub(in crate::cli) fn resolve(
        args: &WaiverArgs,
        environment: Environment<'_>,
        found: Option<(&Found, Option<&WaiversFile>)>,
    ) -> Result<Self, SettingsError> {
        let nothing = WaiversFile::default();
        let file = found.and_then(|(_, file)| file).unwrap_or(&nothing);
        let found = found.map(|(found, _)| found);
        let root = found.map(|found| found.folder().to_owned()).unwrap_or_default();
        let said = |value: Option<&Spanned<Vec<PathBuf>>>| {
            found.and_then(|found| found.setting(value, |paths| found.paths(paths)))
        };
        let within = |text: &Spanned<String>| {
            let found = found.map(|found| {
                let days = waiver::days(text.get_ref());
                days.map_err(|message| found.wrong(message, text.span()))
                    .map(|days| found.setting(Some(text), |_| days))
            });
            found.transpose().map(Option::flatten)
        };
        let in_file = file.expiring_within.as_ref().map(within).transpose()?.flatten();
        let usual = root.join(FOLDER);
        let usual = if usual.is_dir() { vec![usual] } else { Vec::new() };
        let signers = variable("MANIFESTLY_ALLOWED_SIGNERS", environment).map(|file| {
            let origin = crate::cli::settings::Origin::Environment("MANIFESTLY_ALLOWED_SIGNERS");
            Setting { value: Some(PathBuf::from(file)), origin }
        });
        let of_file = |file: &PathBuf| found.map(|found| found.folder().join(file));
        Ok(Self {
            paths: first_or(
                usual,
                [
                    given("--waivers", &args.waivers),
                    path_list("MANIFESTLY_WAIVERS", environment),
                    said(file.paths.as_ref()),
                ],
            ),
            approval: first([
                chosen("--approval", args.approval),
                named("MANIFESTLY_APPROVAL", environment)?,
                found.and_then(|found| found.setting(file.approval.as_ref(), |how| *how)),
            ]),
            allowed_signers: first([
                chosen("--allowed-signers", args.allowed_signers.clone().map(Some)),
                signers,
                found.and_then(|found| found.setting(file.allowed_signers.as_ref(), of_file)),
            ]),
            approvers: first([
                found.and_then(|found| found.setting(file.approvers.as_ref(), Clone::clone))
            ]),
            max_days: first([
                found.and_then(|found| found.setting(file.max_days.as_ref(), |days| Some(*days)))
            ]),
            expiring_within: first_or(
                EXPIRING_WITHIN,
                [chosen("--expiring-within", args.expiring_within), in_file],
            ),
            root,
        })
    }

    /// The waivers, to be weighed. `some_policies` says whether policies are left out.
    pub(in crate::cli) fn read(&self, some_policies: bool) -> Waivers {
        let mut files = WaiverFiles::read(&self.paths.value);
        let signers = match self.allowed_signers.value.as_deref().map(AllowedSigners::read) {
            Some(Ok(signers)) => Some(signers),
            Some(Err(error)) => {
                files = files.with_error(error);
                None
            }
            None => None,
        };
        Waivers::new(files, self.rules(signers, some_policies))
    }

    pub(in crate::cli) fn rules(
        &self,
        signers: Option<AllowedSigners>,
        some_policies: bool,
    ) -> Rules {
        Rules {
            approval: self.approval.value,
            signers,
            approvers: self.approvers.value.clone(),
            max_days: self.max_days.value,
            root: self.root.clone(),
            expiring_within: self.expiring_within.value,
            some_policies,
        }
    }
}
