//! `manifestly waive`: write a waiver that is ready to be approved.

mod args;
mod target;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::Arc;

use chrono::NaiveDate;

use crate::agreement::waiver::{Approval, Draft, FaultKind, WaiverFiles, Waivers};
use crate::catalog::Catalog;
use crate::check::Checker;
use crate::policy::{Policy, date};
use crate::rego::PolicyError;
use crate::report::counted;
use crate::source::{SourceText, display_name};

use super::args::CheckArgs;
use super::settings::Settings;
use super::terminal::Terminal;
use super::{check, shell};

pub(super) use args::{EXAMPLES, WaiveArgs};
use target::Target;

pub(super) fn run(args: &WaiveArgs, terminal: Terminal) -> ExitCode {
    let pool = match super::pool(0) {
        Ok(pool) => pool,
        Err(error) => return terminal.fail("no threads to judge with", &error),
    };
    let mut asked = CheckArgs::of_policies(args.policy.clone(), args.agreement.clone());
    asked.judged.sources.paths = vec![PathBuf::from(&args.target)];
    let Some(settings) = terminal.hear(Settings::here(&asked)) else { return ExitCode::from(2) };
    pool.install(|| waive(args, &asked, &settings, terminal)).unwrap_or_else(|errors| {
        errors.iter().for_each(|error| terminal.complain(error));
        ExitCode::from(2)
    })
}

fn waive(
    args: &WaiveArgs,
    asked: &CheckArgs,
    settings: &Settings,
    terminal: Terminal,
) -> Result<ExitCode, Vec<PolicyError>> {
    let options = check::options_without_baseline(asked, settings);
    let checker = check::loader(settings)
        .load()
        .and_then(|set| Checker::with_options(set, options.clone()))
        .map_err(|errors| errors.0)?;
    let policy = checker.policy(&args.id).ok_or_else(|| vec![unknown(&args.id, &checker)])?;
    let as_of = settings.agreed.as_of.value;
    let from = args.from.as_deref().map(day).transpose()?.unwrap_or(as_of);
    let until = day(&args.until)?;
    let targets = targets(args, asked, settings, &checker)?;
    let drafts: Vec<Draft> =
        targets.iter().map(|target| draft(args, target, from, until)).collect();
    let texts: Vec<String> = drafts.iter().map(Draft::text).collect();
    let text = texts.join("---\n");
    let file = match &args.output {
        Some(file) => file.clone(),
        None => new_file(settings, &args.id, &args.target, &targets),
    };
    let selected = refuse_what_can_not_waive(&text, &policy, settings, as_of)?;
    let told = told(&policy, settings, &file, args.approved_by.as_deref(), &selected, from, until);
    if file == Path::new("-") {
        terminal.say(told.trim_end());
        return Ok(shell::print(text.as_bytes(), terminal));
    }
    write_new(&file, &text)?;
    let wrote = format!("wrote   {}\n{told}", display_name(&file));
    Ok(shell::print(wrote.as_bytes(), terminal))
}

fn day(text: &str) -> Result<NaiveDate, Vec<PolicyError>> {
    date(text).ok_or_else(|| {
        let error = PolicyError::new(format!("`{text}` is no date"));
        vec![error.with_help("a date is written as in 2026-12-31")]
    })
}

fn unknown(id: &str, checker: &Checker) -> PolicyError {
    let catalog = Catalog::of(checker.policies());
    let near: Vec<_> = catalog.nearest(id).iter().map(|id| format!("`{id}`")).collect();
    PolicyError::new(format!("there is no policy `{id}`")).with_help(match near.as_slice() {
        [] => "`manifestly policy list` lists the policies there are".to_owned(),
        near => format!("did you mean {}?", near.join(" or ")),
    })
}

fn targets(
    args: &WaiveArgs,
    asked: &CheckArgs,
    settings: &Settings,
    checker: &Checker,
) -> Result<Vec<Target>, Vec<PolicyError>> {
    if args.target != "-" && !Path::new(&args.target).exists() {
        return target::of_names(&args.target)
            .map(|target| vec![target])
            .map_err(|error| vec![error]);
    }
    let inputs = check::inputs(asked, &check::options_without_baseline(asked, settings));
    let (inputs, problems) = inputs.map_err(|error| vec![PolicyError::new(error.to_string())])?;
    if !problems.is_empty() {
        return Err(problems.into_iter().map(PolicyError::from).collect());
    }
    target::of_files(checker, &inputs, &args.id, &settings.agreed.waivers.root)
}

fn draft(args: &WaiveArgs, target: &Target, from: NaiveDate, expires: NaiveDate) -> Draft {
    let Target { kinds, namespaces, names, files } = target.clone();
    Draft {
        policy: args.id.clone(),
        kinds,
        namespaces,
        names,
        files,
        paths: args.within.clone(),
        reason: args.reason.trim().to_owned(),
        requested_by: args.requested_by.clone().or_else(git_user),
        approved_by: args.approved_by.clone(),
        ticket: args.ticket.clone(),
        from: Some(from),
        expires,
    }
}

