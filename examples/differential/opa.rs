//! The real OPA: many modules and inputs for each time it is started, since that is slow.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::{Answer, Failure, Module};

/// What OPA says of each module's package. A module that keeps the others from being answered is
/// noted and left out of the next try.
pub(crate) fn ask(
    opa: &Path,
    modules: &[Module],
    inputs: &[Value],
    v0: bool,
) -> Result<Vec<Answer>, Failure> {
    let folder = std::env::temp_dir().join(format!("differential-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let data = serde_json::json!({ "inputs": inputs });
    std::fs::write(folder.join("data.json"), data.to_string())?;
    let mut answers: Vec<Option<Answer>> = modules.iter().map(|_| None).collect();
    for (number, module) in modules.iter().enumerate() {
        std::fs::write(folder.join(format!("m{number}.rego")), &module.text)?;
    }
    let result = loop {
        let open: Vec<usize> = (0..modules.len()).filter(|n| answers[*n].is_none()).collect();
        if open.is_empty() {
            break Ok(());
        }
        let output = run(opa, &folder, modules, &open, v0)?;
        if let Some(rows) = output.pointer("/result/0/expressions/0/value") {
            for (at, number) in open.iter().enumerate() {
                let column = rows.as_array().into_iter().flatten().map(|row| row[at].clone());
                answers[*number] = Some(Answer::Values(column.collect()));
            }
            continue;
        }
        let errors = output["errors"].as_array().cloned().unwrap_or_default();
        let mut noted = false;
        for error in errors {
            let file = error["location"]["file"].as_str().unwrap_or_default();
            let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
            let Some(number) = name.strip_prefix('m').and_then(|n| n.parse::<usize>().ok()) else {
                continue;
            };
            let code = error["code"].as_str().unwrap_or_default();
            let why = format!("{code}: {}", error["message"].as_str().unwrap_or_default());
            let answer =
                if code.starts_with("eval_") { Answer::Failed(why) } else { Answer::Refused(why) };
            noted = true;
            let _ = std::fs::remove_file(folder.join(format!("m{number}.rego")));
            match &mut answers[number] {
                // A type error is told beside others.
                Some(Answer::Refused(known)) => known.push_str(code),
                known => *known = Some(answer),
            }
        }
        if !noted {
            break Err(format!("OPA says: {output}").into());
        }
    };
    std::fs::remove_dir_all(&folder)?;
    result.map(|()| answers.into_iter().flatten().collect())
}

fn run(
    opa: &Path,
    folder: &Path,
    modules: &[Module],
    open: &[usize],
    v0: bool,
) -> Result<Value, Failure> {
    let columns: Vec<String> = open
        .iter()
        .map(|number| {
            let path: String =
                modules[*number].package.iter().map(|part| format!("[{part:?}]")).collect();
            format!("[x | x := data{path} with input as i]")
        })
        .collect();
    let query = format!("[[{}] | i := data.inputs[_]]", columns.join(", "));
    let query_file = folder.join("query");
    std::fs::write(&query_file, query)?;
    let mut command = Command::new(opa);
    command.args(["eval", "--format", "json", "--data"]).arg(folder);
    if v0 {
        command.arg("--v0-compatible");
    }
    command.arg("--stdin").stdin(std::fs::File::open(&query_file)?);
    let output = command.output()?;
    serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)).into())
}
