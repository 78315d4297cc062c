//! Waivers weighed on a day.

use std::sync::Arc;

use chrono::NaiveDate;

use super::*;
use crate::policy::{Level, Metadata, Policy, WaiverTerms, date};

const WAIVER: &str = "\
apiVersion: manifestly.dev/v1
kind: Waiver
spec:
  policy: team/root
  match: {names: [web]}
  reason: the vendor's image starts as root
  requestedBy: alice
  approvedBy: bob
  from: 2026-12-01
  expires: 2026-12-31
";

fn policy(terms: WaiverTerms) -> Arc<Policy> {
    Arc::new(Policy {
        id: "team/root".into(),
        rule: "data.team.deny".into(),
        level: Level::Deny,
        metadata: Metadata {
            waiver: terms,
            owner: Some("platform".into()),
            contact: Some("#ask".into()),
            ..Metadata::default()
        },
        source: Arc::new(SourceText::new("team.rego", "package team\n")),
        span: Span::default(),
    })
}

fn day(text: &str) -> NaiveDate {
    date(text).unwrap()
}

/// What is wrong with a waiver on 2026-12-10: kinds, and messages.
fn faults(text: &str, terms: WaiverTerms, rules: &Rules) -> Vec<Fault> {
    faults_on(text, terms, rules, "2026-12-10")
}

fn faults_on(text: &str, terms: WaiverTerms, rules: &Rules, on: &str) -> Vec<Fault> {
    let source = Arc::new(SourceText::new("waivers/w.yaml", text));
    let files = WaiverFiles::of_text(&source);
    assert_eq!(files.errors().len(), 0, "{files:?}");
    let mut waivers = Waivers::new(files, rules.clone());
    waivers.weigh(std::iter::once(&*policy(terms)), day(on));
    waivers.each()[0].faults.clone()
}

fn changed(from: &str, to: &str) -> String {
    assert!(WAIVER.contains(from), "{from}");
    WAIVER.replacen(from, to, 1)
}

#[track_caller]
fn assert_fault(faults: &[Fault], kind: FaultKind, message: &str) {
    let told: Vec<_> = faults.iter().map(|fault| (fault.kind, fault.message.as_str())).collect();
    assert_eq!(told, [(kind, message)]);
}

#[test]
fn the_days_that_are_named_count_whole() {
    let on = |on: &str| faults_on(WAIVER, WaiverTerms::default(), &Rules::default(), on);
    assert_fault(&on("2026-11-30"), FaultKind::Ahead, "the waiver begins on 2026-12-01");
    assert_eq!(on("2026-12-01"), []);
    assert_eq!(on("2026-12-31"), []);
    assert_fault(&on("2027-01-01"), FaultKind::Expired, "the waiver ended on 2026-12-31");
}

#[test]
fn a_policy_sets_terms() {
    let rules = Rules::default();
    let terms = |max_days| WaiverTerms { max_days: Some(max_days), ..WaiverTerms::default() };
    assert_eq!(faults(WAIVER, terms(31), &rules), []);
    let long = faults(WAIVER, terms(30), &rules);
    let message = "the waiver lasts 31 days, and `team/root` allows 30";
    assert_fault(&long, FaultKind::TooLong, message);
    assert_eq!(long[0].help.as_deref(), Some("let it end on 2026-12-30 at the latest"));
    let endless = faults(&changed("  from: 2026-12-01\n", ""), terms(31), &rules);
    let message = "waivers of `team/root` last 31 days at most: say `from` when";
    assert_fault(&endless, FaultKind::TooLong, message);
    let never = WaiverTerms { allowed: Some(false), ..WaiverTerms::default() };
    let never = faults(WAIVER, never, &rules);
    assert_fault(&never, FaultKind::Forbidden, "`team/root` allows no waivers");
    assert_eq!(never[0].help.as_deref(), Some("ask platform · #ask"));
    // What the policy says comes before what the settings say.
    let rules = Rules { max_days: Some(10), ..Rules::default() };
    assert_eq!(faults(WAIVER, terms(31), &rules), []);
    assert_eq!(faults(WAIVER, WaiverTerms::default(), &rules).len(), 1);
}

