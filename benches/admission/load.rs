//! The load, made by `vegeta`.

use std::fmt;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::cast::{Asked, Cast, certificate};
use super::servers::Server;

/// How many ask at a time where as much is asked as can be answered.
const ASKERS: &str = "16";

/// How fast is asked.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    /// As fast as is answered.
    Most,
    /// So often in a second.
    Rate(u64),
}

/// Requests, over and over again.
pub(crate) struct Load {
    targets: PathBuf,
}

/// What came of it.
pub(crate) struct Told {
    requests: u64,
    /// Answers in a second.
    pub(crate) throughput: f64,
    /// In milliseconds, also this:
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// The part that was answered with 200.
    success: f64,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { requests: _, throughput, p50, p99, success } = self;
        write!(f, "{throughput:>8.0} a second, p50 {p50:>8.2} ms, p99 {p99:>8.2} ms")?;
        if *success < 1.0 {
            write!(f, ", {:.2} % failed", (1.0 - success) * 100.0)?;
        }
        Ok(())
    }
}

impl Load {
    pub(crate) fn new(cast: &Cast, url: &str, body: impl Fn(&Asked) -> Value) -> Self {
        let target = |asked: &Asked| {
            let body = STANDARD.encode(body(asked).to_string());
            let header = json!({"Content-Type": ["application/json"]});
            json!({"method": "POST", "url": url, "body": body, "header": header}).to_string() + "\n"
        };
        let name =
            format!("targets-{}.json", url.len() + url.rsplit('/').next().map_or(0, str::len));
        let targets = cast.folder.path().join(name);
        std::fs::write(&targets, cast.asked.iter().map(target).collect::<String>())
            .expect("a file");
        Self { targets }
    }

    fn command(&self, pace: Pace, duration: &str) -> Command {
        let mut command = Command::new("vegeta");
        command.args(["attack", "-format=json", "-insecure", "-lazy=false", "-timeout=10s"]);
        command
            .arg(format!("-duration={duration}"))
            .arg(format!("-targets={}", self.targets.display()));
        match pace {
            Pace::Most => command.args(["-rate=0", "-max-workers", ASKERS]),
            Pace::Rate(rate) => command.arg(format!("-rate={rate}/s")),
        };
        command.stdin(Stdio::null());
        command
    }

    /// Asks for so many seconds.
    pub(crate) fn attack(&self, pace: Pace, seconds: u64) -> Told {
        let mut attack = self.command(pace, &format!("{seconds}s"));
        let mut attack = attack.stdout(Stdio::piped()).spawn().expect("vegeta");
        let results = attack.stdout.take().expect("results");
        let report = Command::new("vegeta").args(["report", "-type=json"]).stdin(results).output();
        attack.wait().expect("vegeta");
        let report: Value =
            serde_json::from_slice(&report.expect("vegeta").stdout).expect("a report");
        let number = |value: &Value| value.as_f64().expect("a number");
        let milliseconds = |name: &str| number(&report["latencies"][name]) / 1e6;
        Told {
            requests: report["requests"].as_u64().expect("a number"),
            throughput: number(&report["throughput"]),
            p50: milliseconds("50th"),
            p99: milliseconds("99th"),
            success: number(&report["success"]),
        }
    }
}

/// The memory after ten thousand requests, and after many.
pub(crate) fn memory(server: &Server, load: &Load, requests: u64) {
    let mut done = 0;
    let mut next = 10_000;
    while done < requests {
        let told = load.attack(Pace::Most, 5);
        assert!((told.success - 1.0).abs() < f64::EPSILON, "{told}");
        done += told.requests;
        if done >= next {
            println!("{:>6} MB after {done} requests", server.memory() >> 10);
            next = next.max(done) * 3;
        }
    }
    println!("{:>6} MB after {done} requests", server.memory() >> 10);
}

/// Has policies and certificates replaced every second, and looks at every answer.
pub(crate) fn soak(cast: &Cast, server: &Server, load: &Load, seconds: u64) {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut round = 0;
            while !done.load(Ordering::Relaxed) {
                certificate(&server.folder);
                let other = format!(
                    "package other_{round}\n\ndeny contains \"x\" if input.kind == \"None\"\n"
                );
                std::fs::write(server.folder.join("policies/other.rego"), other).expect("a file");
                round += 1;
                std::thread::sleep(Duration::from_secs(1));
            }
            println!("policies and certificates were replaced {round} times");
        });
        // Without connections that stay, so that each certificate is seen.
        let mut attack = load.command(Pace::Rate(100), &format!("{seconds}s"));
        let mut attack =
            attack.arg("-keepalive=false").stdout(Stdio::piped()).spawn().expect("vegeta");
        let results = attack.stdout.take().expect("results");
        let mut encode = Command::new("vegeta");
        let mut encode = encode
            .args(["encode", "--to=json"])
            .stdin(results)
            .stdout(Stdio::piped())
            .spawn()
            .expect("vegeta");
        let lines = BufReader::new(encode.stdout.take().expect("lines")).lines();
        let (mut all, mut failed, mut wrong) = (0, 0, 0);
        for line in lines.map_while(Result::ok) {
            let result: Value = serde_json::from_str(&line).expect("a result");
            all += 1;
            if result["code"] != 200 {
                failed += 1;
                println!("failed: {} {}", result["code"], result["error"]);
                continue;
            }
            let body =
                STANDARD.decode(result["body"].as_str().unwrap_or_default()).expect("a body");
            let answer: Value = serde_json::from_slice(&body).expect("an answer");
            let response = &answer["response"];
            let is_it = |asked: &&Asked| asked.review["request"]["uid"] == response["uid"];
            let asked = cast.asked.iter().find(is_it).expect("what was asked");
            wrong += usize::from(response["allowed"] != asked.allowed);
        }
        attack.wait().expect("vegeta");
        encode.wait().expect("vegeta");
        done.store(true, Ordering::Relaxed);
        println!(
            "{all} requests, {failed} failed, {wrong} wrong verdicts, {} MB",
            server.memory() >> 10
        );
    });
}
