//! Settings in force: flags over environment over manifestly.toml over defaults.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use miette::Diagnostic;
use serde::Deserialize;
use thiserror::Error;
use toml::Spanned;

use crate::check::{self, FailOn};
use crate::gatekeeper::ENFORCEMENT_POINT;
use crate::lint::{self, Lint};
use crate::rego::{PolicyError, VersionChoice};
use crate::report::Format;
use crate::source::{SourceText, Span, display_name};

use super::agreement::{Agreed, ContactFile, EnvironmentFile, Parts, RolloutFile};
use super::args::CheckArgs;
use super::waivers::WaiversFile;

/// The name of the file that is looked for upwards from the working directory.
pub(super) const FILE_NAME: &str = "manifestly.toml";

/// A setting that can't be used, located where it stands in a file.
#[derive(Debug, Error, Diagnostic)]
#[error("{message}")]
pub(super) struct SettingsError {
    message: String,
    #[source_code]
    text: Option<Arc<SourceText>>,
    #[label("here")]
    span: Option<Span>,
    #[help]
    help: Option<String>,
}

impl From<SettingsError> for PolicyError {
    fn from(error: SettingsError) -> Self {
        let SettingsError { message, text, span, help } = error;
        Self { text, span, label: "here".to_owned(), help, ..Self::new(message) }
    }
}

impl SettingsError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), text: None, span: None, help: None }
    }

    pub(super) fn with_help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// Where a setting comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Origin {
    #[default]
    Default,
    File {
        name: String,
        line: usize,
    },
    Environment(&'static str),
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { name, line } => write!(f, "{name}:{line}"),
            Self::Environment(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value and where it comes from.
#[derive(Clone, Debug, Default)]
pub(super) struct Setting<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

impl<T> Setting<T> {
    /// The same as one that need not be set.
    pub(super) fn some(self) -> Setting<Option<T>> {
        Setting { value: Some(self.value), origin: self.origin }
    }
}

/// One report to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Output {
    pub(super) format: Format,
    pub(super) file: Option<PathBuf>,
}

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

/// manifestly.toml, as it is written.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    policies: Option<Spanned<Vec<PathBuf>>>,
    data: Option<Spanned<Vec<PathBuf>>>,
    namespaces: Option<Spanned<Vec<String>>>,
    rego_version: Option<Spanned<VersionChoice>>,
    exclude: Option<Spanned<Vec<String>>>,
    any: Option<Spanned<bool>>,
    combine: Option<Spanned<bool>>,
    inventory: Option<Spanned<Vec<PathBuf>>>,
    enforcement_point: Option<Spanned<String>>,
    fail_on: Option<Spanned<FailOn>>,
    cache: Option<Spanned<bool>>,
    allow_lints: Option<Spanned<Vec<Spanned<String>>>>,
    formats: Option<Spanned<Vec<Format>>>,
    outputs: Option<Spanned<BTreeMap<Format, PathBuf>>>,
    baseline: Option<Spanned<PathBuf>>,
    #[serde(default)]
    owners: BTreeMap<Spanned<String>, ContactFile>,
    #[serde(default)]
    rollout: BTreeMap<Spanned<String>, RolloutFile>,
    #[serde(default)]
    environments: BTreeMap<String, EnvironmentFile>,
    waivers: Option<WaiversFile>,
}

/// A file that was found: what it says, and what its paths are relative to.
pub(super) struct Found {
    text: Arc<SourceText>,
    folder: PathBuf,
    file: File,
}

impl Found {
    fn parts(&self) -> Parts<'_> {
        let File { owners, rollout, environments, waivers, baseline, .. } = &self.file;
        let (waivers, baseline) = (waivers.as_ref(), baseline.as_ref());
        Parts { found: self, owners, rollout, environments, waivers, baseline }
    }

    /// What its paths are relative to.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn setting<T, U>(
        &self,
        value: Option<&Spanned<T>>,
        map: impl Fn(&T) -> U,
    ) -> Option<Setting<U>> {
        let value = value?;
        let line = self.text.position(value.span().start).line;
        let origin = Origin::File { name: self.text.name().to_owned(), line };
        Some(Setting { value: map(value.get_ref()), origin })
    }

    /// Something that can't be used, at its place in the file.
    pub(super) fn wrong(
        &self,
        message: impl Into<String>,
        span: std::ops::Range<usize>,
    ) -> SettingsError {
        let text = Some(Arc::clone(&self.text));
        let span = Some(Span::new(span.start, span.end));
        SettingsError { text, span, ..SettingsError::new(message) }
    }

    pub(super) fn path(&self, path: &Path) -> PathBuf {
        self.folder.join(path)
    }

    pub(super) fn paths(&self, paths: &[PathBuf]) -> Vec<PathBuf> {
        paths.iter().map(|path| self.folder.join(path)).collect()
    }
}

