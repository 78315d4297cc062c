//! A baseline, policy by policy.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde::Serialize;

use crate::agreement::{Baseline, Stood};
use crate::cli::agreement::{self, AgreementArgs};
use crate::cli::args::{CheckArgs, PolicyArgs};
use crate::cli::policy::{self, Refusal};
use crate::cli::settings::Settings;
use crate::cli::terminal::Terminal;
use crate::report::{ListFormat, counted};

use super::FILE;
use super::args::ShowArgs;

pub(super) fn run(args: &ShowArgs, terminal: Terminal) -> Result<ExitCode, Refusal> {
    let policy = PolicyArgs { file: args.settings.clone(), ..PolicyArgs::default() };
    let settings = Settings::here(&CheckArgs::of_policies(policy, AgreementArgs::default()))?;
    let file = args.file.clone().or(settings.agreed.baseline.value);
    let baseline = agreement::read_baseline(&file.unwrap_or_else(|| FILE.into()))?;
    let text = match args.format {
        ListFormat::Human => human(&baseline),
        ListFormat::Json => json(&baseline),
    };
    let printed = terminal.print(text.as_bytes());
    Ok(policy::written(printed, 0, terminal))
}

fn human(baseline: &Baseline) -> String {
    let mut text = String::new();
    let stood: Vec<_> = baseline.iter().collect();
    for of_one in stood.chunk_by(|(a, _), (b, _)| a.policy == b.policy) {
        let count: u64 = of_one.iter().map(|(_, count)| count).sum();
        let policy = of_one.first().map_or("", |(stood, _)| &stood.policy);
        let _ = writeln!(text, "{policy}  {count}");
        for (stood, count) in of_one {
            let _ = writeln!(text, "  {}", about(stood, *count));
        }
        text.push('\n');
    }
    let count = usize::try_from(baseline.count()).unwrap_or(usize::MAX);
    let _ = writeln!(text, "{} in the baseline", counted(count, "finding"));
    text
}

/// What stood, in one line.
pub(super) fn line(stood: &Stood, count: u64) -> String {
    format!("{}  {}", stood.policy, about(stood, count))
}

fn about(stood: &Stood, count: u64) -> String {
    let resource = stood.resource.as_ref().map(ToString::to_string);
    let said = stood.path.as_deref().or(stood.message.as_deref());
    let times = (count > 1).then(|| format!("{count} times"));
    let parts = [resource.as_deref(), said, times.as_deref()];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join("  ")
}

#[derive(Serialize)]
struct Record<'b> {
    version: u8,
    count: u64,
    policies: Vec<PolicyRecord<'b>>,
}

#[derive(Serialize)]
struct PolicyRecord<'b> {
    policy: &'b str,
    count: u64,
    resources: usize,
}

fn json(baseline: &Baseline) -> String {
    let stood: Vec<_> = baseline.iter().collect();
    let policies = stood.chunk_by(|(a, _), (b, _)| a.policy == b.policy).map(|of_one| {
        let mut resources: Vec<_> = of_one.iter().map(|(stood, _)| &stood.resource).collect();
        resources.dedup();
        PolicyRecord {
            policy: of_one.first().map_or("", |(stood, _)| &stood.policy),
            count: of_one.iter().map(|(_, count)| count).sum(),
            resources: resources.len(),
        }
    });
    let record = Record { version: 1, count: baseline.count(), policies: policies.collect() };
    serde_json::to_string_pretty(&record).unwrap_or_default() + "\n"
}
