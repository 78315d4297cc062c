//! `manifestly serve` beside `opa run --server`, on the same machine, policies and objects.
//!
//! ```sh
//! cargo bench --bench admission -- POLICIES MANIFESTS [--policies 40] [--rate 500] [--seconds 20]
//! cargo bench --bench admission -- POLICIES MANIFESTS --requests 1000000
//! cargo bench --bench admission -- POLICIES MANIFESTS --soak 600
//! ```
//!
//! `POLICIES` is a folder of Rego that both are given: so many of its modules with rules that are
//! asked, and all that those import. `MANIFESTS` is a folder whose pods and controllers are asked about,
//! each as an `AdmissionReview`; OPA is asked at `/v1/data` about the object, for the union of
//! all rules. Both speak HTTPS. `wrk` asks for as much as can be answered: about the same objects again
//! and again, as controllers ask for their pods, and about objects under ever new names. `vegeta`
//! asks both at a fixed rate. `opa`, `wrk` and `vegeta` are looked for on the path; what is missing is said.
//!
//! `--requests` tells the memory after ten thousand requests and after so many. `--soak` has policies
//! and certificates replaced every second for so long, and looks at every answer.

#![allow(clippy::print_stdout, clippy::expect_used, clippy::cast_precision_loss)]

mod common;

mod admission {
    pub(crate) mod cast;
    pub(crate) mod load;
    pub(crate) mod servers;
    pub(crate) mod stress;
}

use admission::cast::Cast;
use admission::load::{Load, Objects};
use admission::servers::Server;
use admission::stress;
use common::{Arguments, is_installed};
use serde_json::json;
use std::fmt;

/// For how many seconds either is asked before it is measured.
const AWAKE: u64 = 10;

fn main() {
    let mut args = Arguments::here();
    let mut option = |name: &str, default: u64| args.option(name, default);
    let policies = usize::try_from(option("--policies", 40)).expect("a number");
    let (rate, seconds) = (option("--rate", 500), option("--seconds", 20));
    let (requests, soak) = (option("--requests", 0), option("--soak", 0));
    let [folder, manifests] = args.paths() else {
        println!("admission: skipped; name a folder of policies and one of manifests to run it");
        return;
    };
    if !is_installed("wrk", "-v") || !is_installed("vegeta", "-version") {
        return;
    }
    let cast = Cast::new(folder.as_ref(), manifests.as_ref(), policies);
    println!("{}", cast.told());
    // What is replaced every second is to be seen at once.
    let often: &[&str] = if soak > 0 { &["--reload-interval", "200ms"] } else { &[] };
    let ours = Server::manifestly(&cast, often);
    let load = Load::new(&cast, "ours", &ours.url("/validate"), |asked| asked.review.clone());
    if soak > 0 {
        return stress::soak(&cast, &ours, &load, soak);
    }
    if requests > 0 {
        return stress::memory(&ours, &load, requests);
    }
    let opa = is_installed("opa", "version").then(|| Server::opa(&cast));
    let theirs = opa.as_ref().map(|opa| {
        let url = opa.url("/v1/data/asked/found");
        Load::new(&cast, "theirs", &url, |asked| json!({"input": asked.object()}))
    });
    load.wake(AWAKE);
    theirs.iter().for_each(|theirs| theirs.wake(AWAKE));
    most(&load, theirs.as_ref(), Objects::Again, seconds);
    at(&load, theirs.as_ref(), Objects::Again, rate, seconds);
    most(&load, theirs.as_ref(), Objects::New, seconds);
    at(&load, theirs.as_ref(), Objects::New, rate, seconds);
}

impl fmt::Display for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Again => "the same objects",
            Self::New => "new objects",
        })
    }
}

/// As much as can be answered.
fn most(load: &Load, theirs: Option<&Load>, objects: Objects, seconds: u64) {
    let own = load.most(objects, seconds);
    println!("manifestly, {objects:<20} {own}");
    if let Some(theirs) = theirs {
        let told = theirs.most(objects, seconds);
        println!("OPA, {objects:<27} {told}");
        println!("manifestly answers {:.1} times as many", own.throughput / told.throughput);
    }
}

/// So much in a second.
fn at(load: &Load, theirs: Option<&Load>, objects: Objects, rate: u64, seconds: u64) {
    let own = load.at(objects, rate, seconds);
    println!("manifestly, {objects:<20} {own}");
    if let Some(theirs) = theirs {
        let told = theirs.at(objects, rate, seconds);
        println!("OPA, {objects:<27} {told}");
        println!(
            "OPA takes {:.1} times as long in the middle, {:.1} times for the slowest of a hundred",
            told.p50 / own.p50,
            told.p99 / own.p99
        );
    }
}
