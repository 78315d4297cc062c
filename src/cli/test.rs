//! `manifestly test`: run the tests of policies.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use miette::MietteDiagnostic;
use rayon::ThreadPool;

use crate::engine::{self, Coverage};
use crate::source::display_name;
use crate::testing::{self, Filter, TestReport};

use super::args::TestArgs;
use super::settings::rego_version;
use super::terminal::{Terminal, to_file};
use super::watch::Watch;

/// Which tests are run, and how.
struct Wanted {
    filter: Filter,
    options: testing::Options,
}

pub(super) fn run(args: &TestArgs, terminal: Terminal) -> ExitCode {
    let version = rego_version(&args.rego, &|name| std::env::var_os(name), None);
    let Some(version) = terminal.hear(version) else { return ExitCode::from(2) };
    let filter = match Filter::new(args.run.as_deref().unwrap_or_default()) {
        Ok(filter) => filter,
        Err(error) => {
            terminal.complain(&error);
            return ExitCode::from(2);
        }
    };
    let time = Duration::from_secs(args.timeout);
    let coverage = args.wants_coverage();
    let options = testing::Options { version: version.value, time, coverage };
    let wanted = Wanted { filter, options };
    match super::pool(args.threads.threads) {
        Ok(pool) if args.watch => watched(args, &wanted, &pool, terminal),
        Ok(pool) => once(args, &wanted, &pool, terminal),
        Err(error) => terminal.fail("no threads to test with", &error),
    }
}

/// Runs again whenever something changes. Only who started it ends it, unless nothing can be
/// watched.
fn watched(args: &TestArgs, wanted: &Wanted, pool: &ThreadPool, terminal: Terminal) -> ExitCode {
    let unwatchable = |error| terminal.fail("changes can't be watched", &io::Error::other(error));
    let mut watch = match Watch::new(&paths(args), &["rego", "yaml", "yml", "json"]) {
        Ok(watch) => watch,
        Err(error) => return unwatchable(error.to_string()),
    };
    loop {
        once(args, wanted, pool, terminal);
        terminal.say("\nwatching for changes; Ctrl-C ends");
        let Some(files) = watch.changed() else {
            return unwatchable("nothing is told any more".to_owned());
        };
        terminal.begin_anew();
        terminal.say(&changed(&files));
    }
}

/// Which files have changed, in a line that parts one run from the next.
fn changed(files: &[PathBuf]) -> String {
    const NAMED: usize = 3;
    let names = files.iter().take(NAMED).map(|file| display_name(file)).collect::<Vec<_>>();
    let more = match files.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("--- {}{more} changed\n", names.join(", "))
}

fn once(args: &TestArgs, wanted: &Wanted, pool: &ThreadPool, terminal: Terminal) -> ExitCode {
    let report = pool.install(|| report(args, wanted));
    let layout = terminal.test_layout(args.verbose);
    let written = terminal.print_with(|out| testing::write(&report, args.format, &layout, out));
    if let Err(error) = written {
        return terminal.fail("standard output can't be written", &error);
    }
    let coverage = report.coverage.clone().unwrap_or_default();
    if let Some(file) = &args.lcov
        && let Err(error) = write_lcov(&coverage, file)
    {
        let what = format!("`{}` can't be written", display_name(file));
        return terminal.fail(&what, &error);
    }
    let is_enough =
        args.coverage_threshold.is_none_or(|wanted| reaches(&coverage, wanted, terminal));
    ExitCode::from(if is_enough { report.exit_code() } else { report.exit_code().max(1) })
}

fn write_lcov(coverage: &Coverage, file: &Path) -> io::Result<()> {
    to_file(file, |out| testing::write_lcov(coverage, out))
}

/// Whether so many of a hundred lines are covered; complains if not.
#[allow(clippy::cast_precision_loss)] // nobody has so many lines
fn reaches(coverage: &Coverage, wanted: f64, terminal: Terminal) -> bool {
    let (covered, lines) = coverage.count();
    let said = match engine::percent((covered, lines)) {
        Some(_) if covered as f64 * 100.0 >= wanted * lines as f64 => return true,
        Some(percent) => format!("{covered} of {lines} lines are covered, which is {percent:.1} %"),
        // Nothing to cover is no pass: most likely the wrong folder was named.
        None => "there are no policies to cover".to_owned(),
    };
    terminal.complain(&MietteDiagnostic::new(format!("{said}; wanted are {wanted} %")));
    false
}

fn report(args: &TestArgs, wanted: &Wanted) -> TestReport {
    testing::run(testing::find(&paths(args), wanted.options), &wanted.filter)
}

/// The files and folders to look for tests in.
fn paths(args: &TestArgs) -> Vec<PathBuf> {
    if args.paths.is_empty() {
        return vec![PathBuf::from(".")];
    }
    // `gator verify ./...` is what fingers know.
    let folder = |path: &PathBuf| match path.file_name() {
        Some(name) if name == "..." => path.parent().unwrap_or(Path::new(".")).to_owned(),
        _ => path.clone(),
    };
    args.paths.iter().map(folder).collect()
}
