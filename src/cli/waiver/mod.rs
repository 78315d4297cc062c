//! `manifestly waiver`: approve a waiver, and print what is approved.

mod args;
mod key;

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use miette::Diagnostic;

use crate::agreement::waiver::{
    self, AllowedSigners, FaultKind, Waiver, WaiverFiles, WaiverRecord,
};
use crate::rego::PolicyError;
use crate::source::{self, display_name};

use super::args::CheckArgs;
use super::settings::Settings;
use super::shell;
use super::terminal::Terminal;
use super::waivers;

pub(super) use args::WaiverCommandArgs;
use args::{ApproveArgs, PayloadArgs, WaiverCommand, Which};

pub(super) fn run(args: &WaiverCommandArgs, terminal: Terminal) -> ExitCode {
    let done = match &args.command {
        WaiverCommand::Approve(args) => approve(args, terminal),
        WaiverCommand::Payload(args) => payload(args, terminal),
    };
    done.unwrap_or_else(|refusals| {
        refusals.iter().for_each(|refusal| terminal.complain(&**refusal));
        ExitCode::from(2)
    })
}

/// What keeps a command from doing anything.
type Refusals = Vec<Box<dyn Diagnostic>>;

fn refused(message: impl ToString) -> Refusals {
    vec![Box::new(PolicyError::new(message.to_string()))]
}

fn payload(args: &PayloadArgs, terminal: Terminal) -> Result<ExitCode, Refusals> {
    let mut waiver = find(&args.which)?;
    if let Some(name) = &args.which.name {
        waiver = Arc::new(waiver.with_approver(name).map_err(refused)?);
    }
    Ok(shell::print(waiver.payload().as_bytes(), terminal))
}

fn approve(args: &ApproveArgs, terminal: Terminal) -> Result<ExitCode, Refusals> {
    let settings = settings(args)?;
    let before = find(&args.which)?;
    let signers = settings.agreed.waivers.allowed_signers.value.as_deref();
    let signers = signers.map(AllowedSigners::read).transpose();
    let signers = signers.map_err(|error| -> Refusals { vec![Box::new(error)] })?;
    let name = match args.which.name.clone().or_else(|| before.approved_by.clone()) {
        Some(name) => name,
        None => name_of_key(args, signers.as_ref())?,
    };
    let named = before.with_approver(&name).map_err(refused)?;
    let payload = named.payload();
    let armour = match (&args.key, &args.signature) {
        (Some(key), _) => {
            key::sign(&payload, key).map_err(|error| -> Refusals { vec![Box::new(error)] })?
        }
        (None, file) => {
            let file = file.clone().unwrap_or_default();
            std::fs::read_to_string(&file).map_err(|error| {
                refused(format!("`{}` can't be read: {error}", display_name(&file)))
            })?
        }
    };
    let fingerprint = waiver::fits(&payload, &armour).map_err(|error| {
        let help = "sign what `manifestly waiver payload` prints, with the same `--as`";
        vec![Box::new(PolicyError::new(error.to_string()).with_help(help)) as Box<dyn Diagnostic>]
    })?;
    let approved = named.with_signature(&armour).map_err(refused)?;
    let (old, new) = (before.source().text(), approved.source().text());
    source::replace(&args.which.file, old, new).map_err(refused)?;
    let told = shell::print(told(&approved, &name, &fingerprint).as_bytes(), terminal);
    let lacks = still_lacking(&approved, signers, &settings, terminal)?;
    Ok(if lacks { ExitCode::from(1) } else { told })
}

/// What was approved.
fn told(waiver: &Waiver, name: &str, fingerprint: &str) -> String {
    let WaiverRecord { policy, selects, reason, from, expires, .. } = waiver.into();
    let mut text = format!("{name} approves {}\n", waiver.title());
    let from = from.map_or_else(|| "until".to_owned(), |from| format!("from {from} until"));
    let mut line = |name: &str, said: &str| {
        let _ = writeln!(text, "  {name:<6} {said}");
    };
    line("waives", &policy);
    line("for", &selects);
    line("", &format!("{from} {expires}"));
    line("why", &reason);
    if let Some(requested_by) = &waiver.requested_by {
        line("asked", &format!("by {requested_by}"));
    }
    line("key", fingerprint);
    text
}

/// Whether something still keeps a waiver from waiving, which is told.
fn still_lacking(
    waiver: &Waiver,
    signers: Option<AllowedSigners>,
    settings: &Settings,
    terminal: Terminal,
) -> Result<bool, Refusals> {
    let files = WaiverFiles::of_text(waiver.source());
    let rules = settings.agreed.waivers.rules(signers, true);
    let weighed = waivers::weighed(settings, files, rules).map_err(|errors| {
        let boxed = errors.0.into_iter().map(|error| Box::new(error) as Box<dyn Diagnostic>);
        boxed.collect::<Refusals>()
    })?;
    let own = weighed.each().iter().filter(|other| other.waiver.document() == waiver.document());
    // One that begins later is approved all the same.
    let faults = own.flat_map(|weighed| &weighed.faults);
    let faults: Vec<_> = faults.filter(|fault| fault.kind != FaultKind::Ahead).collect();
    faults.iter().for_each(|fault| terminal.complain(&fault.located(waiver)));
    Ok(!faults.is_empty())
}

/// The waiver that is meant.
fn find(which: &Which) -> Result<Arc<Waiver>, Refusals> {
    let files = WaiverFiles::read(&[&which.file]);
    let file = display_name(&which.file);
    let of_number =
        |waiver: &&Arc<Waiver>| which.document.is_none_or(|number| waiver.document() == number);
    let found: Vec<_> = files.iter().filter(of_number).collect();
    match (found.as_slice(), files.errors()) {
        ([one], []) => Ok(Arc::clone(one)),
        // Among what can be read, one was asked for by its number.
        ([one], _) if which.document.is_some() => Ok(Arc::clone(one)),
        (_, errors @ [_, ..]) => {
            Err(errors.iter().map(|error| Box::new(error.clone()) as Box<dyn Diagnostic>).collect())
        }
        ([], _) => Err(refused(match which.document {
            Some(number) => format!("document {number} of `{file}` is no waiver"),
            None => format!("there is no waiver in `{file}`"),
        })),
        (many, _) => {
            let one = |waiver: &&Arc<Waiver>| format!("{} ({})", waiver.document(), waiver.policy);
            let numbers: Vec<_> = many.iter().map(one).collect();
            let error = PolicyError::new(format!("there are several waivers in `{file}`"))
                .with_help(format!("say which one by `--document`: {}", numbers.join(", ")));
            Err(vec![Box::new(error)])
        }
    }
}

/// The name that a key is known by: to the file of signers, else by its comment.
fn name_of_key(args: &ApproveArgs, signers: Option<&AllowedSigners>) -> Result<String, Refusals> {
    let key = args.key.as_deref().map(key::text).transpose();
    let key = key.map_err(|error| vec![Box::new(error) as Box<dyn Diagnostic>])?;
    let known = key.as_deref().and_then(|key| signers?.name_of(key));
    known.map(str::to_owned).ok_or_else(|| {
        let error = PolicyError::new("the waiver does not name the one who approves it")
            .with_help("say who you are by `--as NAME`, as the policy's approvers know you");
        vec![Box::new(error) as Box<dyn Diagnostic>]
    })
}

fn settings(args: &ApproveArgs) -> Result<Settings, Refusals> {
    let check = CheckArgs::of_policies(args.policy.clone(), args.agreement.clone());
    Settings::here(&check).map_err(|error| vec![Box::new(error) as Box<dyn Diagnostic>])
}
