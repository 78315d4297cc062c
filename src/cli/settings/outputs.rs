//! Which reports are written where.

use std::path::{Path, PathBuf};

use crate::cli::args::CheckArgs;
use crate::report::Format;

use super::environment::{Environment, named};
use super::error::SettingsError;
use super::file::Found;
use super::setting::{Origin, Setting};

/// One report to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct Output {
    pub(in crate::cli) format: Format,
    pub(in crate::cli) file: Option<PathBuf>,
}

pub(super) fn outputs(
    args: &CheckArgs,
    environment: Environment<'_>,
    found: Option<&Found>,
) -> Result<Setting<Vec<Output>>, SettingsError> {
    let setting = if !args.formats.is_empty() || !args.outputs.is_empty() {
        let flag = if args.formats.is_empty() { "--output" } else { "--format" };
        Setting { value: paired(args)?, origin: Origin::Flag(flag) }
    } else if let Some(format) = named("MANIFESTLY_FORMAT", environment)? {
        Setting { value: vec![Output { format: format.value, file: None }], origin: format.origin }
    } else {
        let formats =
            found.and_then(|found| found.setting(found.file.formats.as_ref(), Clone::clone));
        let files = found.and_then(|found| {
            found.setting(found.file.outputs.as_ref(), |outputs| {
                let file = |(format, path): (&Format, &PathBuf)| Output {
                    format: *format,
                    file: Some(found.folder.join(path)),
                };
                outputs.iter().map(file).collect::<Vec<_>>()
            })
        });
        let origin = formats.as_ref().map(|formats| formats.origin.clone());
        let origin = origin.or_else(|| files.as_ref().map(|files| files.origin.clone()));
        // Files are written besides what is shown, which is the report for people unless said.
        let shown = formats.map_or(vec![Format::Human], |formats| formats.value);
        let shown = shown.into_iter().map(|format| Output { format, file: None });
        let value = shown.chain(files.map(|files| files.value).unwrap_or_default()).collect();
        Setting { value, origin: origin.unwrap_or_default() }
    };
    let on_screen = setting.value.iter().filter(|output| output.file.is_none()).count();
    if on_screen > 1 {
        return Err(SettingsError {
            help: Some("give all formats but one an --output FILE of their own".into()),
            ..SettingsError::new("only one report can go to standard output")
        });
    }
    Ok(setting)
}

/// Gives each --output the --format before it, or the only one there is.
fn paired(args: &CheckArgs) -> Result<Vec<Output>, SettingsError> {
    let (formats, files) = (&args.formats, &args.outputs);
    if let [file] = files.as_slice()
        && formats.is_empty()
        && let Ok(format) = file.to_string_lossy().parse::<Format>()
    {
        return Err(SettingsError {
            help: Some(format!("did you mean --format {format}?")),
            ..SettingsError::new("--output names a file")
        });
    }
    if formats.is_empty() {
        return files
            .iter()
            .map(|file| Ok(Output { format: format_of(file), file: Some(file.clone()) }))
            .collect();
    }
    if files.len() > formats.len() {
        return Err(SettingsError::new("there are more --output than --format"));
    }
    let mut outputs: Vec<_> =
        formats.iter().map(|format| Output { format: *format, file: None }).collect();
    let mut free = 0;
    for (file, after) in files.iter().zip(&args.formats_before_outputs) {
        let at = after.checked_sub(1).unwrap_or(free).max(free).min(formats.len() - 1);
        outputs[at].file = Some(file.clone());
        free = at + 1;
    }
    Ok(outputs)
}

/// What a file's name says about the report in it.
fn format_of(file: &Path) -> Format {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("json") => Format::Json,
        Some("sarif") => Format::Sarif,
        Some("xml") => Format::Junit,
        Some("md") => Format::Markdown,
        _ => Format::Human,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_belong_to_the_format_before_them() {
        use Format::{Human, Json, Sarif};
        let paired = |formats: &[Format], files: &[(&str, usize)]| {
            let args = CheckArgs {
                formats: formats.to_vec(),
                outputs: files.iter().map(|(file, _)| PathBuf::from(file)).collect(),
                formats_before_outputs: files.iter().map(|(_, before)| *before).collect(),
                ..CheckArgs::default()
            };
            let outputs = outputs(&args, &|_| None, None)?.value;
            let file = |output: &Output| output.file.as_ref().map(|f| f.display().to_string());
            Ok::<_, SettingsError>(outputs.iter().map(|o| (o.format, file(o))).collect::<Vec<_>>())
        };
        let some = |file: &str| Some(file.to_owned());
        assert_eq!(
            paired(&[Sarif, Human, Json], &[("a", 1), ("b", 3)]).unwrap(),
            [(Sarif, some("a")), (Human, None), (Json, some("b"))]
        );
        assert_eq!(
            paired(&[Human, Json], &[("b", 2)]).unwrap(),
            [(Human, None), (Json, some("b"))]
        );
        assert_eq!(paired(&[Json], &[("b", 0)]).unwrap(), [(Json, some("b"))]);
        assert_eq!(paired(&[], &[("b.sarif", 0)]).unwrap(), [(Sarif, some("b.sarif"))]);
        assert!(paired(&[Human, Json], &[]).is_err());
        assert!(paired(&[Json], &[("a", 1), ("b", 1)]).is_err());
    }
}
