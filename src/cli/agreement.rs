//! What was agreed, as arguments and settings have it: dates, owners, environments.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use clap::{Args, ValueHint};
use serde::Deserialize;
use toml::Spanned;

use crate::agreement::{self, Agreement, Baseline, Digest, Reading, Since};
use crate::check::Input;
use crate::policy::{Contact, Ids, PolicySet, Rollout, Terms, date};
use crate::rego::{PolicyError, PolicyErrors};
use crate::source::{Revision, SourceFile, display_name};

use super::args::CheckArgs;
use super::settings::{Found, Origin, Setting, SettingsError, chosen, first_or, variable};
use super::waivers::{WaiverArgs, WaiverSettings, WaiversFile};

/// What holds for a run beside its policies. Most of it can stand in manifestly.toml too.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct AgreementArgs {
    /// Judge as on this day, such as 2026-12-31 [default: today, in UTC]
    ///
    /// Rollout dates and the ends of waivers are held against it. [env: MANIFESTLY_AS_OF]
    #[arg(long, value_name = "DATE")]
    pub(super) as_of: Option<String>,

    /// The environment that is judged for: its dates in manifestly.toml hold
    ///
    /// [env: MANIFESTLY_ENVIRONMENT]
    #[arg(long, value_name = "NAME")]
    pub(super) environment: Option<String>,

    /// Tell of policies too that are not announced yet
    #[arg(long)]
    pub(super) upcoming: bool,

    #[command(flatten)]
    pub(super) waivers: WaiverArgs,
    /// The baseline: what it holds stood when its policy came, and doesn't block
    ///
    /// `manifestly baseline write` writes one. [env: MANIFESTLY_BASELINE]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) baseline: Option<PathBuf>,

    /// Let stand what is found in resources that have not changed since a revision of git
    ///
    /// As in main, HEAD~3 or v7; `main...` is where this branch left main. [env: MANIFESTLY_SINCE]
    #[arg(long, value_name = "REVISION")]
    pub(super) since: Option<String>,
}

/// What manifestly.toml says of it.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct EnvironmentFile {
    #[serde(default)]
    rollout: BTreeMap<Spanned<String>, RolloutFile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactFile {
    owner: Option<String>,
    contact: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RolloutFile {
    announced: Option<Spanned<DateFile>>,
    #[serde(alias = "warn_from")]
    warn_from: Option<Spanned<DateFile>>,
    #[serde(alias = "enforce_from")]
    enforce_from: Option<Spanned<DateFile>>,
}

/// A date of TOML's own, or one in quotes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum DateFile {
    Own(toml::value::Datetime),
    Text(String),
}

/// What is in force.
#[derive(Clone, Debug)]
pub(super) struct Agreed {
    pub(super) as_of: Setting<NaiveDate>,
    pub(super) environment: Setting<Option<String>>,
    pub(super) upcoming: bool,
    pub(super) baseline: Setting<Option<PathBuf>>,
    pub(super) since: Setting<Option<String>>,
    pub(super) expect_policies: Setting<Option<String>>,
    /// Owners and dates.
    pub(super) terms: Terms,
    pub(super) waivers: WaiverSettings,
    /// Whether policies are left out.
    some_policies: bool,
}

/// The parts of manifestly.toml that are about it.
#[derive(Clone, Copy)]
pub(super) struct Parts<'f> {
    pub(super) found: &'f Found,
    pub(super) owners: &'f BTreeMap<Spanned<String>, ContactFile>,
    pub(super) rollout: &'f BTreeMap<Spanned<String>, RolloutFile>,
    pub(super) environments: &'f BTreeMap<String, EnvironmentFile>,
    pub(super) waivers: Option<&'f WaiversFile>,
    pub(super) baseline: Option<&'f Spanned<PathBuf>>,
}

