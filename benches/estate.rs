//! A whole estate on the cores of this machine: the built binary beside conftest, `opa eval` and
//! gator.
//!
//! ```sh
//! cargo bench --bench estate -- POLICIES CORPUS [--manifests 10000] [--seed 1] [--rounds 3]
//! cargo bench --bench estate -- LIBRARY CORPUS --gatekeeper 1 [..]
//! ```
//!
//! The estate is made from the YAML files of `CORPUS`, each varied in names, replicas and tags by
//! a seeded generator. Programs are run in turn, as whole processes, and their peak memory is
//! read from the system. conftest is looked for on the path; what is missing is said and left out.
//! A second run of ours shows what its cache is worth; it has a folder of its own here.
//!
//! No rival tells places. Ours is measured with `--no-places`, and once with the places worked out
//! that policies don't name.
//!
//! `opa eval` takes one input at a time: it is asked about some manifests, one after another, and
//! the time is told for one. With `--gatekeeper 1` the policies are Gatekeeper's templates and
//! constraints, and `gator test` is the rival.

#![allow(clippy::print_stdout, clippy::expect_used)]

mod common;

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use manifestly::engine::value::Value;
use manifestly::manifest::{self, Format, ReadLimits};
use manifestly::source::SourceText;

use common::{Arguments, is_installed};

fn main() {
    let mut args = Arguments::here();
    let mut option = |name: &str, default: u64| args.option(name, default);
    let manifests = usize::try_from(option("--manifests", 10_000)).expect("a number");
    let (seed, rounds) = (option("--seed", 1), option("--rounds", 3));
    let gatekeeper = option("--gatekeeper", 0);
    let [policies, corpus] = args.paths() else {
        println!("estate: skipped; name a folder of policies and a corpus of manifests to run it");
        return;
    };
    // gator leaves hidden folders out.
    let folder = tempfile::Builder::new().prefix("estate-").tempdir().expect("a folder");
    let estate = folder.path().join("estate");
    let bytes = make(Path::new(corpus), &estate, manifests, seed);
    println!("{manifests} manifests, {} MB, {rounds} rounds", bytes >> 20);

    let ours = |cache: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_manifestly"));
        command.args(["check", "--no-config", "-f", "json", "-p"]).arg(policies).arg(&estate);
        command.args(cache).env("MANIFESTLY_CACHE_DIR", folder.path().join("cache"));
        command
    };
    let is_gatekeeper = gatekeeper > 0;
    let theirs = || {
        let mut command = Command::new(if is_gatekeeper { "gator" } else { "conftest" });
        if is_gatekeeper {
            command.args(["test", "-o", "json", "-f"]).arg(policies).arg("-f").arg(&estate);
        } else {
            command.args(["test", "--all-namespaces", "-o", "json", "-p"]);
            command.arg(policies).arg(&estate);
        }
        command
    };
    let rival = if is_gatekeeper { "gator" } else { "conftest" };
    let has_rival = is_installed(rival, "version");
    let (mut cold, mut warm, mut rivals) = (Vec::new(), Vec::new(), Vec::new());
    run(&mut ours(&["--no-places"]));
    for _ in 0..rounds {
        cold.push(run(&mut ours(&["--no-places", "--no-cache"])));
        warm.push(run(&mut ours(&["--no-places"])));
        if has_rival {
            rivals.push(run(&mut theirs()));
        }
    }
    told("manifestly, with places", &mut [run(&mut ours(&["--no-cache"]))]);
    let cold = told("manifestly", &mut cold);
    let warm = told("manifestly, run again", &mut warm);
    println!("the second run takes 1/{:.1} of the first", cold.as_secs_f64() / warm.as_secs_f64());
    if has_rival {
        let theirs = told(rival, &mut rivals);
        let times = theirs.as_secs_f64() / cold.as_secs_f64();
        println!("{rival} takes {times:.1} times as long");
    }
    if !is_gatekeeper && is_installed("opa", "version") {
        one_by_one(policies, &estate, cold / u32::try_from(manifests).expect("a number"));
    }
}

