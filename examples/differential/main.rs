//! Runs policies through the real OPA and through this engine, and prints where they differ.
//!
//! ```sh
//! cargo run --release --example differential -- --opa opa POLICY_DIR INPUT_DIR
//! cargo run --release --example differential -- --opa opa --generate 1 --cases 1000
//! ```
//!
//! Values are compared as text, so that numbers have to be written alike too.

#![allow(clippy::print_stdout, clippy::print_stderr)]

mod generate;
mod opa;
mod random;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifestly::engine::builtins::{self, Caches, Context};
use manifestly::engine::value::Value as Rego;
use manifestly::engine::{EngineLimits, Program};
use manifestly::manifest::{self, Format, ReadLimits};
use manifestly::policy::PolicySet;
use manifestly::rego::{self, PolicyLimits, VersionChoice};
use manifestly::source::SourceText;
use serde_json::Map;

use crate::random::Random;

const HELP: &str = "\
Runs policies through OPA and through this engine, and prints where they differ.

differential [OPTIONS] POLICY_DIR INPUT_DIR    the modules of a folder over its manifests
differential [OPTIONS] --generate SEED         modules made up from a seed

  --opa FILE    the program to compare with, `opa` by default
  --cases N     how many modules are made up, 1000 by default
  --v0          policies are Rego v0
  --review      inputs are given as Gatekeeper does, below `review`
  --only NAME   of the modules that are made up, compare that one: `c17`
";

type Failure = Box<dyn std::error::Error>;

/// What an engine says of a document, for each input: its value in a list, or nothing in one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer {
    /// It does not compile.
    Refused(String),
    /// An evaluation fails.
    Failed(String),
    /// There is none: the program broke down.
    None,
    Values(Vec<Rego>),
}

/// A module: the file it is in, and its text.
pub(crate) struct Module {
    pub(crate) file: String,
    pub(crate) package: Vec<String>,
    pub(crate) text: String,
}

#[derive(Default)]
struct Settings {
    opa: PathBuf,
    v0: bool,
    review: bool,
    seed: Option<u64>,
    cases: usize,
    only: Option<String>,
    help: bool,
    folders: Vec<PathBuf>,
}

fn settings() -> Result<Settings, Failure> {
    let mut settings = Settings { opa: "opa".into(), cases: 1000, ..Settings::default() };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or_else(|| format!("{arg} needs a value"));
        match arg.as_str() {
            "--opa" => settings.opa = value()?.into(),
            "--generate" => settings.seed = Some(value()?.parse()?),
            "--cases" => settings.cases = value()?.parse()?,
            "--only" => settings.only = Some(value()?),
            "--help" | "-h" => settings.help = true,
            "--v0" => settings.v0 = true,
            "--review" => settings.review = true,
            _ => settings.folders.push(arg.into()),
        }
    }
    Ok(settings)
}

fn main() -> Result<(), Failure> {
    let run = || -> Result<(), String> {
        let settings = settings().map_err(|error| error.to_string())?;
        if settings.help {
            print!("{HELP}");
            return Ok(());
        }
        let result = match settings.seed {
            Some(seed) => generated(&settings, seed),
            None => folders(&settings),
        };
        result.map_err(|error| error.to_string())
    };
    // Deep policies need room, as they have it on the command line.
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(run)?;
    thread.join().map_err(|_| "the comparison panicked")??;
    Ok(())
}

/// How two answers stand to each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Same,
    Refused,
    Failed,
    Limited,
    Different,
}

impl Verdict {
    fn of(theirs: &Answer, ours: &Answer) -> Self {
        match (theirs, ours) {
            (Answer::Refused(_), Answer::Refused(_)) => Self::Refused,
            (Answer::Failed(_), Answer::Failed(_)) => Self::Failed,
            // OPA has no bounds on what a function makes, and may break down on it.
            (Answer::None, _) => Self::Limited,
            (_, Answer::Failed(why)) if why.contains(" takes more than ") => Self::Limited,
            (Answer::Values(theirs), Answer::Values(ours))
                if theirs.len() == ours.len()
                    && theirs.iter().zip(ours).all(|(a, b)| same(a, b)) =>
            {
                Self::Same
            }
            _ => Self::Different,
        }
    }
}

/// How many cases of each kind there were.
#[derive(Default)]
struct Counts {
    same: usize,
    refused: usize,
    failed: usize,
    limited: usize,
    different: usize,
}

