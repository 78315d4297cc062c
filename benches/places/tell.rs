//! Writing what came of a library.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::grade::Grade;
use super::judge::{Cost, Guess};
use super::library::{Library, Note};
use super::options::Options;
use super::pair::{Scored, Violation};
use super::tally::{Tally, percentile};

/// The shares of a hundred violations for which costs are told.
const SHARES: [usize; 3] = [50, 95, 100];

/// Milliseconds above which a violation is told of as slow.
const SLOW: f64 = 20.0;

/// Writes it for people, or as JSON.
pub(crate) fn write(library: &Library, scored: &Scored, options: &Options, told: &mut String) {
    let tally = Tally::of(scored);
    if options.json {
        told.push_str(&format!("{:#}\n", as_json(library, scored, &tally, options)));
        return;
    }
    if options.list {
        list(scored, options, told);
    }
    summary(library, scored, &tally, options, told);
}

impl Violation {
    /// How sure the first place is said to be.
    pub(crate) fn confidence(&self) -> &str {
        match &self.first {
            Guess::Place(_, Some(confidence)) => confidence,
            Guess::Place(_, None) => "unsaid",
            Guess::Resource | Guess::Declared(_) => "none",
        }
    }

    fn place(&self) -> String {
        match &self.first {
            Guess::Place(spot, _) | Guess::Declared(spot) => self.shown(spot),
            Guess::Resource => "the resource".to_owned(),
        }
    }

    /// A place without the name of the text, where all are in the same.
    fn shown(&self, spot: &super::spot::Spot) -> String {
        let is_same = |other: &super::spot::Spot| {
            (&other.file, other.document) == (&spot.file, spot.document)
        };
        if self.truths.iter().chain(&self.also).all(is_same) {
            if spot.path.0.is_empty() { "/".to_owned() } else { spot.path.to_string() }
        } else {
            spot.to_string()
        }
    }
}

fn list(scored: &Scored, options: &Options, told: &mut String) {
    for violation in scored.violations.iter().filter(|one| one.grade != Grade::Exact) {
        let Violation { case, key, .. } = violation;
        let more = if violation.best < violation.grade {
            format!(" ({} is among the others)", violation.best.name())
        } else {
            String::new()
        };
        told.push_str(&format!("{:<9} {}", violation.grade.name(), key.rule));
        let around = [case.as_str(), key.resource.as_str()];
        let around: Vec<_> = around.into_iter().filter(|text| !text.is_empty()).collect();
        if !around.is_empty() {
            told.push_str(&format!("  [{}]", around.join(", ")));
        }
        told.push_str(&format!("\n  says   {}\n", key.message.replace('\n', " ")));
        for (at, truth) in violation.truths.iter().enumerate() {
            let head = if at == 0 { "true" } else { "" };
            told.push_str(&format!("  {head:<6} {}\n", violation.shown(truth)));
        }
        let confidence = violation.confidence();
        told.push_str(&format!("  found  {}, {confidence}{more}\n", violation.place()));
        for spot in &violation.also {
            told.push_str(&format!("  also   {}\n", violation.shown(spot)));
        }
        told.push('\n');
    }
    let slow = scored.costs.iter().filter(|(_, cost)| cost.milliseconds > SLOW);
    for (what, cost) in slow.filter(|_| !options.no_costs) {
        let Cost { policy, evaluations, milliseconds } = cost;
        told.push_str(&format!(
            "slow      {what} {policy}: {milliseconds:.1} ms, {evaluations} evaluations\n"
        ));
    }
    for Note { why, what, detail } in &scored.notes {
        let detail = if detail.is_empty() { String::new() } else { format!(": {detail}") };
        told.push_str(&format!("note      {what}: {why}{detail}\n"));
    }
    if !scored.notes.is_empty() {
        told.push('\n');
    }
}

fn summary(
    library: &Library,
    scored: &Scored,
    tally: &Tally,
    options: &Options,
    told: &mut String,
) {
    let mut line = |text: String| {
        told.push_str(text.trim_end());
        told.push('\n');
    };
    let policies: usize = library.units.iter().map(|unit| unit.policies.len()).sum();
    line(format!("library     {}, {policies} files of policies", library.layout.name()));
    line(format!("cases       {} judged", scored.cases));
    if scored.expected.0 > 0 {
        let (all, same) = scored.expected;
        line(format!("            {same} of {all} have the messages that the library expects"));
    }
    line(format!(
        "violations  {} scored, of {} rules; {} tell no place",
        tally.violations,
        tally.rules.len(),
        scored.placeless
    ));
    for (why, count) in reasons(&scored.notes) {
        line(format!("note        {count} times: {why}"));
    }
    line(String::new());
    line(format!("{:<28} {:>15}   {:>15}", "place", "the first", "the best of all"));
    for grade in Grade::ALL {
        let count = |grades: &BTreeMap<Grade, usize>| {
            share(grades.get(&grade).copied().unwrap_or_default(), tally.violations)
        };
        line(format!("{:<28} {}   {}", grade.words(), count(&tally.first), count(&tally.best)));
    }
    let up_to = |grades| share(Tally::up_to(grades, Grade::Inside), tally.violations);
    line(format!("{:<28} {}   {}", "exact or inside", up_to(&tally.first), up_to(&tally.best)));
    line(format!(
        "{:<28} {}",
        "in the right list element",
        share(tally.in_element, tally.violations)
    ));
    line(format!(
        "{:<28} {}",
        "exact, but for what's absent",
        share(tally.exists_exactly, tally.violations)
    ));
    line(format!("{:<28} {}", "every true place found", share(tally.complete, tally.violations)));
    let rules = |grade: Grade| share(tally.rules_up_to(grade), tally.rules.len());
    line(format!("{:<28} {}", "rules always exact", rules(Grade::Exact)));
    line(format!("{:<28} {}", "rules exact or inside", rules(Grade::Inside)));
    line(String::new());
    grades("confidence", &tally.confidence, &mut line);
    if options.rules {
        line(String::new());
        grades("rule", &tally.rules, &mut line);
    }
    if !options.no_costs {
        line(String::new());
        costs(tally, &mut line);
    }
}

