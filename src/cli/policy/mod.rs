//! `manifestly policy`: list policies, look over all of them; `show` is `manifestly explain`.

mod args;

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use miette::Diagnostic;

use crate::catalog::{self, Catalog};
use crate::lint;
use crate::policy::PolicySet;
use crate::rego::{PolicyError, PolicyErrors};

use super::agreement::AgreementArgs;
use super::args::{CheckArgs, PolicyArgs};
use super::settings::{Settings, SettingsError};
use super::terminal::Terminal;
use super::{check, explain, shell};

pub(super) use args::PolicyCommandArgs;
use args::{LintArgs, ListArgs, PolicyCommand};

pub(super) fn run(args: &PolicyCommandArgs, terminal: Terminal) -> ExitCode {
    let pool = match super::pool(0) {
        Ok(pool) => pool,
        Err(error) => return terminal.fail("no threads to look with", &error),
    };
    pool.install(|| match &args.command {
        PolicyCommand::List(args) => list(args, terminal),
        PolicyCommand::Show(args) => explain::explain(args, terminal),
        PolicyCommand::Lint(args) => lint(args, terminal),
    })
}

fn list(args: &ListArgs, terminal: Terminal) -> ExitCode {
    let (catalog, as_of) = match catalogue(args) {
        Ok(found) => found,
        Err(refusal) => return refusal.told(terminal),
    };
    let layout = catalog::Layout { as_of: Some(as_of), ..terminal.catalog_layout() };
    let write =
        |out: &mut dyn std::io::Write| catalog::write_list(&catalog, args.format, &layout, out);
    written(terminal.print_with(write), told(&catalog, terminal), terminal)
}

/// Tells what could not be listed, and gives the exit code.
fn told(catalog: &Catalog, terminal: Terminal) -> u8 {
    catalog.errors.iter().for_each(|error| terminal.complain(error));
    if catalog.errors.is_empty() { 0 } else { 2 }
}

fn lint(args: &LintArgs, terminal: Terminal) -> ExitCode {
    if args.explain {
        let lines = lint::LINTS.iter().map(|lint| format!("{:<18}{}\n", lint.name, lint.summary));
        return shell::print(lines.collect::<String>().as_bytes(), terminal);
    }
    let looked =
        settings(&args.looked.policy, &AgreementArgs::default(), &args.looked.paths, &args.allow)
            .map_err(Refusal::from)
            .and_then(|settings| Ok((load(&settings)?, settings)));
    let (policies, settings) = match looked {
        Ok(looked) => looked,
        Err(refusal) => return refusal.told(terminal),
    };
    let options = lint::Options {
        allowed: settings.allow_lints.value.clone(),
        examples: settings.policies.value.clone(),
    };
    let linted = lint::lint(&policies, &options);
    let layout = terminal.lint_layout(args.snippets);
    let write = |out: &mut dyn std::io::Write| lint::write(&linted, args.format, &layout, out);
    written(terminal.print_with(write), linted.exit_code(), terminal)
}

pub(super) fn written(written: std::io::Result<()>, code: u8, terminal: Terminal) -> ExitCode {
    match written {
        Ok(()) => ExitCode::from(code),
        Err(error) => terminal.fail("standard output can't be written", &error),
    }
}

/// Why there is nothing to look at.
pub(super) enum Refusal {
    Settings(SettingsError),
    Policies(PolicyErrors),
}

impl From<SettingsError> for Refusal {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl From<PolicyError> for Refusal {
    fn from(error: PolicyError) -> Self {
        Self::Policies(error.into())
    }
}

impl From<PolicyErrors> for Refusal {
    fn from(errors: PolicyErrors) -> Self {
        Self::Policies(errors)
    }
}

impl Refusal {
    pub(super) fn told(&self, terminal: Terminal) -> ExitCode {
        match self {
            Self::Settings(error) => terminal.complain(error),
            Self::Policies(errors) => {
                errors.0.iter().for_each(|error| terminal.complain(error as &dyn Diagnostic));
            }
        }
        ExitCode::from(2)
    }
}

pub(super) fn load(settings: &Settings) -> Result<PolicySet, PolicyErrors> {
    check::loader(settings).load_to_look()
}

/// The policies, and the day that their dates are held against.
fn catalogue(args: &ListArgs) -> Result<(Catalog, NaiveDate), Refusal> {
    let settings = settings(&args.looked.policy, &args.agreement, &args.looked.paths, &[])?;
    let policies = load(&settings)?;
    let catalog = Catalog::of(&policies).with_examples(&policies, &settings.policies.value);
    Ok((catalog, settings.agreed.as_of.value))
}

/// The settings that say which policies and data there are. Paths count as policies.
pub(super) fn settings(
    args: &PolicyArgs,
    agreement: &AgreementArgs,
    paths: &[PathBuf],
    allow: &[String],
) -> Result<Settings, SettingsError> {
    let policies = args.policies.iter().chain(paths).cloned().collect();
    let policy = PolicyArgs { policies, ..args.clone() };
    let check = CheckArgs::of_policies(policy, agreement.clone());
    let args = CheckArgs { allow_lints: allow.to_vec(), ..check };
    Settings::here(&args)
}
