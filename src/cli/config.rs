//! `manifestly config`: the settings in force, and where each comes from.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::source::display_name;

use super::args::ConfigArgs;
use super::settings::{Origin, Output, Settings};
use super::terminal::Terminal;

pub(super) fn run(args: &ConfigArgs, terminal: Terminal) -> ExitCode {
    let Some(settings) = terminal.hear(Settings::here(&args.check)) else {
        return ExitCode::from(2);
    };
    let text = if args.json { machine(&settings) } else { table(&settings) };
    match terminal.print(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => terminal.fail("standard output can't be written", &error),
    }
}

/// Every setting by its name in manifestly.toml, as JSON has its value.
fn rows(settings: &Settings) -> Vec<(&'static str, Value, &Origin)> {
    let paths = |paths: &[std::path::PathBuf]| -> Value {
        paths.iter().map(|path| display_name(path)).collect()
    };
    let waivers = &settings.agreed.waivers;
    vec![
        ("policies", paths(&settings.policies.value), &settings.policies.origin),
        ("data", paths(&settings.data.value), &settings.data.origin),
        ("namespaces", json!(settings.namespaces.value), &settings.namespaces.origin),
        (
            "rego-version",
            json!(settings.rego_version.value.as_str()),
            &settings.rego_version.origin,
        ),
        ("exclude", json!(settings.exclude.value), &settings.exclude.origin),
        ("any", json!(settings.any.value), &settings.any.origin),
        ("combine", json!(settings.combine.value), &settings.combine.origin),
        ("inventory", paths(&settings.inventory.value), &settings.inventory.origin),
        (
            "enforcement-point",
            json!(settings.enforcement_point.value),
            &settings.enforcement_point.origin,
        ),
        ("fail-on", json!(settings.fail_on.value.as_str()), &settings.fail_on.origin),
        ("cache", json!(settings.cache.value), &settings.cache.origin),
        (
            "allow-lints",
            settings.allow_lints.value.iter().map(|lint| lint.name).collect(),
            &settings.allow_lints.origin,
        ),
        ("as-of", json!(settings.agreed.as_of.value), &settings.agreed.as_of.origin),
        (
            "environment",
            json!(settings.agreed.environment.value.as_deref().unwrap_or("none")),
            &settings.agreed.environment.origin,
        ),
        ("waivers.paths", paths(&waivers.paths.value), &waivers.paths.origin),
        ("waivers.approval", json!(waivers.approval.value.as_str()), &waivers.approval.origin),
        (
            "waivers.allowed-signers",
            json!(waivers.allowed_signers.value.as_deref().map_or("none".into(), display_name)),
            &waivers.allowed_signers.origin,
        ),
        ("waivers.approvers", json!(waivers.approvers.value), &waivers.approvers.origin),
        (
            "waivers.max-days",
            waivers.max_days.value.map_or_else(|| json!("any"), |days| json!(days)),
            &waivers.max_days.origin,
        ),
        (
            "waivers.expiring-within",
            json!(waivers.expiring_within.value),
            &waivers.expiring_within.origin,
        ),
        (
            "baseline",
            json!(settings.agreed.baseline.value.as_deref().map_or("none".into(), display_name)),
            &settings.agreed.baseline.origin,
        ),
        ("formats", outputs(&settings.outputs.value), &settings.outputs.origin),
    ]
}

fn outputs(outputs: &[Output]) -> Value {
    outputs
        .iter()
        .map(|output| match &output.file {
            None => output.format.to_string(),
            Some(file) => format!("{}={}", output.format, display_name(file)),
        })
        .collect()
}

fn machine(settings: &Settings) -> String {
    let settings_of = rows(settings)
        .into_iter()
        .map(|(name, value, origin)| {
            (name.to_owned(), json!({"value": value, "from": origin.to_string()}))
        })
        .collect::<serde_json::Map<_, _>>();
    format!("{:#}\n", json!({"file": settings.file, "settings": settings_of}))
}

fn table(settings: &Settings) -> String {
    let shown = |name: &str, value: &Value| match value {
        Value::Array(items) if items.is_empty() && name == "policies" => {
            "the embedded pack".to_owned()
        }
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => {
            let items = items.iter().map(|item| item.as_str().unwrap_or_default());
            items.collect::<Vec<_>>().join(", ")
        }
        Value::String(text) => text.clone(),
        value => value.to_string(),
    };
    let file = settings.file.as_deref().unwrap_or("no manifestly.toml found");
    let mut text = format!("{file}\n\n");
    for (name, value, origin) in rows(settings) {
        let value = shown(name, &value);
        let _ = writeln!(text, "{name:<23}  {value:<32}  {origin}");
    }
    text
}