impl Agreed {
    pub(super) fn resolve(
        args: &CheckArgs,
        environment: super::settings::Environment<'_>,
        parts: Option<Parts<'_>>,
        some_policies: bool,
    ) -> Result<Self, SettingsError> {
        let (expect_policies, args) = (&args.digest.expect_policies, &args.judged.agreement);
        let named = |name: &'static str| {
            let value = variable(name, environment)?.to_string_lossy().into_owned();
            Some(Setting { value, origin: Origin::Environment(name) })
        };
        let day = chosen("--as-of", args.as_of.clone()).or_else(|| named("MANIFESTLY_AS_OF"));
        let as_of = match day {
            None => Setting { value: agreement::today(), origin: Origin::Default },
            Some(Setting { value, origin }) => match date(&value) {
                Some(value) => Setting { value, origin },
                None => return Err(no_date(&value, &origin)),
            },
        };
        let waivers = parts.map(|parts| (parts.found, parts.waivers));
        let waivers = WaiverSettings::resolve(&args.waivers, environment, waivers)?;
        let text = |flag, value: &Option<String>, variable| {
            let said = chosen(flag, value.clone()).or_else(|| named(variable));
            first_or(None, [said.map(Setting::some)])
        };
        let environment = text("--environment", &args.environment, "MANIFESTLY_ENVIRONMENT");
        let since = text("--since", &args.since, "MANIFESTLY_SINCE");
        let expected = "MANIFESTLY_EXPECT_POLICIES";
        let expect_policies = text("--expect-policies", expect_policies, expected);
        if let Some(digest) = &expect_policies.value {
            is_digest(digest, &expect_policies.origin)?;
        }
        let terms = terms(environment.value.as_deref(), parts)?;
        Ok(Self {
            as_of,
            environment,
            upcoming: args.upcoming,
            baseline: baseline(args, &named, parts),
            since,
            expect_policies,
            terms,
            waivers,
            some_policies,
        })
    }

    /// What holds for a run, but for what has not changed, which depends on what is judged.
    pub(super) fn agreement(&self) -> Result<Agreement, PolicyErrors> {
        let baseline = self.baseline.value.as_deref().map(read_baseline).transpose()?;
        Ok(Agreement { baseline: baseline.map(Arc::new), ..self.without_baseline() })
    }

    /// The same without what stood before.
    pub(super) fn without_baseline(&self) -> Agreement {
        let waivers = self.waivers.read(self.some_policies);
        Agreement { upcoming: self.upcoming, waivers, ..Agreement::of(self.as_of.value) }
    }

    /// Finds out what has not changed of what is to be judged.
    pub(super) fn since(
        &self,
        inputs: &[Input],
        reading: &Reading,
    ) -> Result<Option<Arc<Since>>, PolicyErrors> {
        let Some(name) = &self.since.value else { return Ok(None) };
        let wrong = |message: String| PolicyErrors::from(PolicyError::new(message));
        let files = inputs.iter().map(|input| match input {
            Input::File(file) => Ok(file.clone()),
            Input::Text(text) => Err(wrong(format!(
                "what `{}` has been since {name} is not known: it is no file",
                text.name()
            ))),
        });
        let files = files.collect::<Result<Vec<_>, _>>()?;
        let revision = Revision::find(Path::new(""), name);
        let since = revision.and_then(|revision| Since::new(&revision, &files, reading));
        let since = since.map_err(|error| {
            wrong(format!("what has changed since {name} is not known: {error}"))
        })?;
        Ok(Some(Arc::new(since)))
    }

    /// Whether these are the policies that are expected.
    pub(super) fn expects(&self, policies: &PolicySet) -> Result<(), PolicyErrors> {
        let Some(expected) = &self.expect_policies.value else { return Ok(()) };
        let digest = policies.digest();
        if digest.is_written(expected) {
            return Ok(());
        }
        let message = "the policies are others than are expected";
        let help = format!(
            "they are {digest},\nexpected are {expected} (from {}); nothing was judged",
            self.expect_policies.origin
        );
        Err(PolicyError::new(message).with_help(help).into())
    }
}

fn is_digest(text: &str, origin: &Origin) -> Result<(), SettingsError> {
    let is_one = text.bytes().all(|byte| byte.is_ascii_hexdigit())
        && (Digest::SHORT..=64).contains(&text.len());
    if is_one {
        return Ok(());
    }
    let help = format!(
        "a digest of policies is {} to 64 hexadecimal characters, as reports tell it",
        Digest::SHORT
    );
    Err(SettingsError::new(format!("`{text}` is no digest (from {origin})")).with_help(help))
}

