//! Programs that do a work each time they are asked: they read a line and answer with one, so that
//! several can take turns and what they need before is not measured.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::sdec::number;

/// A program that waits to be asked.
pub(super) struct Contestant {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

/// What one run gave.
pub(super) struct Answer {
    pub(super) seconds: f64,
    /// What is compared.
    pub(super) values: Vec<f64>,
    /// Paths that it computed, if it says so.
    pub(super) paths: Option<f64>,
}

impl Contestant {
    /// Starts it.
    pub(super) fn start(mut command: Command) -> Result<Self, String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = command.spawn().map_err(|error| format!("{name}: {error}"))?;
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().expect("the output is a pipe"));
        Ok(Self { child, input, output })
    }

    /// The next line that it writes.
    pub(super) fn line(&mut self) -> Result<Value, String> {
        let mut line = String::new();
        let read = self.output.read_line(&mut line).map_err(|error| error.to_string())?;
        if read == 0 {
            return Err("it ended without an answer".to_owned());
        }
        serde_json::from_str(&line).map_err(|error| error.to_string())
    }

    /// Has it do its work once.
    pub(super) fn ask(&mut self) -> Result<Answer, String> {
        let input = self.input.as_mut().expect("it is asked before it ends");
        input.write_all(b"\n").and_then(|()| input.flush()).map_err(|error| error.to_string())?;
        let answer = self.line()?;
        let values = answer["values"].as_array().map_or(&[][..], Vec::as_slice);
        Ok(Answer {
            seconds: number(&answer["seconds"])?,
            values: values.iter().map(number).collect::<Result<_, _>>()?,
            paths: answer["paths"].as_f64(),
        })
    }
}

impl Drop for Contestant {
    /// Without input they end.
    fn drop(&mut self) {
        drop(self.input.take());
        // Nothing is left to be done about one that failed.
        let _ = self.child.wait();
    }
}
