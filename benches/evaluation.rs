//! Evaluation alone, on one core, beside the OPA library on the same policies and inputs.
//!
//! ```sh
//! cargo bench --bench evaluation -- POLICIES MANIFESTS [--rounds N]
//! ```
//!
//! `POLICIES` is a file or folder of Rego, `MANIFESTS` what `manifestly check` would be given.
//! Every deny, warn and violation rule is asked about every resource. Manifests are read
//! before the clock starts; what converts them for the engine counts for us, and not for OPA. The rival is built from `benches/rivals/opa`
//! with the `go` on the path; without one it is left out, which is said. Rounds of both are taken
//! in turn, since machines change their pace. Times are of the processor, not of the wall: what
//! else runs on the machine counts for neither. OPA's collector of garbage counts for OPA.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::cast_precision_loss
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use manifestly::check::{Options, walk};
use manifestly::engine::value::Value;
use manifestly::engine::{EngineLimits, Evaluator, Program};
use manifestly::manifest::{self, Format, Node, ReadLimits};
use manifestly::policy::{EntryPoint, Loader, PolicySet};

/// That of the command line tool.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let mut rounds = 5;
    if let Some(at) = args.iter().position(|arg| arg == "--rounds") {
        rounds = args[at + 1].parse().expect("a number of rounds");
        args.drain(at..at + 2);
    }
    let [policy_path, manifests] = args.as_slice() else {
        println!("evaluation: skipped; name a folder of policies and one of manifests to run it");
        return;
    };
    let policies = Loader::new().policy(policy_path).load().expect("policies");
    let program = Program::compile(&policies, EngineLimits::default()).expect("a program");
    let nodes = read(manifests);
    let inputs: Vec<Value> = nodes.iter().map(Value::from).collect();
    println!(
        "{} rules, {} resources, {rounds} rounds, one core",
        policies.entry_points.len(),
        inputs.len()
    );
    let rival = Rival::build(&policies, &inputs);
    let mut evaluator = program.evaluator();
    let mut tracing = program.evaluator();
    tracing.keep_proofs(true);
    let (mut plain, mut traced, mut opa) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (time, found) = round(&mut evaluator, &policies.entry_points, &nodes);
        plain.push(time);
        traced.push(round(&mut tracing, &policies.entry_points, &nodes).0);
        if let Some(rival) = &rival {
            let (time, theirs) = rival.round();
            opa.push(time);
            assert_eq!(found, theirs, "results of the two differ in number");
        }
    }
    let each = inputs.len() as f64;
    let plain = median(plain) / each;
    let traced = median(traced) / each;
    println!("manifestly               {:>8.4} ms a resource", plain * 1e3);
    println!(
        "manifestly, with proofs  {:>8.4} ms a resource, {:.2} times",
        traced * 1e3,
        traced / plain
    );
    if !opa.is_empty() {
        let opa = median(opa) / each;
        println!("OPA                      {:>8.4} ms a resource", opa * 1e3);
        println!("OPA takes {:.1} times as long, {:.1} with proofs", opa / plain, opa / traced);
    }
}

fn read(path: &str) -> Vec<Node> {
    let walk = walk(&Options::default()).expect("a walk");
    let (files, errors) = walk.files(&[path]);
    assert!(errors.is_empty(), "{errors:?}");
    let mut inputs = Vec::new();
    for file in files {
        let Ok(text) = file.read() else { continue };
        let format = Format::of_path(&file.path).unwrap_or(Format::Manifest);
        for manifest in manifest::read(&text, format, &ReadLimits::default()).manifests {
            let resources = manifest::resources(&manifest.into()).unwrap_or_default();
            inputs.extend(resources.into_iter().map(|resource| resource.node));
        }
    }
    inputs
}

/// One round: seconds, and the number of results.
fn round(evaluator: &mut Evaluator, entries: &[EntryPoint], inputs: &[Node]) -> (f64, usize) {
    let start = processor_time();
    let mut found = 0;
    let entries: Vec<&EntryPoint> = entries.iter().collect();
    for input in inputs {
        evaluator.set_input(input, "");
        for outcome in evaluator.evaluate_all(&entries) {
            found += outcome.expect("an outcome").results.len();
        }
    }
    (processor_time() - start, found)
}

/// How long this thread has run, in seconds; where the system doesn't tell, what the clock says.
fn processor_time() -> f64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|told| told.split_whitespace().next()?.parse::<f64>().ok());
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    nanoseconds.map_or_else(
        || START.get_or_init(Instant::now).elapsed().as_secs_f64(),
        |nanoseconds| nanoseconds / 1e9,
    )
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// The OPA library in a process of its own.
struct Rival {
    program: PathBuf,
    folder: tempfile::TempDir,
}

impl Rival {
    fn build(set: &PolicySet, inputs: &[Value]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let program = folder.path().join("opa-rounds");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/rivals/opa");
        let mut build = Command::new("go");
        build.arg("build").arg("-o").arg(&program).arg(".").current_dir(source);
        if !build.status().is_ok_and(|status| status.success()) {
            eprintln!("OPA is left out: `go build` in benches/rivals/opa failed");
            return None;
        }
        let rules: Vec<&str> =
            set.entry_points.iter().map(|entry| entry.policies[0].rule.as_str()).collect();
        let modules = set.modules.iter().map(|module| {
            let (name, text) = (module.source.name(), module.source.text());
            serde_json::json!({ "name": name, "text": text, "v1": module.is_v1() })
        });
        let write = |name: &str, json: String| {
            std::fs::write(folder.path().join(name), json).expect("a file");
        };
        write("modules.json", modules.collect::<serde_json::Value>().to_string());
        write("data.json", Value::from(&set.data.to_node()).to_json_string());
        write("rules.json", serde_json::json!(rules).to_string());
        let inputs: Vec<String> = inputs.iter().map(Value::to_json_string).collect();
        let inputs = format!("[{}]", inputs.join(",\n"));
        std::fs::write(folder.path().join("inputs.json"), inputs).expect("a file");
        Some(Self { program, folder })
    }

    fn round(&self) -> (f64, usize) {
        let files = ["modules.json", "data.json", "rules.json", "inputs.json"];
        let ran = Command::new(&self.program)
            .args(files.map(|file| self.folder.path().join(file)))
            .arg("1")
            .output()
            .expect("OPA runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        let told: serde_json::Value = serde_json::from_slice(&ran.stdout).expect("JSON");
        let nanoseconds = told["rounds_ns"][0].as_f64().expect("a time");
        let results = told["results"].as_u64().expect("a number");
        (nanoseconds / 1e9, usize::try_from(results).expect("a number"))
    }
}
