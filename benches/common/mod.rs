//! What benchmarks that start other programs have in common.

use std::process::{Command, Stdio};

/// What a benchmark was asked for: paths, and options that take a number.
pub(crate) struct Arguments(Vec<String>);

impl Arguments {
    /// Those of this process.
    pub(crate) fn here() -> Self {
        Self(std::env::args().skip(1).filter(|arg| arg != "--bench").collect())
    }

    /// Takes an option out.
    pub(crate) fn option(&mut self, name: &str, default: u64) -> u64 {
        let Self(args) = self;
        args.iter().position(|arg| arg == name).map_or(default, |at| {
            let value = args[at + 1].parse().expect("a number");
            args.drain(at..at + 2);
            value
        })
    }

    /// What is left.
    pub(crate) fn paths(&self) -> &[String] {
        &self.0
    }
}

/// Whether a program is on the path, which is said where it is not.
pub(crate) fn is_installed(program: &str, version: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(version).stdout(Stdio::null()).stderr(Stdio::null());
    let is_installed = command.status().is_ok();
    if !is_installed {
        println!("{program} is not on the path and left out");
    }
    is_installed
}
