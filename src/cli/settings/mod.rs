//! Settings in force: flags over environment over manifestly.toml over defaults.

mod environment;
mod error;
mod file;
mod lints;
mod outputs;
mod setting;

use std::path::{Path, PathBuf};

use toml::Spanned;

use crate::check::{self, FailOn};
use crate::gatekeeper::ENFORCEMENT_POINT;
use crate::lint::Lint;
use crate::rego::VersionChoice;

use super::agreement::Agreed;
use super::args::{CheckArgs, RegoArgs};

pub(super) use environment::{Environment, named, path_list, variable};
use environment::{comma_list, switch};
pub(super) use error::SettingsError;
pub(super) use file::Found;
use file::{File, find};
use lints::allow_lints;
pub(super) use outputs::Output;
use outputs::outputs;
pub(super) use setting::{Origin, Setting, chosen, first, first_or, given};

/// Everything that manifestly.toml can set.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    /// The file that was read, if any.
    pub(super) file: Option<String>,
    /// What excluding globs are relative to.
    pub(super) exclude_root: PathBuf,
    pub(super) policies: Setting<Vec<PathBuf>>,
    pub(super) data: Setting<Vec<PathBuf>>,
    pub(super) namespaces: Setting<Vec<String>>,
    pub(super) rego_version: Setting<VersionChoice>,
    pub(super) exclude: Setting<Vec<String>>,
    pub(super) any: Setting<bool>,
    pub(super) combine: Setting<bool>,
    pub(super) inventory: Setting<Vec<PathBuf>>,
    pub(super) enforcement_point: Setting<String>,
    pub(super) fail_on: Setting<FailOn>,
    pub(super) cache: Setting<bool>,
    /// Lints that are switched off.
    pub(super) allow_lints: Setting<Vec<Lint>>,
    /// Where judgements are kept, if there is such a place.
    pub(super) cache_dir: Option<PathBuf>,
    pub(super) outputs: Setting<Vec<Output>>,
    /// Dates, owners and exceptions.
    pub(super) agreed: Agreed,
}

impl Settings {
    /// Finds out what is in force for a command that was asked for with `args` here and now.
    pub(super) fn here(args: &CheckArgs) -> Result<Self, SettingsError> {
        let folder = std::env::current_dir().unwrap_or_default();
        Self::resolve(args, &|name| std::env::var_os(name), &folder)
    }

    /// The same with an environment and a working folder of one's own.
    pub(super) fn resolve(
        args: &CheckArgs,
        environment: Environment<'_>,
        folder: &Path,
    ) -> Result<Self, SettingsError> {
        let found = find(args, environment, folder)?;
        let found = found.as_ref();
        let from_file =
            |pick: &dyn Fn(&Found) -> Option<Setting<Vec<PathBuf>>>| found.and_then(pick);
        let names = |pick: fn(&File) -> Option<&Spanned<Vec<String>>>| {
            found.and_then(|found| found.setting(pick(&found.file), Clone::clone))
        };
        let flags = |pick: fn(&File) -> Option<&Spanned<bool>>| {
            found.and_then(|found| found.setting(pick(&found.file), |flag| *flag))
        };
        let exclude = first([
            given("--exclude", &args.judged.sources.exclude),
            comma_list("MANIFESTLY_EXCLUDE", environment),
            names(|file| file.exclude.as_ref()),
        ]);
        let exclude_root = match (&exclude.origin, found) {
            (Origin::File { .. }, Some(found)) => found.folder.clone(),
            _ => PathBuf::new(),
        };
        let namespaces = first([
            given("--namespace", &args.judged.policy.namespaces),
            comma_list("MANIFESTLY_NAMESPACES", environment),
            names(|file| file.namespaces.as_ref()),
        ]);
        let agreed = Agreed::resolve(
            args,
            environment,
            found.map(Found::parts),
            !namespaces.value.is_empty(),
        )?;
        Ok(Self {
            file: found.map(|found| found.text.name().to_owned()),
            policies: first([
                given("--policy", &args.judged.policy.policies),
                path_list("MANIFESTLY_POLICIES", environment),
                from_file(&|found| {
                    found.setting(found.file.policies.as_ref(), |paths| found.paths(paths))
                }),
            ]),
            data: first([
                given("--data", &args.judged.policy.data),
                path_list("MANIFESTLY_DATA", environment),
                from_file(&|found| {
                    found.setting(found.file.data.as_ref(), |paths| found.paths(paths))
                }),
            ]),
            namespaces,
            rego_version: rego_version(&args.judged.policy.rego, environment, found)?,
            exclude,
            exclude_root,
            any: first([
                chosen("--any", args.judged.sources.any.then_some(true)),
                switch("MANIFESTLY_ANY", environment)?,
                flags(|file| file.any.as_ref()),
            ]),
            combine: first([
                chosen("--combine", args.judged.combine.then_some(true)),
                switch("MANIFESTLY_COMBINE", environment)?,
                flags(|file| file.combine.as_ref()),
            ]),
            inventory: first([
                given("--inventory", &args.judged.gatekeeper.inventory),
                path_list("MANIFESTLY_INVENTORY", environment),
                from_file(&|found| {
                    found.setting(found.file.inventory.as_ref(), |paths| found.paths(paths))
                }),
            ]),
            enforcement_point: enforcement_point(args, environment, found)?,
            fail_on: first_or(
                FailOn::Deny,
                [
                    chosen("--fail-on", args.fail_on),
                    named("MANIFESTLY_FAIL_ON", environment)?,
                    found.and_then(|found| found.setting(found.file.fail_on.as_ref(), |v| *v)),
                ],
            ),
            cache: first_or(
                true,
                [
                    chosen("--no-cache", args.judged.no_cache.then_some(false)),
                    switch("MANIFESTLY_CACHE", environment)?,
                    flags(|file| file.cache.as_ref()),
                ],
            ),
            allow_lints: allow_lints(args, environment, found)?,
            cache_dir: variable("MANIFESTLY_CACHE_DIR", environment)
                .map(PathBuf::from)
                .or_else(|| check::cache_folder(environment)),
            outputs: outputs(args, environment, found)?,
            agreed,
        })
    }

