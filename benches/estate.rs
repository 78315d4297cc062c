//! A whole estate on the cores of this machine: the built binary beside conftest.
//!
//! ```sh
//! cargo bench --bench estate -- POLICIES CORPUS [--manifests 10000] [--seed 1] [--rounds 3]
//! ```
//!
//! The estate is made from the YAML files of `CORPUS`, each varied in names, replicas and tags by
//! a seeded generator. Programs are run in turn, as whole processes, and their peak memory is
//! read from the system. conftest is looked for on the path; what is missing is said and left out.
//! A second run of ours shows what its cache is worth; it has a folder of its own here.

#![allow(clippy::print_stdout, clippy::expect_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let mut option = |name: &str, default: u64| {
        args.iter().position(|arg| arg == name).map_or(default, |at| {
            let value = args[at + 1].parse().expect("a number");
            args.drain(at..at + 2);
            value
        })
    };
    let manifests = usize::try_from(option("--manifests", 10_000)).expect("a number");
    let (seed, rounds) = (option("--seed", 1), option("--rounds", 3));
    let [policies, corpus] = args.as_slice() else {
        println!("estate: skipped; name a folder of policies and a corpus of manifests to run it");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let estate = folder.path().join("estate");
    let bytes = make(Path::new(corpus), &estate, manifests, seed);
    println!("{manifests} manifests, {} MB, {rounds} rounds", bytes >> 20);

    let ours = |cache: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_manifestly"));
        command.args(["check", "--no-config", "-f", "json", "-p"]).arg(policies).arg(&estate);
        command.args(cache).env("MANIFESTLY_CACHE_DIR", folder.path().join("cache"));
        command
    };
    let conftest = || {
        let mut command = Command::new("conftest");
        command.args(["test", "--all-namespaces", "-o", "json", "-p"]).arg(policies).arg(&estate);
        command
    };
    let has_conftest =
        Command::new("conftest").arg("--version").stdout(Stdio::null()).status().is_ok();
    if !has_conftest {
        println!("conftest is not on the path and left out");
    }
    let (mut cold, mut warm, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    run(&mut ours(&[]));
    for _ in 0..rounds {
        cold.push(run(&mut ours(&["--no-cache"])));
        warm.push(run(&mut ours(&[])));
        if has_conftest {
            theirs.push(run(&mut conftest()));
        }
    }
    let cold = told("manifestly", &mut cold);
    let warm = told("manifestly, run again", &mut warm);
    println!("the second run takes 1/{:.1} of the first", cold.as_secs_f64() / warm.as_secs_f64());
    if has_conftest {
        let theirs = told("conftest", &mut theirs);
        let times = theirs.as_secs_f64() / cold.as_secs_f64();
        println!("conftest takes {times:.1} times as long");
    }
}

/// The median of the times, which it prints with the most memory.
fn told(name: &str, runs: &mut [(Duration, u64)]) -> Duration {
    runs.sort();
    let median = runs[runs.len() / 2].0;
    let memory = runs.iter().map(|run| run.1).max().unwrap_or_default();
    println!("{name:<24} {:>9.3} s {:>7} MB", median.as_secs_f64(), memory >> 10);
    median
}

/// Runs a program to its end: how long it took, and the most memory it had, in kB.
fn run(command: &mut Command) -> (Duration, u64) {
    let start = Instant::now();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("a program");
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    loop {
        if let Ok(status) = std::fs::read_to_string(&status) {
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let memory = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
            most = memory.map_or(most, |memory: u64| most.max(memory));
        }
        if child.try_wait().expect("a child").is_some() {
            return (start.elapsed(), most);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
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
    let sources: Vec<String> =
        sources.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect();
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