fn baseline(
    args: &AgreementArgs,
    named: &dyn Fn(&'static str) -> Option<Setting<String>>,
    parts: Option<Parts<'_>>,
) -> Setting<Option<PathBuf>> {
    let variable = named("MANIFESTLY_BASELINE");
    let variable =
        variable.map(|Setting { value, origin }| Setting { value: PathBuf::from(value), origin });
    let in_file =
        parts.and_then(|Parts { found, baseline, .. }| found.setting(baseline, |p| found.path(p)));
    let said = chosen("--baseline", args.baseline.clone()).or(variable).or(in_file);
    first_or(None, [said.map(Setting::some)])
}

/// Reads a baseline.
pub(super) fn read_baseline(file: &Path) -> Result<Baseline, PolicyErrors> {
    let source = SourceFile { name: display_name(file), path: file.to_owned() };
    let text = source.read().map_err(|error| {
        let error = PolicyError::new(format!("the baseline {error}"));
        PolicyErrors::from(error.with_help("`manifestly baseline write` writes one"))
    })?;
    Baseline::read(&text)
}

fn no_date(text: &str, origin: &Origin) -> SettingsError {
    SettingsError::new(format!("`{text}` is no date (from {origin})"))
        .with_help("a date is written as in 2026-12-31")
}

/// Owners, and the dates that hold in an environment.
fn terms(environment: Option<&str>, parts: Option<Parts<'_>>) -> Result<Terms, SettingsError> {
    let mut terms = Terms::default();
    let Some(Parts { found, owners, rollout, environments, .. }) = parts else {
        return environment.map_or(Ok(terms), |name| Err(no_environment(name, [].into_iter())));
    };
    for (pattern, ContactFile { owner, contact }) in owners {
        let said = Contact { owner: owner.clone(), contact: contact.clone() };
        terms.owners.push((ids(found, pattern)?, said));
    }
    // The one that says more is nearer to a policy: `kubernetes/*` before `*`.
    terms.owners.sort_by_key(|(ids, _)| std::cmp::Reverse(ids.pattern().len()));
    let own = match environment {
        None => None,
        Some(name) => Some(
            environments
                .get(name)
                .ok_or_else(|| no_environment(name, environments.keys().map(String::as_str)))?,
        ),
    };
    for dates in [Some(rollout), own.map(|own| &own.rollout)].into_iter().flatten() {
        let mut some = Vec::new();
        for (pattern, file) in dates {
            some.push((ids(found, pattern)?, file.read(found)?));
        }
        some.sort_by_key(|(ids, _)| ids.pattern().len());
        terms.rollouts.extend(some);
    }
    Ok(terms)
}

fn ids(found: &Found, pattern: &Spanned<String>) -> Result<Ids, SettingsError> {
    Ids::new(pattern.get_ref()).map_err(|error| {
        found.wrong(format!("this is no pattern of policies: {}", error.kind()), pattern.span())
    })
}

fn no_environment<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> SettingsError {
    let known: Vec<_> = known.collect();
    let help = match known.as_slice() {
        [] => format!("write `[environments.{name}]` into manifestly.toml"),
        known => format!("there are: {}", known.join(", ")),
    };
    SettingsError::new(format!("there is no environment `{name}`")).with_help(help)
}

impl RolloutFile {
    fn read(&self, found: &Found) -> Result<Rollout, SettingsError> {
        let read = |written: &Option<Spanned<DateFile>>| {
            let Some(written) = written else { return Ok(None) };
            let text = match written.get_ref() {
                DateFile::Own(date) => date.to_string(),
                DateFile::Text(text) => text.clone(),
            };
            let wrong = || {
                let error = found.wrong(format!("`{text}` is no date"), written.span());
                error.with_help("a date is written as in 2026-12-31")
            };
            date(&text).map(Some).ok_or_else(wrong)
        };
        let [announced, warn_from, enforce_from] =
            [&self.announced, &self.warn_from, &self.enforce_from].map(read);
        let (announced, warn_from, enforce_from) = (announced?, warn_from?, enforce_from?);
        Ok(Rollout { announced, warn_from, enforce_from })
    }
}
