//! Counting.

use std::collections::BTreeMap;

use super::grade::Grade;
use super::pair::{Scored, Violation};

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
    /// What places took, in order.
    pub(crate) milliseconds: Vec<f64>,
    pub(crate) evaluations: Vec<usize>,
}

impl Tally {
    pub(crate) fn of(scored: &Scored) -> Self {
        let costs = || scored.costs.iter().map(|(_, cost)| cost);
        let mut tally = Self {
            milliseconds: costs().map(|cost| cost.milliseconds).collect(),
            evaluations: costs().map(|cost| cost.evaluations).collect(),
            ..Self::default()
        };
        for violation in &scored.violations {
            tally.add(violation);
        }
        tally.evaluations.sort_unstable();
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
}

/// What so many of a hundred do not exceed, of costs in order.
pub(crate) fn percentile<C: Copy>(costs: &[C], hundredth: usize) -> Option<C> {
    let last = costs.len().checked_sub(1)?;
    costs.get((last * hundredth).div_ceil(100)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_measured() {
        assert_eq!(percentile::<usize>(&[], 50), None);
        assert_eq!(percentile(&[3], 95), Some(3));
        assert_eq!(percentile(&[1, 2, 3, 4, 5], 50), Some(3));
        assert_eq!(percentile(&[1, 2, 3, 4, 5], 95), Some(5));
        assert_eq!(percentile(&[1, 2, 3, 4, 5], 100), Some(5));
    }
}
