//! The end.

#![cfg(unix)]

use std::thread;

use super::program::Server;
use super::{no, pod, review};

#[test]
fn all_that_was_asked_is_answered_before_it_ends() {
    let policy = no("cat")
        + "\ndeny_slow contains \"slow\" if {\n\tinput.metadata.name == \"tortoise\"\n\t\
           count([1 | some a in numbers.range(1, 3000); some b in numbers.range(1, 100); a == b]) > 0\n}\n";
    let mut server = Server::of(&policy, &["--deadline", "50s", "--grace", "50s"]);
    thread::scope(|scope| {
        let tortoise = scope.spawn(|| server.post(&review(&pod("tortoise"))));
        server.until("it is at work", || {
            tortoise.is_finished()
                || server.told("/metrics").body.contains("manifestly_requests_in_flight 1\n")
        });
        server.signal("TERM");
        let answer = tortoise.join().unwrap();
        assert!(answer.message().contains("slow"), "{answer:?}");
    });
    assert_eq!(server.ended(), Some(0), "{:?}", server.lines());
    server.line("ended");
}

#[test]
fn it_says_that_it_ends_before_it_does() {
    let mut server = Server::of(&no("cat"), &["--drain-wait", "5s"]);
    server.signal("TERM");
    server.until("it is not ready", || server.told("/readyz").status == 503);
    assert!(server.told("/readyz").body.starts_with("not ready\nending"));
    // Those who have not heard of it yet are answered.
    assert!(!server.post(&review(&pod("cat"))).allowed());
    assert_eq!(server.ended(), Some(0));
}
