//! Settings from environment variables.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::ValueEnum;

use super::error::SettingsError;
use super::setting::{Origin, Setting};

/// The environment, as a function so that tests can bring their own.
pub(in crate::cli) type Environment<'e> = &'e dyn Fn(&str) -> Option<OsString>;

pub(in crate::cli) fn variable(name: &str, environment: Environment<'_>) -> Option<OsString> {
    environment(name).filter(|value| !value.is_empty())
}

pub(in crate::cli) fn path_list(
    name: &'static str,
    environment: Environment<'_>,
) -> Option<Setting<Vec<PathBuf>>> {
    let value = std::env::split_paths(&variable(name, environment)?).collect();
    Some(Setting { value, origin: Origin::Environment(name) })
}

pub(super) fn comma_list(
    name: &'static str,
    environment: Environment<'_>,
) -> Option<Setting<Vec<String>>> {
    let text = variable(name, environment)?.to_string_lossy().into_owned();
    let value = text.split(',').map(|part| part.trim().to_owned()).collect();
    Some(Setting { value, origin: Origin::Environment(name) })
}

pub(in crate::cli) fn named<T: ValueEnum>(
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

pub(super) fn switch(
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