#[test]
fn of_policies_with_one_id_the_strictest_counts() {
    let files = WaiverFiles::of_text(&Arc::new(SourceText::new("w.yaml", WAIVER)));
    let terms = |max_days| WaiverTerms { max_days, ..WaiverTerms::default() };
    let policies = [policy(terms(None)), policy(terms(Some(30))), policy(terms(Some(30)))];
    let mut waivers = Waivers::new(files, Rules::default());
    waivers.weigh(policies.iter().map(|policy| &**policy), day("2026-12-10"));
    let message = "the waiver lasts 31 days, and `team/root` allows 30";
    assert_fault(&waivers.each()[0].faults, FaultKind::TooLong, message);
}

#[test]
fn what_is_for_everything_is_too_wide() {
    let message = "the waiver does not say which workloads it is for";
    for text in [changed("  match: {names: [web]}\n", ""), changed("[web]", "['*']")] {
        let wide = faults(&text, WaiverTerms::default(), &Rules::default());
        assert_fault(&wide, FaultKind::TooWide, message);
    }
}

#[test]
fn somebody_else_must_approve() {
    let rules = Rules::default();
    let terms = WaiverTerms { approvers: vec!["bob".into(), "*@ops".into()], ..Default::default() };
    assert_eq!(faults(WAIVER, terms.clone(), &rules), []);
    assert_eq!(faults(&changed("bob", "eve@ops"), terms.clone(), &rules), []);
    let nobody = faults(&changed("  approvedBy: bob\n", ""), terms.clone(), &rules);
    assert_fault(&nobody, FaultKind::Unapproved, "nobody has approved the waiver");
    let eve = faults(&changed("bob", "eve"), terms, &rules);
    assert_fault(&eve, FaultKind::Unapproved, "`eve` may not approve waivers of `team/root`");
    let own = faults(&changed("bob", "alice"), WaiverTerms::default(), &rules);
    let message = "`alice` can't approve what they asked for themselves";
    assert_fault(&own, FaultKind::Unapproved, message);
    let rules = Rules { approvers: vec!["carol".into()], ..Rules::default() };
    let other = faults(WAIVER, WaiverTerms::default(), &rules);
    assert_fault(&other, FaultKind::Unapproved, "`bob` may not approve waivers of `team/root`");
}

#[test]
fn faults_come_together() {
    let text = changed("[web]", "['*']").replace("  approvedBy: bob\n", "");
    let terms = WaiverTerms { max_days: Some(1), allowed: Some(false), ..Default::default() };
    let kinds = faults_on(&text, terms, &Rules::default(), "2027-01-01");
    let kinds: Vec<_> = kinds.iter().map(|fault| fault.kind.as_str()).collect();
    assert_eq!(kinds, ["forbidden", "too-wide", "too-long", "unapproved", "expired"]);
}

#[test]
fn a_policy_that_is_not_there_is_told_with_what_is_near() {
    let rules = Rules::default();
    let text = changed("team/root", "team/rot");
    let unknown = faults(&text, WaiverTerms::default(), &rules);
    assert_fault(&unknown, FaultKind::UnknownPolicy, "there is no policy `team/rot`");
    assert_eq!(unknown[0].help.as_deref(), Some("did you mean `team/root`?"));
    let rules = Rules { some_policies: true, ..rules };
    assert_eq!(faults(&text, WaiverTerms::default(), &rules), []);
}

#[test]
fn signed_ones_need_the_file_of_signers() {
    let rules = Rules { approval: Approval::Signed, ..Rules::default() };
    let unsigned = faults(WAIVER, WaiverTerms::default(), &rules);
    assert_fault(&unsigned, FaultKind::Unapproved, "`bob` has not signed the waiver");
    let signed = faults(&format!("{WAIVER}signature: x\n"), WaiverTerms::default(), &rules);
    assert_fault(&signed, FaultKind::Unapproved, "no file says whose signatures count");
}

