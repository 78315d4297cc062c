//! What is sent by nobody who means well.

use std::io::Write as _;

use super::client::tcp;
use super::program::{Server, command};
use super::{no, pod, review};

#[test]
fn what_is_no_review_is_answered_with_its_reason() {
    let server = Server::of(&no("cat"), &["--max-request-bytes", "20000"]);
    let good = review(&pod("dog"));
    let deep = format!("{}{}", "[".repeat(1_000), "]".repeat(1_000));
    let bodies = [
        "",
        "nonsense",
        &good[..good.len() - 9],
        &good.replace("\"uid\":\"7f1\"", "\"uid\":\"7f1\",\"uid\":\"7f2\""),
        &good.replace("\"name\":\"dog\"", "\"name\":\"dog\",\"name\":\"cat\""),
        &good.replace("admission.k8s.io/v1", "admission.k8s.io/v3"),
        &good.replace("AdmissionReview", "Pod"),
        &good.replace("\"CREATE\"", "\"LOOK\""),
        &good.replace("\"CREATE\"", "7"),
        &good.replace("\"shop\"", &deep),
        &"x".repeat(20_001),
    ];
    let mut connection = server.connect();
    let answers = bodies.iter().map(|body| {
        let answer = connection.post("/validate", body);
        if answer.status == 413 {
            connection = server.connect();
        }
        format!("{} {}", answer.status, answer.body.trim_end())
    });
    insta::assert_snapshot!(answers.collect::<Vec<_>>().join("\n"));
    assert!(server.post(&good).allowed());
}

#[test]
fn what_is_asked_in_another_way_is_told_the_right_one() {
    let server = Server::of(&no("cat"), &[]);
    let good = review(&pod("dog"));
    let mut connection = server.connect();
    let mut ask = |method: &str, path: &str, headers: &str, body: &str| {
        let answer = connection.ask(method, path, headers, body);
        format!("{} {}", answer.status, answer.body.trim_end())
    };
    assert_eq!(ask("GET", "/validate", "", ""), "405 only POST is answered here");
    assert_eq!(ask("POST", "/", "", &good), "404 POST an AdmissionReview to /validate");
    assert_eq!(
        ask("POST", "/validate", "Content-Type: text/plain\r\n", &good),
        "415 a review is `application/json`, and this is `text/plain`"
    );
    assert!(ask("POST", "/validate", "", &good).starts_with("200 "));
}

#[test]
fn who_says_nothing_keeps_nobody_from_being_heard() {
    let server = Server::of(&no("cat"), &[]);
    // Some never begin to encrypt, some never end a head, some never end a body, some talk nonsense.
    let silent: Vec<_> = (0..20).map(|_| tcp(server.listen)).collect();
    let mut heads: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for head in &mut heads {
        head.send(b"POST /validate HTTP/1.1\r\nHost: loc").unwrap();
    }
    let mut bodies: Vec<_> = (0..20).map(|_| server.connect()).collect();
    for body in &mut bodies {
        body.send(b"POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{")
            .unwrap();
    }
    for _ in 0..20 {
        tcp(server.listen).write_all(b"\x16\x03\x01garbage that is no handshake").unwrap();
    }
    assert!(server.post(&review(&pod("dog"))).allowed());
    drop((silent, heads, bodies));
    let failed = || {
        let metrics = server.told("/metrics").body;
        metrics.contains("manifestly_tls_handshakes_failed_total 20\n")
    };
    server.until("the failed handshakes", || {
        failed() || server.told("/metrics").body.contains("handshakes_failed_total 4")
    });
}

#[test]
fn a_body_that_never_ends_is_given_up() {
    let server = Server::of(&no("cat"), &["--deadline", "300ms"]);
    let mut connection = server.connect();
    connection
        .send(b"POST /validate HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{")
        .unwrap();
    let answer = connection.answer().unwrap();
    assert_eq!((answer.status, answer.body.as_str()), (408, "the body took too long to arrive\n"));
}

#[test]
fn it_does_not_begin_with_what_can_not_be_used() {
    let folder = crate::run::folder(&[
        ("good/team.rego", &no("cat")),
        ("broken/team.rego", "package team\n\ndeny contains x if input.kind\n"),
        ("empty.pem", ""),
    ]);
    let told = |args: &[&str]| {
        let output = command(folder.path(), args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    insta::assert_snapshot!(told(&["-p", "broken", "--plain-http"]));
    insta::assert_snapshot!(told(&["-p", "good", "--tls-cert", "no.crt", "--tls-key", "no.key"]));
    insta::assert_snapshot!(told(&[
        "-p",
        "good",
        "--tls-cert",
        "empty.pem",
        "--tls-key",
        "empty.pem"
    ]));
    insta::assert_snapshot!(told(&["-p", "good", "--plain-http", "--since", "HEAD"]));
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_manifestly"))
        .args(["serve", "--plain-http", "--listen", "0.0.0.0:0", "--ops-listen", "127.0.0.1:0"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("for the same machine alone"));
}