/// Asks `opa eval` about some manifests, each with one document, and tells the time for one.
fn one_by_one(policies: &str, estate: &Path, ours: Duration) {
    const ASKED: usize = 20;
    let mut files: Vec<PathBuf> = ignore::WalkBuilder::new(estate)
        .build()
        .filter_map(Result::ok)
        .map(ignore::DirEntry::into_path)
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    let is_one =
        |path: &PathBuf| std::fs::read_to_string(path).is_ok_and(|text| !text.contains("\n---"));
    let mut times = Vec::new();
    for file in files.iter().filter(|path| is_one(path)).take(ASKED) {
        let mut command = Command::new("opa");
        command.args(["eval", "--format", "json", "-d", policies, "-i"]).arg(file).arg("data");
        times.push(run(&mut command));
    }
    let each = told("opa eval, for one", &mut times);
    let times = each.as_secs_f64() / ours.as_secs_f64();
    println!("opa eval takes {times:.0} times as long for one, started anew for each");
}

/// The median of the times, which it prints with the most memory.
fn told(name: &str, runs: &mut [(Duration, u64)]) -> Duration {
    runs.sort();
    let median = runs[runs.len() / 2].0;
    let memory = runs.iter().map(|run| run.1).max().unwrap_or_default();
    println!("{name:<24} {:>9.3} s {:>7} MB", median.as_secs_f64(), memory >> 10);
    median
}

/// Runs a program to its end: how long it took, and the most memory it had, in kB. One that tells
/// nothing gave up, and its time means nothing.
fn run(command: &mut Command) -> (Duration, u64) {
    let (mut output, mut errors) = (file(), file());
    let same = |file: &File| file.try_clone().expect("a file");
    command.stdout(same(&output)).stderr(same(&errors));
    let start = Instant::now();
    let mut child = command.spawn().expect("a program");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        if let Ok(status) = std::fs::read_to_string(&status) {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            most = memory.map_or(most, |memory: u64| most.max(memory));
        }
        if child.try_wait().expect("a child").is_some() {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let time = start.elapsed();
    if text(&mut output).trim().is_empty() {
        let errors = text(&mut errors);
        let last = errors.lines().rfind(|line| !line.trim().is_empty());
        let program = command.get_program().display();
        println!("{program} gave up: {}", last.unwrap_or_default());
    }
    (time, most)
}

fn file() -> File {
    tempfile::tempfile().expect("a file")
}

fn text(file: &mut File) -> String {
    let mut text = String::new();
    file.rewind().expect("a file");
    file.read_to_string(&mut text).expect("a text");
    text
}

/// Fills a folder with variations of a corpus and gives their size.
fn make(corpus: &Path, estate: &Path, manifests: usize, seed: u64) -> usize {
    let mut sources: Vec<PathBuf> = ignore::WalkBuilder::new(corpus)
        .build()
        .filter_map(Result::ok)
        .map(ignore::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .collect();
    sources.sort();
    // What can't be read ends a run of conftest, and so does for gator what is no resource. Both
    // are left out.
    let sources: Vec<String> = sources
        .iter()
        .filter_map(|path| std::fs::read_to_string(path).ok())
        .filter(|text| {
            let text = std::sync::Arc::new(SourceText::new("a.yaml", text.as_str()));
            let reading = manifest::read(&text, Format::Manifest, &ReadLimits::default());
            let is_resource = |manifest: &manifest::Manifest| {
                let root = Value::from(&manifest.root);
                root.field("apiVersion").is_some() && root.field("kind").is_some()
            };
            let manifests = &reading.manifests;
            reading.errors.is_empty() && !manifests.is_empty() && manifests.iter().all(is_resource)
        })
        .collect();
    assert!(!sources.is_empty(), "the corpus has no YAML files");
    let mut random = Random(seed);
    let mut bytes = 0;
    for number in 0..manifests {
        let source = &sources[random.below(sources.len())];
        let text = varied(source, number, &mut random);
        bytes += text.len();
        let folder = estate.join(format!("team-{:03}", number % 100));
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join(format!("{number:06}.yaml")), text).expect("a file");
    }
    bytes
}

fn varied(source: &str, number: usize, random: &mut Random) -> String {
    let mut text = String::with_capacity(source.len() + 64);
    for line in source.lines() {
        text.push_str(line);
        let trimmed = line.trim_start();
        let plain = !line.contains(['"', '\'', '{', '[', '#', '&', '*']);
        if plain && trimmed.starts_with("name: ") {
            text.push_str(&format!("-{number}"));
        } else if plain && trimmed.starts_with("replicas: ") {
            text.push_str(&random.below(10).to_string());
        }
        text.push('\n');
    }
    text
}

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        usize::try_from(mixed % u64::try_from(bound).unwrap_or(1)).unwrap_or_default()
    }
}
