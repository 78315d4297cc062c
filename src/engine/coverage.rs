//! Coverage: which lines of policies were evaluated.
//!
//! What counts are statements, also those inside of comprehensions, `every` and the like, and the
//! heads of rules: a statement when it was looked at, a head when its rule gave a result.

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::{Serialize, SerializeMap, SerializeStruct, Serializer};

use crate::policy::ClauseRef;
use crate::source::{Position, SourceText, Span};

use super::compile::visit::{self, Visitor};
use super::eval::Progress;
use super::explain;
use super::ir::{Clause, Program, Statement};

/// What was evaluated of policies, file by file.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// The files that hold something to evaluate.
    pub files: BTreeMap<String, FileCoverage>,
}

/// What was evaluated of a file.
#[derive(Clone, Debug, Default)]
pub struct FileCoverage {
    /// Statements and heads by where they begin and end, and how often each was evaluated.
    pieces: BTreeMap<(Position, Position), u64>,
}

/// How much of a line was evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// All of it, and the most often evaluated part so often.
    Covered(u64),
    /// A part of it: a rule on one line that never held, for one.
    Partly,
    /// Nothing.
    Missed,
}

impl Line {
    /// Whether all of it was evaluated.
    pub fn is_covered(self) -> bool {
        matches!(self, Self::Covered(_))
    }
}

impl FileCoverage {
    /// The lines that hold something to evaluate, from 1.
    pub fn lines(&self) -> BTreeMap<usize, Line> {
        let mut lines: BTreeMap<usize, (u64, bool)> = BTreeMap::new();
        let begun: BTreeSet<usize> = self.pieces.keys().map(|(start, _)| start.line).collect();
        for ((start, end), times) in &self.pieces {
            // Where something begins, what goes on from a line above is only around it.
            let own = |line: &usize| *line == start.line || !begun.contains(line);
            for line in (start.line..=end.line).filter(own) {
                let (most, is_missed) = lines.entry(line).or_default();
                *most = (*most).max(*times);
                *is_missed |= *times == 0;
            }
        }
        let line = |(most, is_missed): (u64, bool)| match (most, is_missed) {
            (0, _) => Line::Missed,
            (_, true) => Line::Partly,
            (most, false) => Line::Covered(most),
        };
        lines.into_iter().map(|(number, found)| (number, line(found))).collect()
    }

    /// How many lines were evaluated, of how many.
    pub fn count(&self) -> (usize, usize) {
        let lines = self.lines();
        (lines.values().filter(|line| line.is_covered()).count(), lines.len())
    }

    /// The lines of one kind, in words: `3, 7-9`. Lines that hold nothing to evaluate don't part
    /// what is around them.
    pub fn ranges(&self, wanted: impl Fn(Line) -> bool) -> String {
        let mut ranges: Vec<(usize, usize)> = Vec::new();
        let mut goes_on = false;
        for (number, line) in self.lines() {
            let is_wanted = wanted(line);
            match ranges.last_mut() {
                Some(last) if is_wanted && goes_on => last.1 = number,
                _ if is_wanted => ranges.push((number, number)),
                _ => {}
            }
            goes_on = is_wanted;
        }
        let range = |(first, last): &(usize, usize)| {
            if first == last { first.to_string() } else { format!("{first}-{last}") }
        };
        ranges.iter().map(range).collect::<Vec<_>>().join(", ")
    }

    /// The lines that were not evaluated, in words: `not 3, 7-9; in part 12`.
    pub fn gaps(&self) -> String {
        let told = [("not", Line::Missed), ("in part", Line::Partly)];
        let told = told.map(|(what, wanted)| (what, self.ranges(|line| line == wanted)));
        let told = told.iter().filter(|(_, lines)| !lines.is_empty());
        told.map(|(what, lines)| format!("{what} {lines}")).collect::<Vec<_>>().join("; ")
    }

    fn note(&mut self, source: &SourceText, span: Span, times: u64) {
        let place = (source.position(span.start), source.position(span.end));
        *self.pieces.entry(place).or_default() += times;
    }
}

impl Coverage {
    /// Adds what was evaluated elsewhere, for example for another input.
    pub fn add(&mut self, other: &Self) {
        for (file, coverage) in &other.files {
            let known = self.files.entry(file.clone()).or_default();
            for (place, times) in &coverage.pieces {
                *known.pieces.entry(*place).or_default() += times;
            }
        }
    }

    /// How many lines were evaluated, of how many.
    pub fn count(&self) -> (usize, usize) {
        let counts = self.files.values().map(FileCoverage::count);
        counts.fold((0, 0), |(covered, all), (more, of)| (covered + more, all + of))
    }
}

