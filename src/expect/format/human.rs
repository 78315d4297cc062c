//! For people: what each policy wants, in the order in which it matters.

use std::collections::BTreeSet;
use std::io;

use super::Layout;
use crate::agreement::notice;
use crate::catalog::{heading, paragraph_of};
use crate::expect::{Expectations, Expected, Look};
use crate::report::{Paint, Tone, counted};

pub(super) fn write(
    expectations: &Expectations<'_>,
    layout: &Layout,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let writer = Writer { expectations, layout, paint: Paint { colour: layout.colour } };
    for expected in &expectations.policies {
        writeln!(out, "{}", writer.policy(expected))?;
    }
    out.write_all(writer.summary().as_bytes())
}

struct Writer<'w> {
    expectations: &'w Expectations<'w>,
    layout: &'w Layout,
    paint: Paint,
}

impl Writer<'_> {
    fn policy(&self, expected: &Expected<'_>) -> String {
        let entry = expected.entry;
        let mut text = heading(entry, self.layout);
        text.extend(self.when(expected));
        text.extend(self.now(expected));
        for look in &expected.looks {
            text.extend(self.place(look));
        }
        let said = [("fix", &entry.help), ("what", &entry.description), ("why", &entry.why)];
        if let Some((name, Some(said))) = said.into_iter().find(|(_, said)| said.is_some()) {
            text.push_str(&self.paragraph(name, said));
        } else if !entry.reads.is_empty() {
            text.push_str(&self.paragraph("reads", &entry.reads.join(", ")));
        }
        let who: Vec<_> = [&entry.owner, &entry.contact].into_iter().flatten().cloned().collect();
        if !who.is_empty() {
            text.push_str(&self.paragraph("who", &who.join(" · ")));
        }
        text
    }

    /// What will change about it.
    fn when(&self, expected: &Expected<'_>) -> Option<String> {
        let entry = expected.entry;
        let notice = notice(&entry.rollout, entry.level?, self.expectations.as_of)?;
        Some(self.paragraph("when", &notice))
    }

    /// How many violations there are already.
    fn now(&self, expected: &Expected<'_>) -> Option<String> {
        let counts: Vec<usize> = expected.looks.iter().filter_map(|look| look.violations).collect();
        if counts.is_empty() {
            return None;
        }
        let let_pass: usize = expected.looks.iter().map(|look| look.let_pass).sum();
        let said = match (counts.iter().sum(), let_pass) {
            (0, 0) => self.paint.tone(Tone::Good, "nothing to mend"),
            (0, passed) => {
                format!("{}, {passed} let pass", self.paint.tone(Tone::Good, "nothing to mend"))
            }
            (count, passed) => {
                let violations = self.paint.tone(Tone::Deny, &counted(count, "violation"));
                if passed == 0 {
                    violations
                } else {
                    format!("{violations}, {passed} more let pass")
                }
            }
        };
        Some(self.paragraph("now", &said))
    }

    /// What it looks at, where that can't be taken for granted.
    fn place(&self, look: &Look) -> Option<String> {
        let subjects = &self.expectations.subjects;
        let name = &subjects[look.subject].name;
        let is_one = subjects.len() == 1;
        let what = match (look.itself, look.pods) {
            (true, true) => format!("{name}, and the pods it makes"),
            (false, true) if is_one => "the pods it makes".to_owned(),
            (false, true) => format!("the pods of {name}"),
            _ => name.clone(),
        };
        let said = match &look.condition {
            Some(condition) => format!("{what}, {condition}"),
            None if is_one && !look.pods => return None,
            None => what,
        };
        Some(self.paragraph("at", &said))
    }

    fn paragraph(&self, name: &str, said: &str) -> String {
        paragraph_of(name, said, self.layout)
    }

    fn summary(&self) -> String {
        let Expectations { subjects, policies, as_of: _ } = self.expectations;
        let what = match subjects.as_slice() {
            [one] => one.name.clone(),
            all => format!("{} resources", all.len()),
        };
        let looks = policies.iter().flat_map(|policy| &policy.looks);
        let is_judged = looks.clone().any(|look| look.violations.is_some());
        let count = |wanted: &dyn Fn(&Expected<'_>) -> bool| {
            let ids = policies.iter().filter(|it| wanted(it)).map(|it| it.entry.id.as_str());
            ids.collect::<BTreeSet<_>>().len()
        };
        let is_violated =
            |policy: &Expected<'_>| policy.looks.iter().any(|look| look.violations > Some(0));
        let told = match count(&|_| true) {
            0 => return format!("no policy looks at {what}\n"),
            1 => format!("1 policy looks at {what}"),
            count => format!("{count} policies look at {what}"),
        };
        let now = match count(&is_violated) {
            _ if !is_judged => String::new(),
            0 => "; none is violated now".to_owned(),
            1 => "; 1 is violated now".to_owned(),
            count => format!("; {count} are violated now"),
        };
        format!("{told}{now}\n")
    }
}
