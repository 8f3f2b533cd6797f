//! A program, opened: parsed with the options applied, checked, ready to run.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::time::{Duration, Instant};

use sdec_base::{Diagnostic, Severity, SourceId, SourceMap};
use sdec_grammar::ast;
use sdec_hir as hir;

use crate::columns::Folder;
use crate::{Failure, Options, imports, library, overrides, parts};

/// Source texts, for drawing diagnostics.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    pub(crate) map: SourceMap,
}

impl Sources {
    /// The failure that a diagnostic is.
    pub(crate) fn refuse(&self, diagnostic: &Diagnostic) -> Failure {
        Failure::model(std::slice::from_ref(diagnostic), &self.map)
    }
}

/// A text that is part of a program.
#[derive(Clone, Debug)]
pub struct Part {
    /// What messages call it: the path of a file.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A program, opened.
pub struct Session {
    pub(crate) folder: Folder,
    pub(crate) sources: Sources,
    /// Of the last part.
    pub(crate) source: SourceId,
    pub(crate) options: Options,
    pub(crate) tree: ast::Program,
    pub(crate) program: Option<hir::Program>,
    pub(crate) check_time: Duration,
    diagnostics: Vec<Diagnostic>,
}

impl Session {
    /// Reads, parses and checks a file, or standard input for `-`. Mistakes in it are [`Session::diagnostics`].
    ///
    /// # Errors
    ///
    /// The file cannot be read, or an option names what is not in it.
    pub fn open(path: &Path, options: &Options) -> Result<Self, Failure> {
        let begin = Instant::now();
        let part = Part { name: called(path), text: read(path).map_err(Failure::Environment)? };
        Self::of(std::slice::from_ref(&part), path.parent(), options, begin)
    }

    /// Parses and checks a program that was given in parts, as at a prompt: a declaration takes the
    /// place of those of the same name in earlier parts, and only the last part's commands are kept.
    /// Data are looked for in `folder`.
    ///
    /// # Errors
    ///
    /// An option names what is not in the program.
    pub fn of_parts(parts: &[Part], folder: &Path, options: &Options) -> Result<Self, Failure> {
        Self::of(parts, Some(folder), options, Instant::now())
    }

    fn of(
        parts: &[Part],
        folder: Option<&Path>,
        options: &Options,
        begin: Instant,
    ) -> Result<Self, Failure> {
        let mut sources = Sources { map: library::texts() };
        let parsed = parts::parse(parts, &mut sources.map);
        let (source, mut tree, mut diagnostics) = (parsed.source, parsed.tree, parsed.diagnostics);
        let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
        let file = parts.last().map(|part| Path::new(&part.name));
        let beside = folder.unwrap_or(Path::new("."));
        imports::resolve(&mut tree, file, beside, &mut sources.map, &mut diagnostics);
        let folder = Folder { path: folder.unwrap_or(Path::new(".")).to_owned() };
        let mut program = None;
        if !diagnostics.iter().any(|found| found.severity == Severity::Error) {
            overrides::apply(&mut tree, options, &mut sources.map)?;
            let library = library::declarations();
            let input = sdec_check::Input { library, program: &tree, headers: &folder };
            let (checked, found) = sdec_check::check(&input);
            if cfg!(debug_assertions)
                && let Some(Err(why)) = checked.as_ref().map(hir::verify)
            {
                return Err(Failure::Environment(format!(
                    "this is a bug of sdec, not of your program: the checker made a malformed program: {}",
                    why.0
                )));
            }
            diagnostics.extend(found);
            program = checked;
        }
        Ok(Self {
            folder,
            sources,
            source,
            options: options.clone(),
            tree,
            program,
            check_time: begin.elapsed(),
            diagnostics,
        })
    }

    /// What is wrong or doubtful about the file.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Whether nothing can run.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|found| found.severity == Severity::Error)
    }

    /// The diagnostics as a user sees them.
    pub fn render(&self, colour: bool) -> String {
        Diagnostic::render_all(&self.diagnostics, &self.sources.map, colour)
    }

    /// Sizes, noise, parameters and commands, for `sdec check`.
    pub fn summary(&self) -> String {
        self.program.as_ref().map(sdec_check::summary).unwrap_or_default()
    }

    /// Seconds that reading and checking took.
    pub fn check_seconds(&self) -> f64 {
        self.check_time.as_secs_f64()
    }

    /// The checked program, where there are no errors: for tools that look at it.
    pub fn program(&self) -> Option<&hir::Program> {
        self.program.as_ref()
    }

    /// The checked program, or what is wrong with it.
    pub(crate) fn checked(&self) -> Result<&hir::Program, Failure> {
        self.program.as_ref().ok_or_else(|| Failure::model(&self.diagnostics, &self.sources.map))
    }
}

/// What messages call a file; `-` is standard input.
pub(crate) fn called(path: &Path) -> String {
    if is_standard_input(path) { "standard input".to_owned() } else { path.display().to_string() }
}

fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The text of a source file, or why it cannot be read.
pub(crate) fn read(path: &Path) -> Result<String, String> {
    let fail = |what: String| format!("{}: {what}", called(path));
    let bytes = if is_standard_input(path) {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = bytes.map_err(|error| fail(unread(path, &error)))?;
    if bytes.len() > u32::MAX as usize {
        return Err(fail("is larger than 4 GiB, which no source may be".to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        fail(format!("line {line}: not UTF-8 text"))
    })
}

/// Why a file was not read.
fn unread(path: &Path, error: &std::io::Error) -> String {
    if path.is_dir() {
        return "is a folder, where a file is expected".to_owned();
    }
    if error.kind() != ErrorKind::NotFound {
        return format!("cannot be read: {error}");
    }
    let whole = path.with_extension("sde");
    if whole != path && whole.is_file() {
        return format!("there is no such file; did you mean {}?", whole.display());
    }
    "there is no such file".to_owned()
}
