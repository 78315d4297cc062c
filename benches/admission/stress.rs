//! Many requests, and requests while everything is replaced.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::cast::{Asked, Cast, certificate};
use super::load::{Load, Objects};
use super::servers::Server;

/// The memory after ten thousand requests, and after many.
pub(crate) fn memory(server: &Server, load: &Load, requests: u64) {
    let mut done = 0;
    let mut next = 10_000;
    while done < requests {
        let told = load.most(Objects::Again, 5);
        assert!(told.failed <= 0.0, "{told}");
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
        let mut attack = load.vegeta(Objects::Again, 100, seconds);
        let mut attack = attack.arg("-keepalive=false").spawn().expect("vegeta");
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
