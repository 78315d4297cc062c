//! `manifestly docs`: the policies as a handbook.

mod args;

use std::process::ExitCode;

use crate::catalog::Catalog;
use crate::handbook::{self, Format, Handbook, Written};
use crate::report::counted;
use crate::source::display_name;

use super::policy::{self, Refusal};
use super::terminal::Terminal;

pub(super) use args::DocsArgs;

pub(super) fn run(args: &DocsArgs, terminal: Terminal) -> ExitCode {
    let pool = match super::pool(0) {
        Ok(pool) => pool,
        Err(error) => return terminal.fail("no threads to judge examples with", &error),
    };
    pool.install(|| match write(args, terminal) {
        Ok(code) => code,
        Err(refusal) => refusal.told(terminal),
    })
}

fn write(args: &DocsArgs, terminal: Terminal) -> Result<ExitCode, Refusal> {
    let settings = policy::settings(&args.looked.policy, &args.agreement, &args.looked.paths, &[])?;
    let policies = policy::load(&settings)?;
    let paths = &settings.policies.value;
    let agreement = settings.agreed.without_baseline();
    let mut catalog = Catalog::of(&policies).with_judged_examples(&policies, paths, &|_| true);
    let wrong = catalog.note_waivers(&policies, agreement.waivers.clone(), agreement.as_of);
    catalog.errors.extend(wrong);
    catalog.errors.iter().for_each(|error| terminal.complain(error));
    let handbook =
        Handbook { source: !args.no_source, ..Handbook::new(&args.title, &catalog, &agreement) };
    let formats = if args.formats.is_empty() {
        &[Format::Html, Format::Markdown]
    } else {
        args.formats.as_slice()
    };
    let written = match handbook::write(&args.out, &handbook.files(formats)) {
        Ok(written) => written,
        Err(error) => {
            terminal.complain(&miette::MietteDiagnostic::new(error.to_string()));
            return Ok(ExitCode::from(2));
        }
    };
    let told = told(&handbook, written, args, formats);
    if let Some(told) = unlike(&catalog) {
        terminal.say(&told);
    }
    let code = if catalog.errors.is_empty() { 0 } else { 2 };
    Ok(policy::written(terminal.print(told.as_bytes()), code, terminal))
}

fn told(handbook: &Handbook<'_>, written: Written, args: &DocsArgs, formats: &[Format]) -> String {
    let Written { written, unchanged, removed } = written;
    let policies = match handbook.chapters.len() {
        1 => "1 policy".to_owned(),
        count => format!("{count} policies"),
    };
    let removed = if removed > 0 { format!(", {removed} removed") } else { String::new() };
    let first = if formats.contains(&Format::Html) { "index.html" } else { "markdown/README.md" };
    format!(
        "{policies} in {}: {} written, {unchanged} unchanged{removed}\nbegin with {}\n",
        display_name(&args.out),
        counted(written, "file"),
        display_name(&args.out.join(first)),
    )
}

/// What is told of examples that are not what they say.
fn unlike(catalog: &Catalog) -> Option<String> {
    let examples = catalog.entries.iter().flat_map(|entry| &entry.examples);
    let unlike = examples.filter(|example| !example.holds()).map(|example| &example.path);
    let paths: std::collections::BTreeSet<_> = unlike.collect();
    let first = paths.first()?;
    Some(format!(
        "{} not what the folder says, the first is {first}: `manifestly test` tells why",
        match paths.len() {
            1 => "1 example is".to_owned(),
            count => format!("{count} examples are"),
        }
    ))
}
