//! `manifestly completions` and `manifestly man`: the command line, told to shells and to `man`.

use std::process::ExitCode;

use clap::CommandFactory as _;

use super::args::{Cli, CompletionsArgs, ManArgs};
use super::terminal::Terminal;

pub(super) fn completions(args: &CompletionsArgs, terminal: Terminal) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "manifestly", &mut script);
    print(&script, terminal)
}

pub(super) fn man(args: &ManArgs, terminal: Terminal) -> ExitCode {
    let Some(folder) = &args.out else {
        let mut page = Vec::new();
        return match clap_mangen::Man::new(Cli::command()).render(&mut page) {
            Ok(()) => print(&page, terminal),
            Err(error) => terminal.fail("the manual page can't be made", &error),
        };
    };
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => terminal.fail("the manual pages can't be written", &error),
    }
}

pub(super) fn print(text: &[u8], terminal: Terminal) -> ExitCode {
    match terminal.print(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => terminal.fail("standard output can't be written", &error),
    }
}
