//! Good and bad examples that stand beside policies.
//!
//! [`layout`] finds their folders, [`beside`] tells which policies they are examples of.

mod beside;
mod layout;

pub(crate) use beside::{Subject, each_constraint, subject};
pub(crate) use layout::{Example, Group, Kind, groups, is_example};
