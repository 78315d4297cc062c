//! The order in which keys are written.

use std::cmp::Ordering;

/// The order of keys: numbers within them by value.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut in_digits = false;
    for at in 0..x.len().min(y.len()) {
        let (left, right) = (x[at], y[at]);
        if left == right {
            in_digits = left.is_ascii_digit();
            continue;
        }
        let less = match (left.is_alphabetic(), right.is_alphabetic()) {
            (true, true) => left < right,
            (true, false) => in_digits,
            (false, true) => !in_digits,
            (false, false) => numbers_less(&x, &y, at),
        };
        return if less { Ordering::Less } else { Ordering::Greater };
    }
    x.len().cmp(&y.len())
}

fn numbers_less(x: &[char], y: &[char], at: usize) -> bool {
    let mut start = 0_i64;
    if x[at] == '0' || y[at] == '0' {
        // Behind other digits, zeros count.
        let before = x[..at].iter().rev().take_while(|character| character.is_ascii_digit());
        start = i64::from(before.into_iter().any(|digit| *digit != '0'));
    }
    let number = |characters: &[char]| {
        let digits = characters[at..].iter().map_while(|character| character.to_digit(10));
        digits.fold((start, at), |(value, end), digit| {
            (value.wrapping_mul(10).wrapping_add(i64::from(digit)), end + 1)
        })
    };
    let ((a, a_end), (b, b_end)) = (number(x), number(y));
    if a != b {
        return a < b;
    }
    if a_end != b_end {
        return a_end < b_end;
    }
    x[at] < y[at]
}