/// Whom git knows here, if it is there and knows anybody.
fn git_user() -> Option<String> {
    let output = Command::new("git").args(["config", "user.email"]).output().ok()?;
    let name = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !name.is_empty()).then_some(name)
}

/// A waiver that could never waive is not written. Gives which violations each of the others is for.
fn refuse_what_can_not_waive(
    text: &str,
    policy: &Policy,
    settings: &Settings,
    as_of: NaiveDate,
) -> Result<Vec<String>, Vec<PolicyError>> {
    let source = Arc::new(SourceText::new("waiver", text));
    let files = WaiverFiles::of_text(&source);
    let plain = |error: &PolicyError| {
        let plain = PolicyError::new(error.message.clone());
        PolicyError { help: error.help.clone(), ..plain }
    };
    if !files.errors().is_empty() {
        return Err(files.errors().iter().map(plain).collect());
    }
    let mut waivers = Waivers::new(files, settings.agreed.waivers.rules(None, false));
    waivers.weigh(std::iter::once(policy), as_of);
    let waits = |kind: FaultKind| matches!(kind, FaultKind::Unapproved | FaultKind::Ahead);
    // What is wrong with one is wrong with all.
    let first = waivers.each().first();
    let faults = first.iter().flat_map(|weighed| {
        let faults = weighed.faults.iter().filter(|fault| !waits(fault.kind));
        faults.map(|fault| plain(&fault.located(&weighed.waiver)))
    });
    let faults: Vec<_> = faults.collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    Ok(waivers.each().iter().map(|weighed| weighed.waiver.selector.told()).collect())
}

/// A file that tells by its name what it is about.
fn new_file(settings: &Settings, policy: &str, target: &str, targets: &[Target]) -> PathBuf {
    let waivers = &settings.agreed.waivers;
    let folder = waivers.paths.value.iter().find(|path| path.is_dir()).cloned();
    let folder = folder.unwrap_or_else(|| waivers.root.join("waivers"));
    let about = match targets {
        [one] if one.names.len() == 1 => {
            one.namespaces.iter().chain(&one.names).cloned().collect::<Vec<_>>().join("-")
        }
        _ => Path::new(target)
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default(),
    };
    let plain = |text: &str| -> String {
        let dashed =
            text.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' });
        dashed.collect::<String>().trim_matches(['-', '.']).to_owned()
    };
    folder.join(format!("{}.{}.yaml", plain(policy), plain(&about)))
}

fn write_new(file: &Path, text: &str) -> Result<(), Vec<PolicyError>> {
    let name = display_name(file);
    let failed = |error: std::io::Error| {
        vec![match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                PolicyError::new(format!("`{name}` exists already"))
                    .with_help("change what it says, or write another file by `--output`")
            }
            _ => PolicyError::new(format!("`{name}` can't be written: {error}")),
        }]
    };
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut new =
        std::fs::OpenOptions::new().write(true).create_new(true).open(file).map_err(failed)?;
    std::io::Write::write_all(&mut new, text.as_bytes()).map_err(failed)
}

/// What is to be done with a waiver that was written.
fn told(
    policy: &Policy,
    settings: &Settings,
    file: &Path,
    approved_by: Option<&str>,
    selected: &[String],
    from: NaiveDate,
    until: NaiveDate,
) -> String {
    let waivers = &settings.agreed.waivers;
    let rules = waivers.rules(None, false);
    let mut text = String::new();
    let mut line = |name: &str, said: &str| {
        let _ = writeln!(text, "{name:<7} {said}");
    };
    let days = usize::try_from((until - from).num_days() + 1).unwrap_or_default();
    line("waives", &policy.id);
    line("for", &selected.join("; "));
    line("from", &format!("{from} until {until} ({})", counted(days, "day")));
    let approvers = rules.approvers_of(policy);
    let who = if approvers.is_empty() {
        "anybody but the one who asks".to_owned()
    } else {
        approvers.join(" or ")
    };
    let contact = [&policy.metadata.owner, &policy.metadata.contact];
    let contact: Vec<_> = contact.into_iter().flatten().map(String::as_str).collect();
    let contact =
        if contact.is_empty() { String::new() } else { format!(" ({})", contact.join(", ")) };
    let file = if file == Path::new("-") { "FILE".to_owned() } else { display_name(file) };
    match (waivers.approval.value, approved_by) {
        (Approval::Named, Some(name)) => {
            line("next", &format!("commit it: {name} has approved it"));
        }
        (Approval::Named, None) => {
            line("needs", &format!("the approval of {who}{contact}"));
            line("next", &format!("they put their name into {file}, as `approvedBy`"));
        }
        (Approval::Signed, _) => {
            line("needs", &format!("the signature of {who}{contact}"));
            line("next", &format!("they sign it: manifestly waiver approve {file} --key KEY"));
        }
    }
    text
}
