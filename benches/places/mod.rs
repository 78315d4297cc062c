//! The program, in parts.
//!
//! A [`library`] is read by one of the [`layout`]s. Its units are judged by [`judge`] twice: as
//! they are, which tells the true places, and [`strip`]ped of all places, which tells the inferred
//! ones. [`pair`] puts the two side by side, [`grade`] says how near they are, [`tally`] counts,
//! and [`tell`] writes.

mod conventions;
mod grade;
mod judge;
mod layout;
mod library;
mod options;
mod pair;
mod spot;
mod strip;
mod tally;
mod tell;

use clap::Parser as _;

use options::Options;

/// Something that keeps the program from scoring anything.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The arguments.
    #[error("{0}")]
    Arguments(#[from] clap::Error),
    /// The library.
    #[error("{0}")]
    Library(String),
    /// The machine.
    #[error("threads can't be started: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// What was to be written.
    #[error("`{0}` can't be written: {1}")]
    Write(String, std::io::Error),
}

/// Scores a library and writes what came of it.
pub(crate) fn run(args: impl Iterator<Item = String>, told: &mut String) -> Result<(), Error> {
    let options = match Options::try_parse_from(args) {
        Ok(options) => options,
        Err(error) if !error.use_stderr() => {
            told.push_str(&error.to_string());
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let Some(folder) = &options.folder else {
        told.push_str("places: skipped; name the folder of a library to run it\n");
        return Ok(());
    };
    let library = layout::read(folder, &options)?;
    // One core: what is told of time is what one violation costs.
    let threads = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let scored = threads.install(|| pair::all(&library, &options))?;
    tell::write(&library, &scored, &options, told);
    Ok(())
}
