//! `sdec repl` as a person uses it: through a pseudo-terminal.
#![cfg(unix)]

use std::process::{Command, Stdio};

use rexpect::session::{Options, PtySession, spawn_with_options};
use tempfile::TempDir;

const PROMPT: &str = "sdec> ";

/// A prompt on a terminal without colour, with a history of its own.
struct Prompt {
    terminal: PtySession,
    place: TempDir,
}

impl Prompt {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a folder can be made");
        Self::in_place(place, &[])
    }

    fn in_place(place: TempDir, args: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sdec"));
        command.arg("repl").args(args).current_dir(place.path());
        command.env("XDG_STATE_HOME", place.path()).env("NO_COLOR", "1").env("TERM", "xterm");
        let options = Options::new().timeout_ms(Some(30_000)).strip_ansi_escape_codes(true);
        let mut terminal = spawn_with_options(command, options).expect("a terminal can be made");
        terminal.exp_string(PROMPT).expect("the prompt appears");
        Self { terminal, place }
    }

    /// What is printed for an input, its echo included.
    fn ask(&mut self, input: &str) -> String {
        self.terminal.send_line(input).expect("the terminal listens");
        self.answer()
    }

    /// What is printed before a prompt on a new line. The editor draws the prompt of a line anew
    /// whenever that changes, but not on a new line.
    fn answer(&mut self) -> String {
        let (text, _) = self.terminal.exp_regex(r"\n\r*sdec> ").expect("the prompt comes back");
        // The terminal's reader takes bytes for characters.
        let bytes = text.chars().filter(|&c| c != '\r').map(|c| u8::try_from(c).unwrap_or(b'?'));
        String::from_utf8_lossy(&bytes.collect::<Vec<u8>>()).into_owned()
    }

    fn leave(mut self) -> TempDir {
        self.terminal.send_line(":quit").expect("the terminal listens");
        self.terminal.exp_eof().expect("the process ends");
        self.place
    }
}

#[test]
fn what_is_declared_stays_and_a_mistake_changes_nothing() {
    let mut prompt = Prompt::new();
    prompt.ask("let a = 2.0");
    assert!(prompt.ask("a * 3").contains('6'));
    let wrong = prompt.ask("a + nothing");
    assert!(wrong.contains("nothing") && wrong.contains("input 3"), "{wrong}");
    assert!(prompt.ask("let a = \"").contains("Error"));
    assert!(prompt.ask("a * 4").contains('8'));
    prompt.ask("let a = 5.0");
    assert!(prompt.ask("a * 4").contains("20"));
    prompt.leave();
}

#[test]
fn a_block_is_given_over_several_lines_and_runs() {
    let mut prompt = Prompt::new();
    for line in ["model OU", "  state x : Real", "  noise W : Brownian", "  init x = 1.0"] {
        prompt.terminal.send_line(line).unwrap();
    }
    prompt.terminal.send_line("  dx = -x dt + 0.5 dW").unwrap();
    let silent = prompt.ask("");
    assert!(!silent.contains("Error"), "{silent}");
    for line in ["sample OU as s", "  times = [0.0, 1.0]", "  paths = 64"] {
        prompt.terminal.send_line(line).unwrap();
    }
    prompt.terminal.send_line("  solver = euler(dt = 0.1)").unwrap();
    let sample = prompt.ask("");
    assert!(sample.contains("64 paths") && sample.contains("sample s of OU"), "{sample}");
    assert!(prompt.ask(":set paths 32").matches("Error").next().is_none());
    assert!(prompt.ask(":run s").contains("32 paths"));
    assert!(prompt.ask(":noise OU").contains("additive"));
    let drawn = prompt.ask(":plot s");
    assert!(
        drawn.contains("x: mean") && drawn.chars().any(|c| ('\u{2801}'..='\u{28ff}').contains(&c)),
        "{drawn}"
    );
    assert!(prompt.ask(":ir s kernel").contains("kernel"));
    prompt.leave();
}

