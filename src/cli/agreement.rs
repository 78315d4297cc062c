//! What was agreed, as arguments and settings have it: dates, owners, environments.

// These comments are the program's help, where backticks would be noise.
#![allow(clippy::doc_markdown)]

use std::collections::BTreeMap;

use chrono::NaiveDate;
use clap::Args;
use serde::Deserialize;
use toml::Spanned;

use crate::agreement::{self, Agreement};
use crate::policy::{Contact, Ids, Rollout, Terms, date};

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
}

impl Agreed {
    pub(super) fn resolve(
        args: &AgreementArgs,
        environment: super::settings::Environment<'_>,
        parts: Option<Parts<'_>>,
        some_policies: bool,
    ) -> Result<Self, SettingsError> {
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
        let chosen = chosen("--environment", args.environment.clone());
        let chosen = chosen.or_else(|| named("MANIFESTLY_ENVIRONMENT"));
        let chosen = chosen.map(|Setting { value, origin }| Setting { value: Some(value), origin });
        let chosen = first_or(None, [chosen]);
        let terms = terms(chosen.value.as_deref(), parts)?;
        let waivers = parts.map(|parts| (parts.found, parts.waivers));
        let waivers = WaiverSettings::resolve(&args.waivers, environment, waivers)?;
        let upcoming = args.upcoming;
        Ok(Self { as_of, environment: chosen, upcoming, terms, waivers, some_policies })
    }

    pub(super) fn agreement(&self) -> Agreement {
        let waivers = self.waivers.read(self.some_policies);
        Agreement { upcoming: self.upcoming, waivers, ..Agreement::of(self.as_of.value) }
    }
}

fn no_date(text: &str, origin: &Origin) -> SettingsError {
    SettingsError::new(format!("`{text}` is no date (from {origin})"))
        .with_help("a date is written as in 2026-12-31")
}

/// Owners, and the dates that hold in an environment.
fn terms(environment: Option<&str>, parts: Option<Parts<'_>>) -> Result<Terms, SettingsError> {
    let mut terms = Terms::default();
    let Some(Parts { found, owners, rollout, environments, waivers: _ }) = parts else {
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
