//! `manifestly test`: run the tests of policies.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use crate::testing::{self, Filter, TestReport};

use super::args::TestArgs;
use super::terminal::Terminal;

pub(super) fn run(args: &TestArgs, terminal: Terminal) -> ExitCode {
    let filter = match Filter::new(args.run.as_deref().unwrap_or_default()) {
        Ok(filter) => filter,
        Err(error) => {
            terminal.complain(&error);
            return ExitCode::from(2);
        }
    };
    let report = match super::pool(args.threads) {
        Ok(pool) => pool.install(|| report(args, &filter)),
        Err(error) => return terminal.fail("no threads to test with", &error),
    };
    let layout = terminal.test_layout(args.verbose);
    let written = terminal.print_with(|out| testing::write(&report, args.format, &layout, out));
    match written {
        Ok(()) => ExitCode::from(report.exit_code()),
        Err(error) => terminal.fail("standard output can't be written", &error),
    }
}

fn report(args: &TestArgs, filter: &Filter) -> TestReport {
    let here = [PathBuf::from(".")];
    let paths = if args.paths.is_empty() { &here[..] } else { &args.paths };
    // `gator verify ./...` is what fingers know.
    let folder = |path: &PathBuf| match path.file_name() {
        Some(name) if name == "..." => path.parent().unwrap_or(Path::new(".")).to_owned(),
        _ => path.clone(),
    };
    let paths: Vec<_> = paths.iter().map(folder).collect();
    let time = Duration::from_secs(args.timeout);
    let options = testing::Options { version: args.rego_version, time };
    testing::run(testing::find(&paths, options), filter)
}