#[test]
fn the_payload_is_what_a_waiver_means() {
    let payload = |text: &str| {
        let files = WaiverFiles::of_text(&Arc::new(SourceText::new("w.yaml", text)));
        files.iter().next().unwrap().payload()
    };
    let written = "\
{
  \"apiVersion\": \"manifestly.dev/v1\",
  \"kind\": \"Waiver\",
  \"spec\": {
    \"approvedBy\": \"bob\",
    \"expires\": \"2026-12-31\",
    \"from\": \"2026-12-01\",
    \"match\": {
      \"names\": [
        \"web\"
      ]
    },
    \"policy\": \"team/root\",
    \"reason\": \"the vendor's image starts as root\",
    \"requestedBy\": \"alice\"
  }
}
";
    assert_eq!(payload(WAIVER), written);
    // However it is written.
    let same = "# a comment\n{\"kind\": \"Waiver\", \"apiVersion\": \"manifestly.dev/v1\", \"spec\": {\
        \"expires\": \"2026-12-31\", \"from\": \"2026-12-01\", \"approvedBy\": \"bob \", \"ticket\": \"\",\
        \"requestedBy\": \"alice\", \"reason\": \"the vendor's image starts as root\\n\",\
        \"match\": {\"names\": [\"web\", \"web\"], \"kinds\": []}, \"policy\": \"team/root\"}, \"signature\": \"x\"}";
    assert_eq!(payload(same), payload(WAIVER));
    // Whatever changes the meaning changes the payload.
    for (from, to) in [
        ("team/root", "team/user"),
        ("names: [web]", "names: [web, db]"),
        ("names: [web]", "names: [web], kinds: [Pod]"),
        ("names: [web]", "names: [web], labels: {a: b}"),
        ("names: [web]", "names: [web], files: [a.yaml]"),
        ("names: [web]", "names: [web], paths: [spec]"),
        ("names: [web]", "namespaces: [web]"),
        ("starts", "may start"),
        ("alice", "al"),
        ("bob", "eve"),
        ("2026-12-01", "2026-12-02"),
        ("2026-12-31", "2027-12-31"),
        ("  from: 2026-12-01\n", ""),
        ("  requestedBy: alice\n", "  ticket: alice\n"),
        ("kind: Waiver\n", "kind: Waiver\nmetadata: {name: x}\n"),
    ] {
        assert_ne!(payload(&changed(from, to)), payload(WAIVER), "{from} -> {to}");
    }
}

#[cfg(feature = "signatures")]
mod signed {
    use ssh_key::private::{Ed25519Keypair, KeypairData};
    use ssh_key::{LineEnding, PrivateKey};

    use super::*;

    fn key(seed: u8) -> PrivateKey {
        let pair = Ed25519Keypair::from_seed(&[seed; 32]);
        PrivateKey::new(KeypairData::Ed25519(pair), "test").unwrap()
    }

    fn signed(text: &str, seed: u8) -> String {
        let files = WaiverFiles::of_text(&Arc::new(SourceText::new("w.yaml", text)));
        let payload = files.iter().next().unwrap().payload();
        let armour = sign(&payload, &key(seed).to_openssh(LineEnding::LF).unwrap()).unwrap();
        let lines: Vec<_> = armour.lines().map(|line| format!("  {line}\n")).collect();
        format!("{text}signature: |\n{}", lines.concat())
    }

    /// Rules with a file of signers: `BOB` stands for a key.
    fn rules(signers: &str) -> Rules {
        let public = key(1).public_key().to_openssh().unwrap();
        let text = signers.replace("BOB", &public);
        let text = Arc::new(SourceText::new("allowed_signers", text));
        let signers = Some(AllowedSigners::of_text(&text).unwrap());
        Rules { approval: Approval::Signed, signers, ..Rules::default() }
    }

