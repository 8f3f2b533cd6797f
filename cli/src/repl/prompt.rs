//! What a prompt remembers: the parts of the program, its commands, the options.

use std::path::{Path, PathBuf};

use sdec_driver::{BlockResult, Command, Options, Part, Session};

use crate::exit::Exit;
use crate::output;
use crate::progress::Progress;

/// A program in the making.
pub(crate) struct Prompt {
    /// Options of every run.
    pub(crate) options: Options,
    /// What was accepted, oldest first.
    parts: Vec<Part>,
    /// The file that was loaded last.
    file: Option<PathBuf>,
    /// Blocks that can be run again; a name stands for the newest.
    commands: Vec<Command>,
    /// How many inputs were given.
    inputs: usize,
}

impl Prompt {
    /// Nothing but the library.
    pub(crate) fn new(options: Options) -> Self {
        Self { options, parts: Vec::new(), file: None, commands: Vec::new(), inputs: 0 }
    }

    /// Takes over the declarations of a file; its blocks can be run by name.
    pub(crate) fn load(&mut self, file: &Path) -> Result<(), Exit> {
        let part = Part { name: file.display().to_string(), text: sdec_driver::read_source(file)? };
        let mut parts = self.parts.clone();
        parts.retain(|known| known.name != part.name);
        let folder = file.parent().unwrap_or(Path::new("."));
        let session = self.check_in(&parts, &part, folder)?;
        let commands = session.commands();
        let names: Vec<&str> = commands.iter().map(|command| command.name.as_str()).collect();
        let hint = match names.as_slice() {
            [] => String::new(),
            names => format!("; :run runs {}", names.join(", ")),
        };
        output::print(&format!("loaded {}{hint}\n", part.name))?;
        self.remember(commands);
        parts.push(part);
        self.parts = parts;
        self.file = Some(file.to_owned());
        Ok(())
    }

    /// Loads the file again.
    pub(crate) fn reload(&mut self) -> Result<(), Exit> {
        match self.file.clone() {
            Some(file) => self.load(&file),
            None => {
                Err(Exit::Usage(":reload: no file was loaded; :load FILE loads one".to_owned()))
            }
        }
    }

    /// Checks an input with all that was accepted, without accepting it.
    pub(crate) fn check(&self, text: &str) -> Result<Session, Exit> {
        let part = Part { name: format!("input {}", self.inputs + 1), text: text.to_owned() };
        self.check_in(&self.parts, &part, self.folder())
    }

    fn check_in(&self, parts: &[Part], part: &Part, folder: &Path) -> Result<Session, Exit> {
        let parts: Vec<Part> = parts.iter().chain([part]).cloned().collect();
        let session = Session::of_parts(&parts, folder, &self.options)?;
        let drawn = session.render(output::colour());
        if session.has_errors() {
            return Err(Exit::Model(drawn));
        }
        output::complain(&drawn);
        Ok(session)
    }

    /// Checks an input, accepts what it declares and runs its expressions and blocks.
    pub(crate) fn give(&mut self, text: &str) -> Result<Vec<BlockResult>, Exit> {
        self.inputs += 1;
        let part = Part { name: format!("input {}", self.inputs), text: text.to_owned() };
        let session = self.check_in(&self.parts, &part, self.folder())?;
        self.remember(session.commands());
        if session.declares() {
            self.parts.push(part);
        }
        Ok(session.run(&mut Progress::new(false))?)
    }

    /// Runs an input without accepting it.
    pub(crate) fn run(&self, session: &Session) -> Result<Vec<BlockResult>, Exit> {
        Ok(session.run(&mut Progress::new(false))?)
    }

    /// The text of a block that was given or loaded.
    pub(crate) fn command(&self, name: &str) -> Result<&str, Exit> {
        let found = self.commands.iter().find(|command| command.name == name);
        found.map(|command| command.text.as_str()).ok_or_else(|| {
            let names: Vec<&str> =
                self.commands.iter().map(|command| command.name.as_str()).collect();
            Exit::Usage(if names.is_empty() {
                format!("no block is named `{name}`: none was given yet")
            } else {
                format!("no block is named `{name}`; there are {}", names.join(", "))
            })
        })
    }

    /// Names of the blocks that can be run again.
    pub(crate) fn command_names(&self) -> Vec<String> {
        self.commands.iter().map(|command| command.name.clone()).collect()
    }

    /// What Tab can complete.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names = self.command_names();
        let part = Part { name: String::new(), text: String::new() };
        let parts: Vec<Part> = self.parts.iter().cloned().chain([part]).collect();
        // What was accepted still checks, unless a file that it reads has changed.
        if let Ok(session) = Session::of_parts(&parts, self.folder(), &self.options) {
            names.extend(session.names());
        }
        names.sort();
        names.dedup();
        names
    }

    /// Where data files are looked for: beside the loaded file.
    fn folder(&self) -> &Path {
        self.file.as_deref().and_then(Path::parent).unwrap_or(Path::new("."))
    }

    fn remember(&mut self, commands: Vec<Command>) {
        for command in commands {
            self.commands.retain(|known| known.name != command.name);
            self.commands.push(command);
        }
    }
}
