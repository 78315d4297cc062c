//! The command line tool: arguments in, reports and exit codes out.

mod agreement;
mod args;
mod baseline;
mod bench;
mod check;
mod config;
mod docs;
mod eval;
mod expect;
mod explain;
mod explanation;
mod fix;
mod impact;
mod init;
#[cfg(feature = "serve")]
mod install_manifests;
mod parse;
mod policy;
mod replay;
mod rollout;
#[cfg(feature = "second-opinion")]
mod second_opinion;
#[cfg(feature = "serve")]
mod serve;
mod settings;
mod shell;
mod terminal;
mod test;
mod waive;
mod waiver;
mod waivers;
mod watch;

use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _};

use args::{Cli, Command, SchemaOf};
use terminal::Terminal;

/// The threads that judge and test; 0 for as many as the machine has cores.
fn pool(threads: usize) -> std::io::Result<rayon::ThreadPool> {
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(crate::stack::THREAD);
    pool.build().map_err(std::io::Error::other)
}

/// Runs the program with the arguments and the environment of the process.
pub fn main() -> ExitCode {
    let matches = Cli::command().get_matches();
    let mut cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let given = matches.subcommand().map(|(_, given)| given);
    if let (Command::Check(check), Some(given)) = (&mut cli.command, given) {
        check.note_order(given);
    }
    if let (Command::Config(config), Some(given)) = (&mut cli.command, given) {
        config.check.note_order(given);
    }
    let terminal = Terminal::detect(cli.color);
    match &cli.command {
        Command::Check(args) => check::run(args, terminal),
        Command::Test(args) => test::run(args, terminal),
        Command::Expect(args) => expect::run(args, terminal),
        Command::Explain(args) => explain::run(args, terminal),
        Command::Policy(args) => policy::run(args, terminal),
        Command::Docs(args) => docs::run(args, terminal),
        Command::Rollout(args) => rollout::run(args, terminal),
        Command::Baseline(args) => baseline::run(args, terminal),
        Command::Impact(args) => impact::run(args, terminal),
        Command::Replay(args) => replay::run(args, terminal),
        #[cfg(feature = "serve")]
        Command::Serve(args) => serve::run(args, terminal),
        Command::Bench(args) => bench::run(args, terminal),
        Command::Eval(args) => eval::run(args, terminal),
        Command::Parse(args) => parse::run(args, terminal),
        Command::Config(args) => config::run(args, terminal),
        Command::Waive(args) => waive::run(args, terminal),
        Command::Waivers(args) => waivers::run(args, terminal),
        Command::Waiver(args) => waiver::run(args, terminal),
        #[cfg(feature = "serve")]
        Command::InstallManifests(args) => install_manifests::run(args, terminal),
        Command::Init(args) => init::run(args, terminal),
        Command::Completions(args) => shell::completions(args, terminal),
        Command::Man(args) => shell::man(args, terminal),
        Command::Schema(args) => {
            let schema = match args.what {
                SchemaOf::Report => crate::report::schema(),
                SchemaOf::Impact => crate::impact::schema(),
                SchemaOf::Replay => crate::replay::schema(),
                SchemaOf::Waiver => crate::agreement::waiver::schema(),
            };
            shell::print(format!("{schema:#}\n").as_bytes(), terminal)
        }
    }
}