    #[track_caller]
    fn assert_unapproved(text: &str, signers: &str, message: &str) {
        let faults = faults(text, WaiverTerms::default(), &rules(signers));
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].kind, FaultKind::Unapproved);
        let fingerprint = key(1).fingerprint(ssh_key::HashAlg::Sha256).to_string();
        assert_eq!(faults[0].message.replace(&fingerprint, "KEY"), message);
    }

    #[test]
    fn a_signature_of_one_who_may_counts() {
        let text = signed(WAIVER, 1);
        for signers in [
            "bob BOB",
            "alice,b?b BOB comment here",
            "bob namespaces=\"manifestly-waiver\" BOB",
            "bob valid-after=\"20261210\",valid-before=\"20261211\" BOB",
            "eve BOB\nbob BOB",
        ] {
            assert_eq!(faults(&text, WaiverTerms::default(), &rules(signers)), [], "{signers}");
        }
        // Windows, and an editor that pads.
        let padded = text.replace('\n', " \r\n");
        assert_eq!(faults(&padded, WaiverTerms::default(), &rules("bob BOB")), []);
        let terms = WaiverTerms { approvers: vec!["carol".into()], ..WaiverTerms::default() };
        let faults = faults(&text, terms, &rules("bob BOB"));
        assert_fault(
            &faults,
            FaultKind::Unapproved,
            "`bob` may not approve waivers of `team/root`",
        );
    }

    #[test]
    fn others_do_not() {
        let text = signed(WAIVER, 1);
        assert_unapproved(
            &text.replace("names: [web]", "names: [web, db]"),
            "bob BOB",
            "the signature does not fit the waiver: one of them was changed since it was signed",
        );
        assert_unapproved(
            &text,
            "# nobody",
            "the waiver is signed with the key KEY, which `allowed_signers` does not list",
        );
        assert_unapproved(
            &text,
            "carol,dave BOB",
            "the waiver is signed with the key KEY of carol,dave, not of `bob`",
        );
        assert_unapproved(
            &text,
            "bob namespaces=\"git\" BOB",
            "the key KEY is not for waivers (allowed_signers:1): its namespaces leave out \
             `manifestly-waiver`",
        );
        for times in [
            "valid-after=\"20261211\"",
            "valid-before=\"20261210\"",
            "valid-after=\"202612100001\"",
            "valid-before=\"20261210235959Z\"",
        ] {
            assert_unapproved(
                &text,
                &format!("eve BOB\nbob {times} BOB"),
                "the key KEY does not count on 2026-12-10 (allowed_signers:2)",
            );
        }
        assert_unapproved(
            &text,
            "bob cert-authority BOB",
            "the waiver is signed with the key KEY, which is a `cert-authority` \
             (allowed_signers:1): certificates can't be verified here",
        );
        let broken = format!("{WAIVER}signature: nonsense\n");
        let faults = faults(&broken, WaiverTerms::default(), &rules("bob BOB"));
        assert!(faults[0].message.starts_with("the signature can't be read: "), "{faults:?}");
        let other = key(1).sign("git", ssh_key::HashAlg::Sha512, b"x").unwrap();
        let armour = other.to_pem(LineEnding::LF).unwrap().replace('\n', "\n  ");
        assert_unapproved(
            &format!("{WAIVER}signature: |\n  {armour}\n"),
            "bob BOB",
            "the signature is one for `git`, not for `manifestly-waiver`",
        );
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(400))]

        /// Whoever changes a byte of a signed waiver has one that means the same, or none that holds.
        #[test]
        fn no_change_of_the_meaning_goes_unseen(at in 0..2000_usize, by in "[ -~]{0,3}", gone in 0..3_usize) {
            let text = signed(WAIVER, 1);
            let meaning = |text: &str| {
                let files = WaiverFiles::of_text(&Arc::new(SourceText::new("w.yaml", text)));
                let payload = files.iter().next().map(|waiver| waiver.payload());
                payload.filter(|_| files.errors().is_empty())
            };
            let at = at % text.len();
            let end = (at + gone).min(text.len());
            let changed = format!("{}{by}{}", &text[..at], &text[end..]);
            if let Some(now) = meaning(&changed) {
                let source = Arc::new(SourceText::new("w.yaml", changed.clone()));
                let mut waivers = Waivers::new(WaiverFiles::of_text(&source), rules("bob BOB"));
                let policy = policy(WaiverTerms::default());
                waivers.weigh(std::iter::once(&*policy), day("2026-12-10"));
                let holds = waivers.each()[0].holds();
                proptest::prop_assert!(!holds || Some(now) == meaning(&text), "{changed}");
            }
        }
    }
}