/// What places took: the median, what 95 of a hundred do not exceed, and the most.
fn costs(tally: &Tally, line: &mut dyn FnMut(String)) {
    let head = ["median", "95 %", "most"].map(|word| format!("{word:>9}"));
    line(format!("{:<28} {}", "costs a violation, one core", head.join(" ")));
    let row = |name: &str, costs: [Option<String>; 3]| {
        let costs = costs.map(|cost| format!("{:>9}", cost.unwrap_or_default()));
        format!("{name:<28} {}", costs.join(" "))
    };
    let milliseconds = SHARES.map(|share| percentile(&tally.milliseconds, share));
    line(row("milliseconds", milliseconds.map(|cost| cost.map(|cost| format!("{cost:.3}")))));
    let evaluations = SHARES.map(|share| percentile(&tally.evaluations, share));
    line(row("evaluations", evaluations.map(|cost| cost.map(|cost| cost.to_string()))));
}

/// A table of grades, one row for each name.
fn grades(
    title: &str,
    rows: &BTreeMap<String, BTreeMap<Grade, usize>>,
    line: &mut dyn FnMut(String),
) {
    let widest = rows.keys().map(String::len).chain([title.len(), 12]).max().unwrap_or_default();
    let mut head = format!("{title:<widest$}");
    Grade::ALL.iter().for_each(|grade| head.push_str(&format!(" {:>8}", grade.name())));
    line(head);
    for (name, grades) in rows {
        let mut row = format!("{name:<widest$}");
        for grade in Grade::ALL {
            row.push_str(&format!(" {:>8}", grades.get(&grade).copied().unwrap_or_default()));
        }
        line(row);
    }
}

fn share(count: usize, of: usize) -> String {
    // To a tenth of a percent, rounded down: what is told is reached.
    let thousandths = (count * 1000).checked_div(of).unwrap_or_default();
    format!("{count:>7} {:>3}.{} %", thousandths / 10, thousandths % 10)
}

fn reasons(notes: &[Note]) -> BTreeMap<&str, usize> {
    let mut reasons = BTreeMap::new();
    for one in notes {
        *reasons.entry(&*one.why).or_default() += 1;
    }
    reasons
}

fn as_json(library: &Library, scored: &Scored, tally: &Tally, options: &Options) -> Value {
    let grades = |grades: &BTreeMap<Grade, usize>| -> Value {
        let count = |grade: Grade| grades.get(&grade).copied().unwrap_or_default();
        Grade::ALL
            .iter()
            .map(|grade| (grade.name().to_owned(), count(*grade).into()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    let violations = scored.violations.iter().map(|one| {
        let truths: Vec<_> = one.truths.iter().map(ToString::to_string).collect();
        let also: Vec<_> = one.also.iter().map(ToString::to_string).collect();
        let place = match &one.first {
            Guess::Place(spot, _) | Guess::Declared(spot) => Some(spot.to_string()),
            Guess::Resource => None,
        };
        json!({
            "rule": one.key.rule,
            "case": one.case,
            "resource": one.key.resource,
            "message": one.key.message,
            "true": truths,
            "place": place,
            "also": also,
            "confidence": one.confidence(),
            "grade": one.grade.name(),
            "best": one.best.name(),
            "in_element": one.is_in_element,
        })
    });
    let notes = scored
        .notes
        .iter()
        .map(|one| json!({"why": one.why, "what": one.what, "detail": one.detail}));
    let costs = (!options.no_costs).then(|| {
        json!({
            "milliseconds": SHARES.map(|share| percentile(&tally.milliseconds, share)),
            "evaluations": SHARES.map(|share| percentile(&tally.evaluations, share)),
        })
    });
    json!({
        "layout": library.layout.name(),
        "cases": scored.cases,
        "violations": tally.violations,
        "placeless": scored.placeless,
        "rules": tally.rules.iter().map(|(rule, of)| (rule.clone(), grades(of))).collect::<serde_json::Map<_, _>>(),
        "first": grades(&tally.first),
        "best": grades(&tally.best),
        "in_element": tally.in_element,
        "exists_exactly": tally.exists_exactly,
        "complete": tally.complete,
        "costs": costs,
        "scored": violations.collect::<Vec<_>>(),
        "notes": notes.collect::<Vec<_>>(),
    })
}