/// How many of a hundred lines were evaluated, rounded down to a tenth: what is nearly all is not
/// all. `None` where there are no lines.
#[allow(clippy::cast_precision_loss)] // nobody has so many lines
pub fn percent((covered, all): (usize, usize)) -> Option<f64> {
    (covered * 1000).checked_div(all).map(|tenths| tenths as f64 / 10.0)
}

impl Serialize for Coverage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let count = self.count();
        let mut record = serializer.serialize_struct("Coverage", 4)?;
        record.serialize_field("covered_lines", &count.0)?;
        record.serialize_field("lines", &count.1)?;
        record.serialize_field("percent", &percent(count))?;
        record.serialize_field("files", &self.files)?;
        record.end()
    }
}

impl Serialize for FileCoverage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let lines = self.lines();
        let those = |wanted: fn(Line) -> bool| -> Vec<usize> {
            lines.iter().filter(|(_, line)| wanted(**line)).map(|(number, _)| *number).collect()
        };
        let mut record = serializer.serialize_map(Some(4))?;
        record.serialize_entry("percent", &percent(self.count()))?;
        record.serialize_entry("covered", &those(Line::is_covered))?;
        record.serialize_entry("partly", &those(|line| line == Line::Partly))?;
        record.serialize_entry("not_covered", &those(|line| line == Line::Missed))?;
        record.end()
    }
}

/// What was evaluated of the clauses that are wanted.
pub(super) fn of(
    program: &Program,
    progress: &Progress,
    wants: &dyn Fn(ClauseRef) -> bool,
) -> Coverage {
    let mut coverage = Coverage::default();
    for rule in &program.rules {
        let clauses = rule.clauses.iter().chain(&rule.default);
        let wanted = clauses
            .filter(|clause| wants(ClauseRef { module: clause.origin.0, rule: clause.origin.1 }));
        for clause in wanted {
            let file = coverage.files.entry(clause.place.source.name().to_owned()).or_default();
            let mut marks = Marks { clause, progress, file };
            for (number, (body, _)) in clause.bodies.iter().enumerate() {
                let (_, results) = progress.of_body(clause, number);
                let head = explain::head(clause, number);
                marks.file.note(&clause.place.source, head, results);
                body.iter().for_each(|statement| marks.statement(statement));
            }
        }
    }
    coverage
}

/// Counts the marks of a clause.
struct Marks<'m> {
    clause: &'m Clause,
    progress: &'m Progress,
    file: &'m mut FileCoverage,
}

impl Visitor for Marks<'_> {
    fn statement(&mut self, seen: &Statement) {
        // The first piece of a statement is where it begins.
        if let Statement::Reached(span, 0) = seen {
            let source = &self.clause.place.source;
            self.file.note(source, *span, self.progress.times(source, *span, 0));
        }
        visit::statement(self, seen);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(pieces: &[(usize, usize, u64)]) -> FileCoverage {
        let mut file = FileCoverage::default();
        for (column, (first, last, times)) in pieces.iter().enumerate() {
            let at = |line| Position { line, column };
            file.pieces.insert((at(*first), at(*last)), *times);
        }
        file
    }

    #[test]
    fn a_line_is_covered_where_nothing_on_it_is_left_out() {
        let lines = file(&[(1, 1, 2), (1, 1, 0), (2, 4, 1), (3, 3, 0), (6, 6, 0)]).lines();
        let expected = [
            (1, Line::Partly),
            (2, Line::Covered(1)),
            (3, Line::Missed),
            (4, Line::Covered(1)),
            (6, Line::Missed),
        ];
        assert_eq!(lines.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn ranges_go_over_lines_that_hold_nothing() {
        let file = file(&[(1, 1, 0), (3, 4, 0), (5, 5, 1), (6, 6, 0)]);
        assert_eq!(file.ranges(|line| line == Line::Missed), "1-4, 6");
        assert_eq!(file.ranges(Line::is_covered), "5");
    }

    #[test]
    fn parts_of_a_line_that_different_runs_reach_add_up() {
        let one = Coverage { files: [("a".into(), file(&[(1, 1, 2), (1, 1, 0)]))].into() };
        let mut both = Coverage { files: [("a".into(), file(&[(1, 1, 0), (1, 1, 3)]))].into() };
        both.add(&one);
        assert_eq!(both.count(), (1, 1));
        assert_eq!(both.files["a"].lines()[&1], Line::Covered(3));
    }

    #[test]
    fn percentages_are_rounded_down() {
        assert_eq!(
            (percent((1999, 2000)), percent((2, 2)), percent((0, 0))),
            (Some(99.9), Some(100.0), None)
        );
    }
}
