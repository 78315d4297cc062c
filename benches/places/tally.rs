//! Counting.

use std::collections::BTreeMap;

use super::grade::Grade;
use super::pair::Violation;

/// What the violations of a library come to.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) violations: usize,
    /// By the grade of the first place.
    pub(crate) first: BTreeMap<Grade, usize>,
    /// By the best grade of all places.
    pub(crate) best: BTreeMap<Grade, usize>,
    pub(crate) in_element: usize,
    pub(crate) exists_exactly: usize,
    /// Violations all of whose true places were found.
    pub(crate) complete: usize,
    /// By rule and grade of the first place.
    pub(crate) rules: BTreeMap<String, BTreeMap<Grade, usize>>,
    /// By confidence and grade.
    pub(crate) confidence: BTreeMap<String, BTreeMap<Grade, usize>>,
    /// Milliseconds, in order.
    pub(crate) milliseconds: Vec<f64>,
}

impl Tally {
    pub(crate) fn of(violations: &[Violation]) -> Self {
        let mut tally = Self::default();
        for violation in violations {
            tally.add(violation);
        }
        tally.milliseconds.sort_by(f64::total_cmp);
        tally
    }

    fn add(&mut self, violation: &Violation) {
        let Violation { grade, best, .. } = violation;
        self.violations += 1;
        *self.first.entry(*grade).or_default() += 1;
        *self.best.entry(*best).or_default() += 1;
        self.in_element += usize::from(violation.is_in_element);
        self.exists_exactly += usize::from(violation.exists_exactly);
        self.complete += usize::from(violation.found == violation.truths.len());
        let rule = self.rules.entry(violation.key.rule.clone()).or_default();
        *rule.entry(*grade).or_default() += 1;
        let confidence = violation.confidence().to_owned();
        *self.confidence.entry(confidence).or_default().entry(*grade).or_default() += 1;
        self.milliseconds.extend(violation.milliseconds);
    }

    /// Of how many rules no violation has a worse grade.
    pub(crate) fn rules_up_to(&self, grade: Grade) -> usize {
        let is_up_to = |grades: &&BTreeMap<Grade, usize>| {
            grades.last_key_value().is_some_and(|(worst, _)| *worst <= grade)
        };
        self.rules.values().filter(is_up_to).count()
    }

    /// How many have a grade, or a better one.
    pub(crate) fn up_to(grades: &BTreeMap<Grade, usize>, grade: Grade) -> usize {
        grades.range(..=grade).map(|(_, count)| count).sum()
    }

    /// The time that so many of a hundred violations do not exceed.
    pub(crate) fn percentile(&self, hundredth: usize) -> Option<f64> {
        let last = self.milliseconds.len().checked_sub(1)?;
        self.milliseconds.get((last * hundredth).div_ceil(100)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_measured() {
        let tally = |times: &[f64]| Tally { milliseconds: times.to_vec(), ..Tally::default() };
        assert_eq!(tally(&[]).percentile(50), None);
        assert_eq!(tally(&[3.0]).percentile(95), Some(3.0));
        let many = tally(&[1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(many.percentile(50), Some(3.0));
        assert_eq!(many.percentile(100), Some(5.0));
    }
}
