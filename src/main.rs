//! The command line tool.

/// Judging makes and drops many small values, on all threads at once.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    manifestly::cli::main()
}
