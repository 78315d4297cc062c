//! More than it can do, and policies that never end.

use std::thread;
use std::time::Duration;

use super::program::Server;
use super::{no, pod, review};

/// Denies cats, and takes forever for tortoises.
fn slow() -> String {
    no("cat")
        + "\ndeny_slow contains \"x\" if {\n\tinput.metadata.name == \"tortoise\"\n\t\
           some a in numbers.range(1, 10000)\n\tsome b in numbers.range(1, 10000)\n\t\
           a * b == -1\n}\n"
}

#[test]
fn a_policy_that_never_ends_costs_its_request_alone() {
    let server = Server::of(&slow(), &["--deadline", "3s", "--workers", "2"]);
    thread::scope(|scope| {
        let tortoise = scope.spawn(|| server.post(&review(&pod("tortoise"))));
        for _ in 0..5 {
            assert!(!server.post(&review(&pod("cat"))).allowed());
        }
        let answer = tortoise.join().unwrap();
        assert_eq!(answer.status, 200);
        assert!(!answer.allowed());
        let message = answer.message();
        assert!(message.contains("could not be judged"), "{message}");
        assert!(message.contains("decision ") && message.contains("request 7f1"), "{message}");
    });
    // The thread is free again.
    server.until("room", || {
        server.told("/metrics").body.contains("manifestly_requests_in_flight 0\n")
    });
    assert!(server.post(&review(&pod("dog"))).allowed());
    assert!(server.told("/metrics").body.contains("decision=\"error\""));
}

#[test]
fn who_can_not_be_judged_may_be_let_through() {
    let server = Server::of(&slow(), &["--deadline", "500ms", "--on-error", "allow"]);
    let answer = server.post(&review(&pod("tortoise")));
    assert!(answer.allowed());
    let warning = answer.json()["response"]["warnings"][0].as_str().unwrap().to_owned();
    assert!(warning.contains("could not be judged"), "{warning}");
    assert!(answer.json()["response"]["auditAnnotations"]["errors"].is_string());
}

#[test]
fn the_api_server_waits_no_longer_than_it_says() {
    let server = Server::of(&slow(), &["--deadline", "50s"]);
    let answer = server.connect().post("/validate?timeout=1s", &review(&pod("tortoise")));
    assert!(!answer.allowed());
}

#[test]
fn where_too_many_wait_others_are_sent_away() {
    let args = ["--workers", "1", "--queue", "1", "--deadline", "4s"];
    let server = Server::of(&slow(), &args);
    thread::scope(|scope| {
        let slow: Vec<_> =
            (0..2).map(|_| scope.spawn(|| server.post(&review(&pod("tortoise"))))).collect();
        server.until("both at work", || {
            server.told("/metrics").body.contains("manifestly_requests_in_flight 2\n")
        });
        let answer = server.post(&review(&pod("dog")));
        assert_eq!(answer.status, 429, "{answer:?}");
        assert!(answer.head.to_lowercase().contains("retry-after: 1"), "{answer:?}");
        for tortoise in slow {
            assert_eq!(tortoise.join().unwrap().status, 200);
        }
    });
    server.until("room", || {
        server.told("/metrics").body.contains("manifestly_requests_in_flight 0\n")
    });
    assert!(server.post(&review(&pod("dog"))).allowed());
    assert!(server.told("/metrics").body.contains("manifestly_requests_turned_away_total 1\n"));
}

/// Policies and certificates change all the time, and nobody notices but for what they want to.
#[test]
fn nobody_fails_while_everything_is_replaced() {
    let server = Server::of(&no("cat"), &["--reload-interval", "20ms"]);
    let done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        let askers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut count = 0;
                    let mut connection = server.connect();
                    while !done.load(std::sync::atomic::Ordering::Relaxed) {
                        if count % 5 == 0 {
                            connection = server.connect();
                        }
                        // Whatever else the policies say, all of them say this.
                        assert!(!connection.post("/validate", &review(&pod("cat"))).allowed());
                        assert!(connection.post("/validate", &review(&pod("dog"))).allowed());
                        count += 1;
                    }
                    count
                })
            })
            .collect();
        for round in 0..8 {
            server.write("policies/team.rego", &(no("cat") + &no_more(round)));
            server.authority.pair().write(&server.folder.path().join("tls"));
            thread::sleep(Duration::from_millis(300));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        for asker in askers {
            assert!(asker.join().unwrap() > 0);
        }
    });
    let metrics = server.told("/metrics").body;
    assert!(metrics.contains("what=\"Policies\",result=\"success\""), "{metrics}");
    assert!(metrics.contains("what=\"Certificates\",result=\"success\""), "{metrics}");
}

fn no_more(round: usize) -> String {
    format!("\ndeny_more contains \"{round}\" if input.metadata.name == \"{round}\"\n")
}