/// The environment, as a function so that tests can bring their own.
pub(super) type Environment<'e> = &'e dyn Fn(&str) -> Option<OsString>;

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
            given("--exclude", &args.exclude),
            comma_list("MANIFESTLY_EXCLUDE", environment),
            names(|file| file.exclude.as_ref()),
        ]);
        let exclude_root = match (&exclude.origin, found) {
            (Origin::File { .. }, Some(found)) => found.folder.clone(),
            _ => PathBuf::new(),
        };
        let namespaces = first([
            given("--namespace", &args.policy.namespaces),
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
                given("--policy", &args.policy.policies),
                path_list("MANIFESTLY_POLICIES", environment),
                from_file(&|found| {
                    found.setting(found.file.policies.as_ref(), |paths| found.paths(paths))
                }),
            ]),
            data: first([
                given("--data", &args.policy.data),
                path_list("MANIFESTLY_DATA", environment),
                from_file(&|found| {
                    found.setting(found.file.data.as_ref(), |paths| found.paths(paths))
                }),
            ]),
            namespaces,
            rego_version: first_or(
                VersionChoice::Auto,
                [
                    chosen("--rego-version", args.policy.rego_version),
                    named("MANIFESTLY_REGO_VERSION", environment)?,
                    found.and_then(|found| found.setting(found.file.rego_version.as_ref(), |v| *v)),
                ],
            ),
            exclude,
            exclude_root,
            any: first([
                chosen("--any", args.any.then_some(true)),
                switch("MANIFESTLY_ANY", environment)?,
                flags(|file| file.any.as_ref()),
            ]),
            combine: first([
                chosen("--combine", args.combine.then_some(true)),
                switch("MANIFESTLY_COMBINE", environment)?,
                flags(|file| file.combine.as_ref()),
            ]),
            inventory: first([
                given("--inventory", &args.inventory),
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
                    chosen("--no-cache", args.no_cache.then_some(false)),
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
            chosen("--enforcement-point", args.enforcement_point.clone()),
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

fn allow_lints(
    args: &CheckArgs,
    environment: Environment<'_>,
    found: Option<&Found>,
) -> Result<Setting<Vec<Lint>>, SettingsError> {
    let said = first([
        given("--allow", &args.allow_lints),
        comma_list("MANIFESTLY_ALLOW_LINTS", environment),
    ]);
    let known = |name: &str, place: Option<(&Found, std::ops::Range<usize>)>| {
        lint::named(name).map_err(|near| SettingsError {
            text: place.as_ref().map(|(found, _)| Arc::clone(&found.text)),
            span: place.map(|(_, span)| Span::new(span.start, span.end)),
            help: Some(match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`manifestly policy lint --explain` lists them".to_owned(),
            }),
            ..SettingsError::new(format!("there is no lint `{name}`"))
        })
    };
    if said.origin != Origin::Default {
        let value = said.value.iter().map(|name| known(name, None)).collect::<Result<_, _>>()?;
        return Ok(Setting { value, origin: said.origin });
    }
    let in_file = found.and_then(|found| Some((found, found.file.allow_lints.as_ref()?)));
    let Some((found, names)) = in_file else { return Ok(Setting::default()) };
    let names_of = |names: &Vec<Spanned<String>>| {
        let named = names.iter().map(|name| known(name.get_ref(), Some((found, name.span()))));
        named.collect::<Result<Vec<_>, _>>()
    };
    let read = found
        .setting(Some(names), names_of)
        .unwrap_or(Setting { value: Ok(Vec::new()), origin: Origin::Default });
    Ok(Setting { value: read.value?, origin: read.origin })
}

pub(super) fn first<T: Default, const N: usize>(candidates: [Option<Setting<T>>; N]) -> Setting<T> {
    candidates.into_iter().flatten().next().unwrap_or_default()
}

pub(super) fn first_or<T, const N: usize>(
    default: T,
    candidates: [Option<Setting<T>>; N],
) -> Setting<T> {
    let found = candidates.into_iter().flatten().next();
    found.unwrap_or(Setting { value: default, origin: Origin::Default })
}

pub(super) fn given<T: Clone>(flag: &'static str, values: &[T]) -> Option<Setting<Vec<T>>> {
    let origin = Origin::Flag(flag);
    (!values.is_empty()).then(|| Setting { value: values.to_vec(), origin })
}

pub(super) fn chosen<T>(flag: &'static str, value: Option<T>) -> Option<Setting<T>> {
    value.map(|value| Setting { value, origin: Origin::Flag(flag) })
}

pub(super) fn variable(name: &str, environment: Environment<'_>) -> Option<OsString> {
    environment(name).filter(|value| !value.is_empty())
}

pub(super) fn path_list(
    name: &'static str,
    environment: Environment<'_>,
) -> Option<Setting<Vec<PathBuf>>> {
    let value = std::env::split_paths(&variable(name, environment)?).collect();
    Some(Setting { value, origin: Origin::Environment(name) })
}

fn comma_list(name: &'static str, environment: Environment<'_>) -> Option<Setting<Vec<String>>> {
    let text = variable(name, environment)?.to_string_lossy().into_owned();
    let value = text.split(',').map(|part| part.trim().to_owned()).collect();
    Some(Setting { value, origin: Origin::Environment(name) })
}

pub(super) fn named<T: ValueEnum>(
    name: &'static str,
    environment: Environment<'_>,
) -> Result<Option<Setting<T>>, SettingsError> {
    let Some(text) = variable(name, environment) else { return Ok(None) };
    let text = text.to_string_lossy();
    let value = T::from_str(&text, true).map_err(|_| {
        SettingsError::new(format!("{name} is `{text}`, which is none of: {}", names::<T>()))
    })?;
    Ok(Some(Setting { value, origin: Origin::Environment(name) }))
}

fn names<T: ValueEnum>() -> String {
    let names = T::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    names.map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(", ")
}

fn switch(
    name: &'static str,
    environment: Environment<'_>,
) -> Result<Option<Setting<bool>>, SettingsError> {
    let Some(text) = variable(name, environment) else { return Ok(None) };
    let value = match text.to_string_lossy().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => true,
        "0" | "false" | "no" | "off" => false,
        other => {
            let message = format!("{name} is `{other}`, which is neither true nor false");
            return Err(SettingsError::new(message));
        }
    };
    Ok(Some(Setting { value, origin: Origin::Environment(name) }))
}

