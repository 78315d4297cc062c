//! The command line tool.

fn main() -> std::process::ExitCode {
    manifestly::cli::main()
}
