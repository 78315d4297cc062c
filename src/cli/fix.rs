//! `manifestly check --fix` and `--diff`: what can be mended by itself, in files or on paper.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use similar::TextDiff;

use crate::check::{self, Checker, Input, Mended, Options, Problem, ProblemKind};
use crate::manifest::Format;
use crate::report::{Paint, Tone, counted};
use crate::source::{self, SourceError};

use super::args::{CheckArgs, FixChoice};
use super::check::Progress;
use super::terminal::Terminal;

/// Makes the fixes, or shows them. What could not be mended as it should is a problem.
pub(super) fn run(
    args: &CheckArgs,
    checker: &Checker,
    inputs: &mut [Input],
    terminal: Terminal,
) -> Result<Vec<Problem>, Vec<Problem>> {
    let progress = Progress::new(inputs.len(), Instant::now());
    let suggestions = args.fix == Some(FixChoice::All);
    let mended = checker.mend(inputs, suggestions, &|| progress.step()).map_err(|errors| {
        let problem = |error| Problem::of_policy(ProblemKind::Policy, error);
        errors.0.into_iter().map(problem).collect::<Vec<_>>()
    })?;
    drop(progress);
    if args.diff {
        let shown = terminal.print(diff(&mended, Paint { colour: terminal.colour }).as_bytes());
        shown.map_err(|error| {
            vec![problem(format!("standard output can't be written: {error}"), None)]
        })?;
        terminal.say(&told(&mended.iter().collect::<Vec<_>>(), "would fix"));
        return Ok(Vec::new());
    }
    let mut problems = Vec::new();
    let mut written: Vec<(&Mended, PathBuf)> = Vec::new();
    for mended in &mended {
        let name = mended.before.name();
        match &inputs[mended.input] {
            Input::File(file) => {
                match source::replace(&file.path, mended.before.text(), &mended.after) {
                    Ok(()) => written.push((mended, file.path.clone())),
                    Err(error) => problems.push(problem(error.to_string(), Some(name))),
                }
            }
            Input::Text(_) => problems.push(Problem {
                help: Some("`--diff` shows what would change".to_owned()),
                ..problem(format!("`{name}` is no file, and so can't be fixed"), Some(name))
            }),
        }
    }
    if args.staged && !written.is_empty() {
        let files: Vec<_> = written.iter().map(|(_, path)| path.clone()).collect();
        if let Err(error) = source::stage(&files) {
            problems.push(problem(format!("what was fixed is not staged: {error}"), None));
        }
    }
    terminal.say(&told(&written.iter().map(|(mended, _)| *mended).collect::<Vec<_>>(), "fixed"));
    Ok(problems)
}

fn problem(message: String, file: Option<&str>) -> Problem {
    Problem::of_file(ProblemKind::Source, message, file)
}

/// What is staged of the files that would be read, and what can't be taken.
pub(super) fn staged(
    args: &CheckArgs,
    options: &Options,
) -> Result<(Vec<Input>, Vec<Problem>), Vec<Problem>> {
    if args.judged.sources.paths.iter().any(|path| path.as_os_str() == "-") {
        return Err(vec![problem("standard input is never staged".to_owned(), None)]);
    }
    let staged = source::staged(&args.judged.sources.paths)
        .map_err(|error| vec![problem(format!("what is staged is not known: {error}"), None)])?;
    let is_read = |path: &PathBuf| match Format::of_path(path) {
        Some(Format::Toml) => options.any,
        format => format.is_some(),
    };
    let partial = staged.partial.into_iter().filter(is_read).map(|path| {
        let name = source::display_name(&path);
        let message = format!("`{name}` has changes that are not staged, and was left alone");
        Problem {
            help: Some(
                "stage all of it with `git add`, or set the rest aside with `git stash -k`"
                    .to_owned(),
            ),
            ..problem(message, Some(&name))
        }
    });
    let mut problems: Vec<_> = partial.collect();
    let whole: Vec<_> = staged.whole.into_iter().filter(is_read).collect();
    let walk = check::walk(options).map_err(|error: SourceError| vec![error.into()])?;
    let (files, errors) = walk.files(&whole);
    problems.extend(errors.into_iter().map(Problem::from));
    Ok((files.into_iter().map(Input::File).collect(), problems))
}

/// `fixed 3 violations in 2 files`, and which.
fn told(mended: &[&Mended], done: &str) -> String {
    let made: usize = mended.iter().map(|mended| mended.made.len()).sum();
    if made == 0 {
        return format!("{done} nothing");
    }
    let mut text =
        format!("{done} {} in {}", counted(made, "violation"), counted(mended.len(), "file"));
    for mended in mended {
        let mut policies = BTreeMap::<&str, usize>::new();
        for finding in &mended.made {
            *policies.entry(&finding.policy.id).or_default() += 1;
        }
        let policies = policies.iter().map(|(id, count)| match count {
            1 => (*id).to_owned(),
            count => format!("{id} ({count})"),
        });
        let policies = policies.collect::<Vec<_>>().join(", ");
        let _ = write!(text, "\n  {}: {policies}", mended.before.name());
    }
    text
}

fn diff(mended: &[Mended], paint: Paint) -> String {
    let mut text = String::new();
    for mended in mended {
        let name = mended.before.name();
        let diff = TextDiff::from_lines(mended.before.text(), &mended.after);
        let unified = diff.unified_diff().context_radius(3).header(name, name).to_string();
        for line in unified.split_inclusive('\n') {
            let bare = line.trim_end_matches('\n');
            let painted = match line.as_bytes() {
                [b'+', ..] => paint.tone(Tone::Good, bare),
                [b'-', ..] => paint.tone(Tone::Deny, bare),
                [b'@', ..] => paint.with("36", bare),
                _ => bare.to_owned(),
            };
            text.push_str(&painted);
            text.push_str(&line[bare.len()..]);
        }
    }
    text
}