#[test]
fn a_letter_and_a_name_are_completed() {
    let mut prompt = Prompt::new();
    prompt.terminal.send("let \\theta\t").unwrap();
    prompt.terminal.send_line(" = 4.0").unwrap();
    prompt.answer();
    assert!(prompt.ask("θ / 8").contains("0.5"));
    prompt.ask("let volatility = 7.0");
    prompt.terminal.send("vola\t").unwrap();
    prompt.terminal.send_line(" + 1").unwrap();
    assert!(prompt.answer().contains('8'));
    prompt.leave();
}

#[test]
fn types_and_signatures_are_told() {
    let mut prompt = Prompt::new();
    assert!(prompt.ask(":type for i: 3. 1.5").contains("3 => Float"));
    prompt.ask("def double(x: Float) -> Float = 2 * x");
    assert!(prompt.ask(":type double").contains("def double(x: Float) -> Float"));
    assert!(prompt.ask(":unknown").contains("no command"));
    assert!(prompt.ask(":help E0301").contains("E0301"));
    assert!(prompt.ask(":set nothing 3").contains("no input"));
    prompt.leave();
}

#[test]
fn ctrl_c_stops_a_run_and_not_the_session() {
    let place = tempfile::tempdir().unwrap();
    let model = "model B\n  state x : Real\n  noise W : Brownian\n  init x = 0.0\n  dx = 0 dt + dW\n\n\
                 sample B as long\n  times = [0.0, 1.0]\n  paths = 100_000_000\n  solver = euler(dt = 0.001)\n";
    std::fs::write(place.path().join("b.sde"), model).unwrap();
    let mut prompt = Prompt::in_place(place, &["b.sde"]);
    prompt.terminal.send_line(":run long").unwrap();
    // The bar of progress tells that the run is under way.
    prompt.terminal.exp_string("left").unwrap();
    prompt.terminal.send_control('c').unwrap();
    let stopped = prompt.answer();
    assert!(stopped.contains("interrupted"), "{stopped}");
    assert!(prompt.ask("1 + 1").contains('2'));
    prompt.leave();
}

#[test]
fn a_file_is_loaded_again_and_earlier_lines_are_remembered() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("m.sde");
    std::fs::write(&file, "let k = 3.0\n").unwrap();
    let mut prompt = Prompt::in_place(place, &["m.sde"]);
    assert!(prompt.ask("k * 2").contains('6'));
    std::fs::write(&file, "let k = 4.0\n").unwrap();
    prompt.ask(":reload");
    assert!(prompt.ask("k * 2").contains('8'));
    std::fs::write(&file, "let k = \n").unwrap();
    assert!(prompt.ask(":reload").contains("Error"));
    assert!(prompt.ask("k * 2").contains('8'));
    let place = prompt.leave();
    let mut again = Prompt::in_place(place, &[]);
    // Up twice: past `:quit`.
    again.terminal.send("\x1b[A\x1b[A").unwrap();
    assert!(again.ask("").contains("k * 2"));
    again.leave();
}

#[test]
fn a_script_is_read_from_standard_input() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sdec"))
        .arg("repl")
        .env("XDG_STATE_HOME", std::env::temp_dir().join("sdec-no-history"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"let a = 2.0\na + 40\n").unwrap();
    let out = child.wait_with_output().unwrap();
    assert!(out.status.success());
    assert!(String::from_utf8(out.stdout).unwrap().contains("42"));
}

#[test]
fn words_of_other_prompts_are_understood() {
    let mut prompt = Prompt::new();
    assert!(prompt.ask("help").contains(":plot"));
    let about = prompt.ask(":help :plot");
    assert!(about.contains("draw a sample") && !about.contains(":load"), "{about}");
    // A name of one's own stays one.
    prompt.ask("let help = 7");
    assert!(prompt.ask("help").contains('7'));
    prompt.terminal.send_line("exit").unwrap();
    prompt.terminal.exp_eof().unwrap();
}
