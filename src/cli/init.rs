//! `manifestly init`: start a policy repository.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

use crate::source::display_name;

use super::args::InitArgs;
use super::shell;
use super::terminal::Terminal;

/// What a new repository holds.
const FILES: [(&str, &str); 6] = [
    ("manifestly.toml", include_str!("init/manifestly.toml")),
    ("policies/owner_label.rego", include_str!("init/owner_label.rego")),
    ("policies/owner_label_test.rego", include_str!("init/owner_label_test.rego")),
    ("policies/examples/owner-label/good.yaml", include_str!("init/good.yaml")),
    ("policies/examples/owner-label/bad.yaml", include_str!("init/bad.yaml")),
    (".pre-commit-config.yaml", include_str!("init/pre-commit-config.yaml")),
];

pub(super) fn run(args: &InitArgs, terminal: Terminal) -> ExitCode {
    let mut told = String::new();
    for (name, text) in FILES {
        let path = args.folder.join(name);
        match write_new(&path, text) {
            Ok(true) => {
                let _ = writeln!(told, "wrote  {}", display_name(&path));
            }
            Ok(false) => {
                let _ = writeln!(told, "kept   {} (it exists)", display_name(&path));
            }
            Err(error) => {
                let what = format!("`{}` can't be written", display_name(&path));
                return terminal.fail(&what, &error);
            }
        }
    }
    let folder = display_name(&args.folder);
    let enter = if folder == "." { String::new() } else { format!("  cd {folder}\n") };
    let _ = write!(
        told,
        "\nNext:\n{enter}  manifestly test policies/             the tests hold, the bad example is caught\n  \
         manifestly check policies/examples/   what the one who wrote the bad example reads\n  \
         pre-commit install                    check every commit\n"
    );
    shell::print(told.as_bytes(), terminal)
}

/// Writes a file unless there is one; tells whether it did.
fn write_new(path: &Path, text: &str) -> std::io::Result<bool> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    match file {
        Ok(mut file) => std::io::Write::write_all(&mut file, text.as_bytes()).map(|()| true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error),
    }
}