impl Counts {
    fn compare(
        &mut self,
        name: &str,
        text: &str,
        theirs: &Answer,
        ours: &Answer,
        inputs: &[String],
    ) {
        match Verdict::of(theirs, ours) {
            Verdict::Same => self.same += 1,
            Verdict::Refused => self.refused += 1,
            Verdict::Failed => self.failed += 1,
            Verdict::Limited => self.limited += 1,
            Verdict::Different => {
                self.different += 1;
                println!("== {name}\n{text}");
                match (theirs, ours) {
                    (Answer::Values(theirs), Answer::Values(ours)) => {
                        for ((input, a), b) in inputs.iter().zip(theirs).zip(ours) {
                            if !same(a, b) {
                                println!("input: {input}\nOPA:  {}", a.to_json_string());
                                println!("ours: {}", b.to_json_string());
                            }
                        }
                    }
                    _ => {
                        inputs.iter().for_each(|input| println!("input: {input}"));
                        println!("OPA:  {theirs:?}\nours: {ours:?}");
                    }
                }
            }
        }
    }

    fn print(&self) {
        println!(
            "{} the same, {} refused by both, {} failed in both, {} beyond limits, {} different",
            self.same, self.refused, self.failed, self.limited, self.different
        );
    }
}

/// Whether two values are written alike.
fn same(a: &Rego, b: &Rego) -> bool {
    a.to_json_string() == b.to_json_string()
}

/// JSON, in which numbers keep all their digits.
fn from_json(text: &str) -> Result<Rego, Failure> {
    let mut caches = Caches::default();
    let mut context = Context::new(&mut caches, 0, 0);
    let read = builtins::lookup("json.unmarshal").ok_or("there is no json.unmarshal")?.function;
    let value = read(&mut context, &[Rego::string(text)]).map_err(|error| error.message)?;
    value.ok_or_else(|| "no JSON".into())
}

/// What `data` is but for the rules: as text, and what of it this engine is given.
struct Data {
    text: String,
    value: Rego,
}

fn generated(settings: &Settings, seed: u64) -> Result<(), Failure> {
    const BATCH: usize = 100;
    let version = if settings.v0 { VersionChoice::V0 } else { VersionChoice::V1 };
    let mut random = Random::new(seed);
    let mut counts = Counts::default();
    let shared = Module {
        file: "lib.rego".into(),
        package: vec!["lib".into()],
        text: generate::LIBRARY.into(),
    };
    let mut done = 0;
    while done < settings.cases {
        let inputs: Vec<String> = (0..5).map(|_| generate::input(&mut random)).collect();
        let base = format!("\"base\":{}", generate::data(&mut random));
        let data = Data { value: from_json(&format!("{{{base}}}"))?, text: base };
        let mut modules: Vec<Module> = (done..settings.cases.min(done + BATCH))
            .map(|number| {
                let package = vec!["cases".to_owned(), format!("c{number}")];
                let accepts = |text: &str| {
                    let (package, text) = (package.clone(), text.to_owned());
                    let module = Module { file: String::new(), package, text };
                    program(&[&shared, &module], version, &data.value).is_ok()
                };
                let generator = generate::Generator::new(&mut random, settings.v0);
                let text = generator.module(&package.join("."), &accepts);
                Module { file: format!("c{number}.rego"), package, text }
            })
            .collect();
        done += modules.len();
        if let Some(only) = &settings.only {
            modules.retain(|module| module.package.last() == Some(only));
        }
        let ask = opa::Question {
            opa: &settings.opa,
            shared: Some(&shared),
            inputs: &inputs,
            data: &data.text,
            v0: settings.v0,
        };
        let theirs = ask.about(&modules)?;
        for (module, theirs) in modules.iter().zip(theirs) {
            let program = program(&[&shared, module], version, &data.value);
            let ours = ours(program, &[module], &inputs)?;
            let ours = ours.into_iter().next().ok_or("no answer")?;
            let theirs = match Verdict::of(&theirs, &ours) {
                Verdict::Different => ask.about_each(module)?,
                _ => theirs,
            };
            let name = format!("seed {seed}, {}", module.file);
            let before = counts.different;
            counts.compare(&name, &module.text, &theirs, &ours, &inputs);
            if counts.different > before {
                println!("data: {{{}}}", data.text);
            }
        }
        eprint!("\r{done}");
    }
    eprintln!();
    counts.print();
    Ok(())
}