fn find(
    args: &CheckArgs,
    environment: Environment<'_>,
    folder: &Path,
) -> Result<Option<Found>, SettingsError> {
    if args.policy.no_config {
        return Ok(None);
    }
    let named = args.policy.config.clone();
    let named = named.or_else(|| variable("MANIFESTLY_CONFIG", environment).map(PathBuf::from));
    if let Some(path) = named {
        return read(&path, path.parent().unwrap_or(Path::new(""))).map(Some);
    }
    // Paths in the file are relative to it; said with `..`, they stay short in reports.
    let mut relative = PathBuf::new();
    for _ in folder.ancestors() {
        let candidate = relative.join(FILE_NAME);
        if folder.join(&candidate).is_file() {
            return read(&candidate, &relative).map(Some);
        }
        relative.push("..");
    }
    Ok(None)
}

fn read(path: &Path, folder: &Path) -> Result<Found, SettingsError> {
    let name = display_name(path);
    let text = std::fs::read_to_string(path)
        .map_err(|error| SettingsError::new(format!("`{name}` can't be read: {error}")))?;
    let text = Arc::new(SourceText::new(name, text));
    match toml::from_str(text.text()) {
        Ok(file) => Ok(Found { text, folder: folder.to_owned(), file }),
        Err(error) => Err(located(&text, &error)),
    }
}

fn located(text: &Arc<SourceText>, error: &toml::de::Error) -> SettingsError {
    let span = error.span().map(|span| Span::new(span.start, span.end));
    let message = error.message();
    // serde says: unknown field `x`, expected one of `a`, `b`
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().unwrap_or_default();
    let nearest = quoted
        .map(|known| (strsim::damerau_levenshtein(wrong, known), known))
        .filter(|(distance, known)| *distance <= known.len() / 2)
        .min();
    SettingsError {
        message: format!("the settings can't be read: {message}"),
        text: Some(Arc::clone(text)),
        span,
        help: nearest.map(|(_, known)| format!("did you mean `{known}`?")),
    }
}