    /// The folder to keep judgements in, unless none are to be kept.
    pub(super) fn cache_folder(&self) -> Option<PathBuf> {
        self.cache_dir.clone().filter(|_| self.cache.value)
    }
}

/// The Rego of files, where they don't decide.
pub(super) fn rego_version(
    args: &RegoArgs,
    environment: Environment<'_>,
    found: Option<&Found>,
) -> Result<Setting<VersionChoice>, SettingsError> {
    let in_file = found.and_then(|found| found.file.rego_version.as_ref());
    Ok(first_or(
        VersionChoice::Auto,
        [
            chosen("--rego-version", args.rego_version),
            named("MANIFESTLY_REGO_VERSION", environment)?,
            found.and_then(|found| found.setting(in_file, |version| *version)),
        ],
    ))
}

fn enforcement_point(
    args: &CheckArgs,
    environment: Environment<'_>,
    found: Option<&Found>,
) -> Result<Setting<String>, SettingsError> {
    let name = "MANIFESTLY_ENFORCEMENT_POINT";
    let named = variable(name, environment).map(|value| Setting {
        value: value.to_string_lossy().into_owned(),
        origin: Origin::Environment(name),
    });
    let in_file = found.and_then(|found| found.file.enforcement_point.as_ref());
    let point = first_or(
        ENFORCEMENT_POINT.to_owned(),
        [
            chosen("--enforcement-point", args.judged.gatekeeper.enforcement_point.clone()),
            named,
            found.and_then(|found| found.setting(in_file, Clone::clone)),
        ],
    );
    if point.value.trim().is_empty() {
        let message = format!("the enforcement point has no name (from {})", point.origin);
        let help = format!("leave it out, and it is `{ENFORCEMENT_POINT}`");
        return Err(SettingsError { help: Some(help), ..SettingsError::new(message) });
    }
    Ok(point)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::file::FILE_NAME;
    use super::*;

    fn resolve(
        mut args: CheckArgs,
        env: &[(&str, &str)],
        file: &str,
    ) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, file).unwrap();
        args.judged.policy.file.config = Some(path);
        let environment = |name: &str| {
            env.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        };
        Settings::resolve(&args, &environment, folder.path())
    }

    #[test]
    fn flags_win_over_environment_over_file() {
        let file = "fail-on = \"warn\"\nany = true\nnamespaces = [\"a\"]\n";
        let flags = CheckArgs { fail_on: Some(FailOn::Never), ..CheckArgs::default() };
        let env = [("MANIFESTLY_FAIL_ON", "deny"), ("MANIFESTLY_NAMESPACES", "b, c")];
        let settings = resolve(flags, &env, file).unwrap();
        assert_eq!(settings.fail_on.value, FailOn::Never);
        assert_eq!(settings.fail_on.origin, Origin::Flag("--fail-on"));
        assert_eq!(settings.namespaces.value, ["b", "c"]);
        assert!(settings.any.value);
        assert!(matches!(settings.any.origin, Origin::File { line: 2, .. }));
        let settings = resolve(CheckArgs::default(), &env, file).unwrap();
        assert_eq!(settings.fail_on.value, FailOn::Deny);
        assert_eq!(settings.combine.origin, Origin::Default);
    }

    #[test]
    fn what_constraints_know_of_is_a_setting() {
        let file = "inventory = [\"estate\"]\nenforcement-point = \"a.b\"\n";
        let settings = resolve(CheckArgs::default(), &[], file).unwrap();
        assert!(settings.inventory.value[0].ends_with("estate"));
        assert!(settings.inventory.value[0].is_absolute());
        assert_eq!(settings.enforcement_point.value, "a.b");
        assert!(matches!(settings.enforcement_point.origin, Origin::File { line: 2, .. }));
        let env = [("MANIFESTLY_INVENTORY", "other"), ("MANIFESTLY_ENFORCEMENT_POINT", "c.d")];
        let settings = resolve(CheckArgs::default(), &env, file).unwrap();
        assert_eq!(settings.inventory.value, [PathBuf::from("other")]);
        assert_eq!(settings.enforcement_point.value, "c.d");
        let mut args = CheckArgs::default();
        args.judged.gatekeeper.enforcement_point = Some("e.f".to_owned());
        assert_eq!(resolve(args, &env, file).unwrap().enforcement_point.value, "e.f");
        let settings = resolve(CheckArgs::default(), &[], "").unwrap();
        assert_eq!(settings.enforcement_point.value, ENFORCEMENT_POINT);
        let error = resolve(CheckArgs::default(), &[], "enforcement-point = \" \"\n").unwrap_err();
        assert!(error.message.starts_with("the enforcement point has no name"), "{error}");
    }

    #[test]
    fn an_unknown_key_is_located_and_the_nearest_is_named() {
        let error = resolve(CheckArgs::default(), &[], "any = true\npolices = []\n").unwrap_err();
        assert_eq!(error.help.as_deref(), Some("did you mean `policies`?"));
        assert_eq!(error.text.unwrap().slice(error.span.unwrap()), "polices");
        let error = resolve(CheckArgs::default(), &[("MANIFESTLY_ANY", "maybe")], "").unwrap_err();
        assert_eq!(error.message, "MANIFESTLY_ANY is `maybe`, which is neither true nor false");
    }
}
