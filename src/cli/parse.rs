//! `manifestly parse`: show manifests as the engine sees them.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use crate::check::{self, Options, Problem};
use crate::manifest::{self, Format, Manifest, ReadLimits, Reading, Resource};
use crate::report::ListFormat;
use crate::source::{self, SourceText};

use super::args::ParseArgs;
use super::terminal::Terminal;

/// A document as `--format json` prints it.
#[derive(Serialize)]
#[allow(clippy::struct_field_names)] // names that others rely on
struct Document<'m> {
    file: &'m str,
    document: usize,
    line: usize,
    value: Value,
}

pub(super) fn run(args: &ParseArgs, terminal: Terminal) -> ExitCode {
    let (reading, problems) = read(args);
    for problem in &problems {
        terminal.complain(problem);
    }
    for error in &reading.errors {
        terminal.complain(error);
    }
    let text = match args.format {
        ListFormat::Json => json(&reading.manifests),
        ListFormat::Human => human(reading.manifests),
    };
    if let Err(error) = terminal.print(text.as_bytes()) {
        return terminal.fail("standard output can't be written", &error);
    }
    ExitCode::from(if problems.is_empty() && reading.errors.is_empty() { 0 } else { 2 })
}

fn read(args: &ParseArgs) -> (Reading, Vec<Problem>) {
    let mut all = Reading::default();
    let mut problems = Vec::new();
    let mut add = |text: Arc<SourceText>, format| {
        let reading = manifest::read(&text, format, &ReadLimits::default());
        all.manifests.extend(reading.manifests);
        all.errors.extend(reading.errors);
    };
    let (stdin, named): (Vec<_>, Vec<_>) = args.paths.iter().partition(|p| *p == Path::new("-"));
    if !stdin.is_empty() {
        match source::read_stdin(&args.stdin.stdin_filename) {
            Ok(text) => add(text, Format::Manifest),
            Err(error) => problems.push(error.into()),
        }
    }
    match check::walk(&Options::default()) {
        Err(error) => problems.push(error.into()),
        Ok(walk) => {
            let (files, errors) = walk.files(&named);
            problems.extend(errors.into_iter().map(Problem::from));
            for file in files {
                match file.read() {
                    Ok(text) => add(text, Format::of_path(&file.path).unwrap_or(Format::Manifest)),
                    Err(error) => problems.push(error.into()),
                }
            }
        }
    }
    (all, problems)
}

fn json(manifests: &[Manifest]) -> String {
    let documents: Vec<_> = manifests
        .iter()
        .map(|manifest| Document {
            file: manifest.source.name(),
            document: manifest.document,
            line: manifest.line(),
            value: Value::from(&manifest.root),
        })
        .collect();
    serde_json::to_string_pretty(&documents).unwrap_or_default() + "\n"
}

fn human(manifests: Vec<Manifest>) -> String {
    let mut text = String::new();
    for manifest in manifests.into_iter().map(Arc::new) {
        let names = match manifest::resources(&manifest) {
            Some(resources) => {
                resources.iter().map(|r: &Resource| r.id.to_string()).collect::<Vec<_>>().join(", ")
            }
            None => "no manifest".to_owned(),
        };
        let (file, line) = (manifest.source.name(), manifest.line());
        let _ = writeln!(text, "{file}:{line}  document {}, {names}", manifest.document);
        let _ = writeln!(text, "{:#}\n", Value::from(&manifest.root));
    }
    text
}
