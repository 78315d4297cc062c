//! Which files the pods need, and what `manifestly serve` is told of them.

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;
use miette::Diagnostic;

use crate::agreement::waiver::Approval;
use crate::cli::settings::Settings;
use crate::install::Config;
use crate::policy::{files_of_data, files_of_policies};
use crate::rego::{PolicyError, VersionChoice};
use crate::source::Walk;

type Files = fn(&Path) -> Result<Vec<PathBuf>, PolicyError>;

/// The files of a run with these settings, and the arguments that name them in the pods.
pub(super) fn of(
    settings: &Settings,
    image: Option<&str>,
) -> Result<(Config, Vec<String>), PolicyError> {
    let mut config = image.map_or_else(Config::default, Config::in_image);
    let mut arguments = Vec::new();
    let agreed = &settings.agreed;
    let file = settings.file.as_ref().map(PathBuf::from);
    let signers = agreed.waivers.allowed_signers.value.clone();
    let baseline = agreed.baseline.value.clone();
    let every: [(&str, Vec<PathBuf>, Files); 7] = [
        ("config", file.into_iter().collect(), itself),
        ("policy", settings.policies.value.clone(), files_of_policies),
        ("data", settings.data.value.clone(), files_of_data),
        ("inventory", settings.inventory.value.clone(), manifests),
        ("waivers", agreed.waivers.paths.value.clone(), manifests),
        ("baseline", baseline.into_iter().collect(), itself),
        ("allowed-signers", signers.into_iter().collect(), itself),
    ];
    if settings.file.is_none() {
        arguments.push("--no-config".to_owned());
    }
    for (flag, paths, files) in every {
        for path in paths {
            let place = config.add(&path, &files(&path)?).map_err(|error| told(&error))?;
            arguments.push(format!("--{flag}={}", place.path));
        }
    }
    config.fits().map_err(|error| told(&error))?;
    if agreed.waivers.approval.value == Approval::Signed {
        arguments.push("--approval=signed".to_owned());
    }
    arguments.extend(agreed.environment.value.iter().map(|name| format!("--environment={name}")));
    arguments.extend(settings.namespaces.value.iter().map(|glob| format!("--namespace={glob}")));
    let version = settings.rego_version.value;
    if let Some(name) = version.to_possible_value().filter(|_| version != VersionChoice::Auto) {
        arguments.push(format!("--rego-version={}", name.get_name()));
    }
    Ok((config, arguments))
}

#[allow(clippy::unnecessary_wraps)] // as the others that find files
fn itself(path: &Path) -> Result<Vec<PathBuf>, PolicyError> {
    Ok(vec![path.to_owned()])
}

/// The files in which manifests are looked for, waivers among them.
fn manifests(path: &Path) -> Result<Vec<PathBuf>, PolicyError> {
    let walk = Walk::new(&["yaml", "yml", "json"], &[], Path::new(""));
    let (files, errors) = walk.map_err(|error| PolicyError::new(error.to_string()))?.files(&[path]);
    match errors.into_iter().next() {
        Some(error) => Err(PolicyError::new(error.to_string())),
        None => Ok(files.into_iter().map(|file| file.path).collect()),
    }
}

/// An error of the library as it is told here.
pub(super) fn told(error: &(impl Diagnostic + ?Sized)) -> PolicyError {
    let told = PolicyError::new(error.to_string());
    match error.help() {
        Some(help) => told.with_help(help.to_string()),
        None => told,
    }
}
