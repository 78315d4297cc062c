//! How well the places are that are inferred: a library of policies that say where each of their
//! violations is, judged again without saying so.
//!
//! ```sh
//! cargo bench --bench places -- LIBRARY [--list] [--json] [--only RULE] [..]
//! cargo bench --bench places --profile dev -- LIBRARY [..]
//! ```
//!
//! What the options mean and which libraries can be read, `--help` tells, and `docs/places.md`.

#![allow(clippy::print_stdout, clippy::print_stderr)]
// The tests beside the code are run by `tests/it/places.rs`; here nothing runs them, and what they
// use is unused.
#![allow(unused_imports, dead_code)]

#[path = "places/mod.rs"]
mod places;

use std::io::Write as _;
use std::process::ExitCode;

/// That of the command line tool.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = std::env::args().filter(|arg| arg != "--bench");
    let mut told = String::new();
    let code = match places::run(args, &mut told) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    };
    // A reader that goes away early has seen what it wanted.
    let _ = std::io::stdout().write_all(told.as_bytes());
    code
}
