//! Room on the stack for what goes deep: texts, policies and evaluations are walked by recursion,
//! and who embeds this library decides how large a thread's stack is.

/// What may be needed between two looks at what is left.
const SPARE: usize = 1 << 20;
/// How much is added where less is left.
const MORE: usize = 4 << 20;

/// What a walk of bounded depth may need in all: as deep as a policy may be.
const DEEP: usize = 16 << 20;

/// What threads of our own are given: with it, room is seldom made.
#[cfg(feature = "cli")]
pub(crate) const THREAD: usize = 32 << 20;

/// Runs `inner`, part of a recursion without bounds, on a stack with room for one round of it.
#[inline]
pub(crate) fn enough<T>(inner: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(SPARE, MORE, inner)
}

/// Runs `inner`, which goes as deep as a text may be nested.
pub(crate) fn deep<T>(inner: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(DEEP, 2 * DEEP, inner)
}