/// What this engine says of each module's package.
fn ours(
    program: Result<Program, String>,
    modules: &[&Module],
    inputs: &[String],
) -> Result<Vec<Answer>, Failure> {
    let program = match program {
        Ok(program) => program,
        Err(why) => return Ok(modules.iter().map(|_| Answer::Refused(why.clone())).collect()),
    };
    let mut values: Vec<Result<Vec<Rego>, String>> = modules.iter().map(|_| Ok(vec![])).collect();
    let mut evaluator = program.evaluator();
    for input in inputs {
        evaluator.set_value(Some(from_json(input)?));
        for (module, values) in modules.iter().zip(&mut values) {
            let Ok(known) = values else { continue };
            let path: Vec<&str> = module.package.iter().map(String::as_str).collect();
            match evaluator.ask(&path) {
                Ok(value) => known.push(Rego::array(value.into_iter().collect())),
                Err(error) => *values = Err(error.to_string()),
            }
        }
    }
    let answers = values.into_iter();
    Ok(answers.map(|values| values.map_or_else(Answer::Failed, Answer::Values)).collect())
}

fn program(modules: &[&Module], version: VersionChoice, data: &Rego) -> Result<Program, String> {
    let parsed = modules.iter().map(|module| {
        let source = Arc::new(SourceText::new(module.file.as_str(), module.text.as_str()));
        rego::parse(&source, version, &PolicyLimits::default())
            .map_err(|error| format!("{}: {error}", module.file))
    });
    let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
    let all = |errors: rego::PolicyErrors| {
        let place = |e: &rego::PolicyError| {
            let name = e.text.as_ref().map_or("", |text| text.name());
            format!("{name}: {e}")
        };
        errors.0.iter().map(place).collect::<Vec<_>>().join("\n")
    };
    let policies = PolicySet::new(parsed, Map::new()).map_err(all)?;
    let limits = EngineLimits::default();
    Program::compile_with_data(&policies, data.clone(), limits).map_err(all)
}

fn folders(settings: &Settings) -> Result<(), Failure> {
    let [policies, inputs] = settings.folders.as_slice() else {
        return Err("name a folder of policies and a folder of inputs".into());
    };
    let version = if settings.v0 { VersionChoice::V0 } else { VersionChoice::V1 };
    let modules = modules(policies, version)?;
    let inputs = self::inputs(inputs, settings.review)?;
    println!("{} modules, {} inputs", modules.len(), inputs.len());
    let mut counts = Counts::default();
    let all: Vec<&Module> = modules.iter().collect();
    let nothing = from_json("{}")?;
    for inputs in inputs.chunks(50) {
        let ask =
            opa::Question { opa: &settings.opa, shared: None, inputs, data: "", v0: settings.v0 };
        let theirs = ask.about(&modules)?;
        let ours = ours(program(&all, version, &nothing), &all, inputs)?;
        for ((module, theirs), ours) in modules.iter().zip(&theirs).zip(&ours) {
            counts.compare(&module.file, "", theirs, ours, inputs);
        }
    }
    counts.print();
    Ok(())
}

fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let mut entries: Vec<_> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_, Failure>>()?;
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            files(&path, endings, found)?;
        } else if endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path);
        }
    }
    Ok(())
}

/// The modules of a folder, tests left out.
fn modules(folder: &Path, version: VersionChoice) -> Result<Vec<Module>, Failure> {
    let mut found = Vec::new();
    files(folder, &[".rego"], &mut found)?;
    let mut modules = Vec::new();
    for path in found.iter().filter(|path| !path.to_string_lossy().ends_with("_test.rego")) {
        let text = std::fs::read_to_string(path)?;
        let file = path.to_string_lossy().into_owned();
        let source = Arc::new(SourceText::new(file.as_str(), text.as_str()));
        match rego::parse(&source, version, &PolicyLimits::default()) {
            Ok(parsed) => modules.push(Module { file, package: parsed.package, text }),
            Err(error) => println!("{file}: left out, since we don't parse it: {error}"),
        }
    }
    Ok(modules)
}

/// The manifests of a folder.
fn inputs(folder: &Path, review: bool) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    files(folder, &[".yaml", ".yml", ".json"], &mut found)?;
    let mut inputs = Vec::new();
    for path in found {
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let source = Arc::new(SourceText::new(path.to_string_lossy(), text));
        let reading = manifest::read(&source, Format::Manifest, &ReadLimits::default());
        for manifest in &reading.manifests {
            let value = Rego::from(&manifest.root).to_json_string();
            inputs.push(if review {
                format!("{{\"review\":{{\"object\":{value}}},\"parameters\":{{}}}}")
            } else {
                value
            });
        }
    }
    Ok(inputs)
}