fn outputs(
    args: &CheckArgs,
    environment: Environment<'_>,
    found: Option<&Found>,
) -> Result<Setting<Vec<Output>>, SettingsError> {
    let setting = if !args.formats.is_empty() || !args.outputs.is_empty() {
        let flag = if args.formats.is_empty() { "--output" } else { "--format" };
        Setting { value: paired(args)?, origin: Origin::Flag(flag) }
    } else if let Some(format) = named("MANIFESTLY_FORMAT", environment)? {
        Setting { value: vec![Output { format: format.value, file: None }], origin: format.origin }
    } else {
        let formats =
            found.and_then(|found| found.setting(found.file.formats.as_ref(), Clone::clone));
        let files = found.and_then(|found| {
            found.setting(found.file.outputs.as_ref(), |outputs| {
                let file = |(format, path): (&Format, &PathBuf)| Output {
                    format: *format,
                    file: Some(found.folder.join(path)),
                };
                outputs.iter().map(file).collect::<Vec<_>>()
            })
        });
        let origin = formats.as_ref().map(|formats| formats.origin.clone());
        let origin = origin.or_else(|| files.as_ref().map(|files| files.origin.clone()));
        // Files are written besides what is shown, which is the report for people unless said.
        let shown = formats.map_or(vec![Format::Human], |formats| formats.value);
        let shown = shown.into_iter().map(|format| Output { format, file: None });
        let value = shown.chain(files.map(|files| files.value).unwrap_or_default()).collect();
        Setting { value, origin: origin.unwrap_or_default() }
    };
    let on_screen = setting.value.iter().filter(|output| output.file.is_none()).count();
    if on_screen > 1 {
        return Err(SettingsError {
            help: Some("give all formats but one an --output FILE of their own".into()),
            ..SettingsError::new("only one report can go to standard output")
        });
    }
    Ok(setting)
}

/// Gives each --output the --format before it, or the only one there is.
fn paired(args: &CheckArgs) -> Result<Vec<Output>, SettingsError> {
    let (formats, files) = (&args.formats, &args.outputs);
    if let [file] = files.as_slice()
        && formats.is_empty()
        && let Ok(format) = file.to_string_lossy().parse::<Format>()
    {
        return Err(SettingsError {
            help: Some(format!("did you mean --format {format}?")),
            ..SettingsError::new("--output names a file")
        });
    }
    if formats.is_empty() {
        return files
            .iter()
            .map(|file| Ok(Output { format: format_of(file), file: Some(file.clone()) }))
            .collect();
    }
    if files.len() > formats.len() {
        return Err(SettingsError::new("there are more --output than --format"));
    }
    let mut outputs: Vec<_> =
        formats.iter().map(|format| Output { format: *format, file: None }).collect();
    let mut free = 0;
    for (file, after) in files.iter().zip(&args.formats_before_outputs) {
        let at = after.checked_sub(1).unwrap_or(free).max(free).min(formats.len() - 1);
        outputs[at].file = Some(file.clone());
        free = at + 1;
    }
    Ok(outputs)
}

/// What a file's name says about the report in it.
fn format_of(file: &Path) -> Format {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Format::Json,
        Some("sarif") => Format::Sarif,
        Some("xml") => Format::Junit,
        Some("md") => Format::Markdown,
        _ => Format::Human,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(
        args: CheckArgs,
        env: &[(&str, &str)],
        file: &str,
    ) -> Result<Settings, SettingsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE_NAME);
        std::fs::write(&path, file).unwrap();
        let args = CheckArgs {
            policy: super::super::args::PolicyArgs { config: Some(path), ..args.policy },
            ..args
        };
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
        let args = CheckArgs { enforcement_point: Some("e.f".to_owned()), ..CheckArgs::default() };
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

    #[test]
    fn outputs_belong_to_the_format_before_them() {
        use Format::{Human, Json, Sarif};
        let paired = |formats: &[Format], files: &[(&str, usize)]| {
            let args = CheckArgs {
                formats: formats.to_vec(),
                outputs: files.iter().map(|(file, _)| PathBuf::from(file)).collect(),
                formats_before_outputs: files.iter().map(|(_, before)| *before).collect(),
                ..CheckArgs::default()
            };
            let outputs = outputs(&args, &|_| None, None)?.value;
            let file = |output: &Output| output.file.as_ref().map(|f| f.display().to_string());
            Ok::<_, SettingsError>(outputs.iter().map(|o| (o.format, file(o))).collect::<Vec<_>>())
        };
        let some = |file: &str| Some(file.to_owned());
        assert_eq!(
            paired(&[Sarif, Human, Json], &[("a", 1), ("b", 3)]).unwrap(),
            [(Sarif, some("a")), (Human, None), (Json, some("b"))]
        );
        assert_eq!(
            paired(&[Human, Json], &[("b", 2)]).unwrap(),
            [(Human, None), (Json, some("b"))]
        );
        assert_eq!(paired(&[Json], &[("b", 0)]).unwrap(), [(Json, some("b"))]);
        assert_eq!(paired(&[], &[("b.sarif", 0)]).unwrap(), [(Sarif, some("b.sarif"))]);
        assert!(paired(&[Human, Json], &[]).is_err());
        assert!(paired(&[Json], &[("a", 1), ("b", 1)]).is_err());
    }
}
