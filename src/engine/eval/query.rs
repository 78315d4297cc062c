//! Queries: every way in which statements hold.

use crate::engine::ir::Query;
use crate::engine::value::Value;
use crate::rego::PolicyError;

use super::Evaluation;

impl<'p> Evaluation<'p> {
    /// The values of the query's slots, for every way in which it holds, and so many at most.
    pub(in crate::engine) fn query(
        &mut self,
        query: &'p Query,
        most: usize,
    ) -> Result<Vec<Vec<Value>>, PolicyError> {
        let mut rows = Vec::new();
        self.in_frame(query.slots, &query.place, |eval| {
            eval.body(&query.statements, &mut |eval| {
                rows.push((0..query.slots).map(|slot| eval.slot(slot).clone()).collect());
                rows.len() >= most || eval.failed()
            })
        });
        self.concluded(None).map(|_| rows)
    }
}
