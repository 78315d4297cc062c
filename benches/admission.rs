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
//! all rules. Both speak HTTPS. `vegeta` makes the load: as much as can be answered, then at a fixed
//! rate. `opa` and `vegeta` are looked for on the path; what is missing is said.
//!
//! `--requests` tells the memory after ten thousand requests and after so many. `--soak` has policies
//! and certificates replaced every second for so long, and looks at every answer.

#![allow(clippy::print_stdout, clippy::expect_used, clippy::cast_precision_loss)]

mod common;

mod admission {
    pub(crate) mod cast;
    pub(crate) mod load;
    pub(crate) mod servers;
}

use admission::cast::Cast;
use admission::load::{Load, Pace};
use admission::servers::Server;
use common::{Arguments, is_installed};

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
    if !is_installed("vegeta", "-version") {
        return;
    }
    let cast = Cast::new(folder.as_ref(), manifests.as_ref(), policies);
    println!("{}", cast.told());
    let ours = Server::manifestly(&cast);
    let load = Load::new(&cast, &ours.url("/validate"), |asked| asked.review.clone());
    if soak > 0 {
        return admission::load::soak(&cast, &ours, &load, soak);
    }
    if requests > 0 {
        return admission::load::memory(&ours, &load, requests);
    }
    let opa = is_installed("opa", "version").then(|| Server::opa(&cast));
    let theirs = opa
        .as_ref()
        .map(|opa| Load::new(&cast, &opa.url("/v1/data/asked/found"), |asked| asked.input.clone()));
    // Each once, so that both are awake.
    load.attack(Pace::Most, 2);
    let own = load.attack(Pace::Most, seconds);
    println!("manifestly, as much as can be  {own}");
    if let Some(theirs) = &theirs {
        theirs.attack(Pace::Most, 2);
        let told = theirs.attack(Pace::Most, seconds);
        println!("OPA, as much as can be         {told}");
        println!("manifestly answers {:.1} times as many", own.throughput / told.throughput);
    }
    let own = load.attack(Pace::Rate(rate), seconds);
    println!("manifestly, {rate} a second        {own}");
    if let Some(theirs) = &theirs {
        let told = theirs.attack(Pace::Rate(rate), seconds);
        println!("OPA, {rate} a second               {told}");
        println!(
            "OPA takes {:.1} times as long in the middle, {:.1} times for the slowest of a hundred",
            told.p50 / own.p50,
            told.p99 / own.p99
        );
    }
}
