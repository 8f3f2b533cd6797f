//! `sdec emit`: the program as text at any stage.

use sdec_cranelift::Cranelift;
use sdec_hir::{self as hir, BlockKind};
use sdec_kernel::Kernel;
use sdec_lower::to_kernel::{self, AtOnce, Target};
use sdec_lower::to_ssa::{self, Aspect, Constants, Lowered};
use sdec_ssa::Func;

use crate::columns::Columns;
use crate::common;
use crate::compile::{GROUP_WIDE, MEMORY, backend, broken, failed, optimise, share};
use crate::constants::Evaluator;
use crate::fit::{Differentiated, Form};
use crate::options::BackendChoice;
use crate::run::name;
use crate::schedule::scheduled;
use crate::{Failure, Session, llvm, pipeline};

/// A stage whose text can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Names of stages and passes.
    Names,
    /// Tokens with those of the layout.
    Tokens,
    /// The tree.
    Ast,
    /// The checked program.
    Hir,
    /// What a path computes.
    Ssa,
    /// The same with derivatives.
    Grad,
    /// The kernel that backends take.
    Kernel,
    /// Cranelift's input.
    Clif,
    /// LLVM's input.
    Llvm,
    /// Machine code.
    Asm,
}

impl Stage {
    /// All stages with their names, in order.
    pub const ALL: [(&'static str, Self); 10] = [
        ("names", Self::Names),
        ("tokens", Self::Tokens),
        ("ast", Self::Ast),
        ("hir", Self::Hir),
        ("ssa", Self::Ssa),
        ("grad", Self::Grad),
        ("kernel", Self::Kernel),
        ("clif", Self::Clif),
        ("llvm", Self::Llvm),
        ("asm", Self::Asm),
    ];
}

/// What is compiled for a block.
struct Programs {
    /// What is run once, before paths are.
    before: Vec<Func>,
    /// The program of a path.
    last: Func,
    /// How many of them there are.
    paths: u64,
}

impl Session {
    /// The text of a stage, of the first block that solves a model unless one is named, and after a
    /// pass if one is named (`ssa`, `grad`, `kernel`).
    ///
    /// # Errors
    ///
    /// An unknown stage, block or pass, or what keeps the block from being compiled.
    pub fn emit(
        &self,
        stage: &str,
        block: Option<&str>,
        after: Option<&str>,
    ) -> Result<String, Failure> {
        let Some(&(_, stage)) = Stage::ALL.iter().find(|(name, _)| *name == stage) else {
            let names: Vec<&str> = Stage::ALL.iter().map(|(name, _)| *name).collect();
            return Err(Failure::Usage(format!(
                "no stage `{stage}`; there are {}",
                names.join(", ")
            )));
        };
        match stage {
            Stage::Names => Ok(names()),
            Stage::Tokens => {
                Ok(sdec_grammar::token_listing(self.source, self.sources.map.text(self.source)))
            }
            Stage::Ast => Ok(sdec_grammar::print::tree(&self.tree)),
            Stage::Hir => Ok(hir::print(self.checked()?)),
            Stage::Ssa | Stage::Grad | Stage::Kernel | Stage::Clif | Stage::Llvm | Stage::Asm => {
                self.emit_code(stage, block, after)
            }
        }
    }

    fn emit_code(
        &self,
        stage: Stage,
        block: Option<&str>,
        after: Option<&str>,
    ) -> Result<String, Failure> {
        let is_whole = matches!(stage, Stage::Ssa | Stage::Grad);
        let Programs { before, last, paths } =
            self.lower_block(block, stage != Stage::Ssa, !is_whole)?;
        if is_whole {
            return ssa_after(last, after);
        }
        let mut texts = Vec::new();
        for func in before {
            texts.push(self.emit_kernel(stage, optimise(func)?, 1, after)?);
        }
        texts.push(self.emit_kernel(stage, last, paths, after)?);
        Ok(texts.join("\n"))
    }

    /// The text of a stage from the kernel on, of an optimised program that is run for so many paths.
    fn emit_kernel(
        &self,
        stage: Stage,
        func: Func,
        paths: u64,
        after: Option<&str>,
    ) -> Result<String, Failure> {
        if stage == Stage::Kernel
            && let Some(after) = after
        {
            return kernel_after(&func, after);
        }
        let choice = match (stage, self.options.backend) {
            (Stage::Llvm, _) => BackendChoice::Llvm,
            (Stage::Clif, _) | (_, BackendChoice::Auto) => BackendChoice::Cranelift,
            (_, choice) => choice,
        };
        let backend = backend(choice, &self.options)?;
        let held = (paths, share(&func, paths, self.options.threads().get() as u64));
        let kernel = scheduled(&func, &*backend, MEMORY, self.options.schedule, held)?;
        let cranelift = || Cranelift::new().map_err(failed);
        match (stage, choice) {
            (Stage::Clif, _) => cranelift()?.clif(&kernel).map_err(failed),
            (Stage::Llvm, _) => llvm::ir(&kernel, &self.options),
            (Stage::Asm, BackendChoice::Llvm) => llvm::asm(&kernel, &self.options),
            (Stage::Asm, BackendChoice::Interp) => Err(Failure::Usage(
                "--stage asm: the backend `interp` makes no machine code".to_owned(),
            )),
            (Stage::Asm, BackendChoice::Auto | BackendChoice::Cranelift) => {
                cranelift()?.asm(&kernel).map_err(failed)
            }
            (Stage::Kernel, _) => Ok(kernel.to_string()),
            (stage, _) => unreachable!("{stage:?} is shown before there is a kernel"),
        }
    }

