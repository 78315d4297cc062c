//! The real OPA: many modules and inputs for each time it is started, since that is slow.

use std::path::{Path, PathBuf};
use std::process::Command;

use manifestly::engine::value::Value;

use crate::{Answer, Failure, Module, from_json};

/// What is asked of every module.
#[derive(Clone, Copy)]
pub(crate) struct Question<'q> {
    pub(crate) opa: &'q Path,
    /// A module that all others may import, and that nothing is wrong with.
    pub(crate) shared: Option<&'q Module>,
    pub(crate) inputs: &'q [String],
    /// Further members of `data`, as they are written in JSON.
    pub(crate) data: &'q str,
    pub(crate) v0: bool,
}

impl Question<'_> {
    /// What OPA says of each module's package. A module that keeps the others from being answered
    /// is noted and left out of the next try.
    pub(crate) fn about(&self, modules: &[Module]) -> Result<Vec<Answer>, Failure> {
        let folder = std::env::temp_dir().join(format!("differential-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let comma = if self.data.is_empty() { "" } else { "," };
        let data = format!("{{\"inputs\":[{}]{comma}{}}}", self.inputs.join(","), self.data);
        std::fs::write(folder.join("data.json"), data)?;
        if let Some(shared) = self.shared {
            std::fs::write(folder.join("lib.rego"), &shared.text)?;
        }
        let mut answers: Vec<Option<Answer>> = modules.iter().map(|_| None).collect();
        let open = (0..modules.len()).collect();
        let result = self.answer(&folder, modules, open, &mut answers);
        std::fs::remove_dir_all(&folder)?;
        result.map(|()| answers.into_iter().flatten().collect())
    }

    /// What OPA says of one module's package, asked about each input by itself: where much is asked
    /// at once, what one module has in the place of data may show in the answers about others.
    pub(crate) fn about_each(&self, module: &Module) -> Result<Answer, Failure> {
        let mut values = Vec::new();
        for input in self.inputs {
            let question = Self { inputs: std::slice::from_ref(input), ..*self };
            match question.about(std::slice::from_ref(module))?.into_iter().next() {
                Some(Answer::Values(mut of_one)) => values.append(&mut of_one),
                other => return Ok(other.unwrap_or(Answer::None)),
            }
        }
        Ok(Answer::Values(values))
    }

    fn answer(
        &self,
        folder: &Path,
        modules: &[Module],
        mut open: Vec<usize>,
        answers: &mut [Option<Answer>],
    ) -> Result<(), Failure> {
        while !open.is_empty() {
            let output = self.run(folder, modules, &open)?;
            if output.is_none()
                && let [only] = open.as_slice()
            {
                answers[*only] = Some(Answer::None);
                return Ok(());
            }
            let output = output.unwrap_or(Value::NULL);
            if let Some(rows) = rows(&output) {
                for (at, number) in open.iter().enumerate() {
                    let column = rows.iter().filter_map(|row| row.as_array()?.get(at).cloned());
                    answers[*number] = Some(Answer::Values(column.collect()));
                }
                return Ok(());
            }
            let before = open.len();
            for error in output.field("errors").and_then(Value::as_array).unwrap_or_default() {
                note(error, answers);
            }
            open.retain(|number| answers[*number].is_none());
            if open.len() < before {
                continue;
            }
            // The error is nowhere in the modules: whose question it is shows by asking each.
            match open.as_slice() {
                [only] => {
                    let errors = output.field("errors").and_then(Value::as_array);
                    let failed = errors.unwrap_or_default().iter().any(|error| {
                        let code = error.field("code").and_then(Value::as_str);
                        code.is_none_or(|code| code.starts_with("eval_"))
                    });
                    let answer = if failed { Answer::Failed } else { Answer::Refused };
                    answers[*only] = Some(answer(output.to_json_string()));
                    return Ok(());
                }
                _ => {
                    let second = open.split_off(open.len() / 2);
                    self.answer(folder, modules, open, answers)?;
                    open = second;
                }
            }
        }
        Ok(())
    }

    /// What OPA says; nothing where it broke down.
    fn run(
        &self,
        folder: &Path,
        modules: &[Module],
        open: &[usize],
    ) -> Result<Option<Value>, Failure> {
        for (number, module) in modules.iter().enumerate() {
            let file = folder.join(format!("m{number}.rego"));
            if open.contains(&number) {
                std::fs::write(file, &module.text)?;
            } else if file.exists() {
                std::fs::remove_file(file)?;
            }
        }
        let columns: Vec<String> = open
            .iter()
            .map(|number| {
                let path: String =
                    modules[*number].package.iter().map(|part| format!("[{part:?}]")).collect();
                format!("[x | x := data{path} with input as i]")
            })
            .collect();
        let query = format!("[[{}] | i := data.inputs[_]]", columns.join(", "));
        let query_file: PathBuf = folder.join("query");
        std::fs::write(&query_file, query)?;
        let mut command = Command::new(self.opa);
        command.args(["eval", "--format", "json", "--data"]).arg(folder);
        if self.v0 {
            command.arg("--v0-compatible");
        }
        command.arg("--stdin").stdin(std::fs::File::open(&query_file)?);
        let output = command.output()?;
        // What it says of faults is JSON too.
        Ok(from_json(&String::from_utf8_lossy(&output.stdout)).ok())
    }
}

/// The value of the question, if there is one.
fn rows(output: &Value) -> Option<&[Value]> {
    let first = output.field("result")?.as_array()?.first()?;
    first.field("expressions")?.as_array()?.first()?.field("value")?.as_array()
}

/// Notes an error as the answer about the module that it is in.
fn note(error: &Value, answers: &mut [Option<Answer>]) {
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    let file = text(error.field("location").and_then(|location| location.field("file")));
    let name = Path::new(&file).file_stem().unwrap_or_default().to_string_lossy();
    let Some(number) = name.strip_prefix('m').and_then(|n| n.parse::<usize>().ok()) else {
        return;
    };
    let code = text(error.field("code"));
    let why = format!("{code}: {}", text(error.field("message")));
    let answer = match code.as_str() {
        // That is no answer, but a fault of its own.
        "eval_internal_error" => Answer::None,
        code if code.starts_with("eval_") => Answer::Failed(why),
        _ => Answer::Refused(why),
    };
    match answers.get_mut(number) {
        // A type error is told beside others.
        Some(Some(Answer::Refused(known))) => known.push_str(&code),
        Some(known) => *known = Some(answer),
        None => {}
    }
}