    /// The programs of a block, with derivatives if it asks for any and they are wanted; if that is wanted what is computed
    /// once for all paths is apart, and what is left is optimised.
    fn lower_block(
        &self,
        wanted: Option<&str>,
        gradient: bool,
        apart: bool,
    ) -> Result<Programs, Failure> {
        let program = self.checked()?;
        let solves = |block: &&hir::Block| match wanted {
            Some(wanted) => name(&block.kind) == Some(wanted),
            None => name(&block.kind).is_some(),
        };
        let backend = backend(BackendChoice::Interp, &self.options)?;
        let columns = Columns::new(program, &self.folder, &self.sources);
        let fitted = crate::params::Given::new();
        let evaluator = Evaluator {
            program,
            columns: &columns,
            backend: &*backend,
            sources: &self.sources,
            fitted: &fitted,
        };
        let shown = || {
            let func = self.lower_shown(program)?.func;
            let last = if apart { optimise(func)? } else { func };
            Ok(Programs { before: Vec::new(), last, paths: 1 })
        };
        let Some(block) = program.blocks.iter().find(solves) else {
            if let Some(wanted) = wanted {
                return Err(Failure::Usage(format!("no block is named `{wanted}`")));
            }
            return shown();
        };
        match &block.kind {
            BlockKind::Planned(planned) => Err(self.sources.refuse(&(&planned.unbuilt).into())),
            BlockKind::Fit(fit) if apart => {
                let form = (Form::of(Aspect::Sum), true);
                let both = (&**fit, block);
                let made = Differentiated::new(self, &evaluator, &columns, both, form)?;
                let before = made.computed_once();
                let last = optimise(made.lowered.func)?;
                Ok(Programs { before, last, paths: made.units.paths() })
            }
            BlockKind::Sample(_) | BlockKind::Estimate(_) | BlockKind::Fit(_) => {
                let (plan, mut lowered) = self.path_program(&evaluator, block, gradient)?;
                let mut before = Vec::new();
                if apart {
                    lowered.func = optimise(lowered.func)?;
                    let shared = common::take(&mut lowered, common::of_one_run(plan.paths));
                    before.extend(shared.map(|shared| shared.func));
                }
                Ok(Programs { before, last: lowered.func, paths: plan.paths })
            }
            BlockKind::Show(_) => shown(),
        }
    }

    fn lower_shown(&self, program: &hir::Program) -> Result<Lowered, Failure> {
        let shown = program.blocks.iter().filter_map(|block| match &block.kind {
            BlockKind::Show(expr) => Some(expr),
            BlockKind::Sample(_)
            | BlockKind::Estimate(_)
            | BlockKind::Fit(_)
            | BlockKind::Planned(_) => None,
        });
        let wanted = Constants { exprs: shown.collect(), ..Constants::default() };
        let single = self.options.single || program.single;
        let lowered = to_ssa::constants(program, single, &wanted);
        Ok(lowered.map_err(|diagnostic| self.sources.refuse(&diagnostic))?.lowered)
    }
}

fn names() -> String {
    let stages: Vec<&str> = Stage::ALL.iter().map(|(name, _)| *name).collect();
    let ssa: Vec<&str> = pipeline::SSA.iter().map(|pass| pass.name).collect();
    let passes = pipeline::KERNEL.iter().chain(pipeline::CALLED);
    let kernel: Vec<&str> = passes.map(|pass| pass.name).collect();
    format!(
        "stages         {}\npasses ssa     {}\npasses kernel  {}\n",
        stages.join(" "),
        ssa.join(" "),
        kernel.join(" ")
    )
}

/// After the named pass, after lowering (`lower`), or after all.
fn ssa_after(func: Func, after: Option<&str>) -> Result<String, Failure> {
    if after == Some("lower") {
        return Ok(func.to_string());
    }
    let mut found = None;
    let done = pipeline::run_ssa(func, &mut |pass, func| {
        if after == Some(pass) {
            found = Some(func.to_string());
        }
    });
    let done = done.map_err(broken)?;
    match after {
        None => Ok(done.to_string()),
        Some(after) => found.ok_or_else(|| no_pass(after)),
    }
}

fn kernel_after(func: &Func, after: &str) -> Result<String, Failure> {
    let target = Target {
        lanes: GROUP_WIDE,
        memory: MEMORY,
        at_once: AtOnce::default(),
        by_part: None,
        beside: None,
    };
    let kernel = to_kernel::run(func, target);
    if after == "lower" {
        return Ok(kernel.to_string());
    }
    let mut found = None;
    let mut observe = |pass: &str, kernel: &Kernel| {
        if after == pass {
            found = Some(kernel.to_string());
        }
    };
    pipeline::run_kernel(kernel, &mut observe)
        .and_then(|kernel| pipeline::run_called(kernel, &mut observe))
        .map_err(broken)?;
    found.ok_or_else(|| no_pass(after))
}

fn no_pass(name: &str) -> Failure {
    Failure::Usage(format!("no pass `{name}` at this stage; `--stage names` lists them"))
}
