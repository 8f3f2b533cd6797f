//! The structure of a model's noise, found from what each term drives and what it reads.
//!
//! Every term `g dW` says which channels of the noise act, which entries of a state they drive and
//! what `g` reads. Entries are seen symbolically: *own* is the entry with the channel's own index,
//! whatever it is. So no index set is enumerated, and a model is classified once for all sizes.
//!
//! - *additive*: no coefficient reads a state;
//! - *commutative*: no channel's coefficient reads an entry that another channel drives;
//! - *diagonal*: commutative, and each channel drives one entry and reads only it, or states
//!   without noise;
//! - *general*: anything else. (Sufficient, not necessary.)
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "asks for some forms of a type or a tree; all others are treated alike"
)]

use std::collections::{BTreeMap, BTreeSet};

use sdec_base::Span;
use sdec_hir::{Expr, ExprKind, LocalId, LocalKind, Model, ModelLet, NoiseClass, Pattern, Program};

use crate::checker::Checker;

/// Noise terms of a model, in the order of its equations.
pub(crate) type Terms = Vec<Term>;

/// `g dW[k]` in an equation.
#[derive(Clone, Debug)]
pub(crate) struct Term {
    /// The state that is driven.
    pub(crate) state: LocalId,
    /// Which entries of it.
    pub(crate) entry: Entry,
    /// Index names of the equation's left side.
    pub(crate) binders: Vec<LocalId>,
    /// The noise.
    pub(crate) noise: LocalId,
    /// Which channels of it.
    pub(crate) channel: Channel,
    /// `g`; `None` is 1.
    pub(crate) coefficient: Option<Expr>,
    /// All of it.
    pub(crate) span: Span,
}

/// Entries of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The state as a whole.
    Whole,
    /// Each, by an index of the equation.
    Own,
    /// This one, or all whose numbers begin so.
    Number(Numbers),
    /// Any of them.
    All,
}

/// Channels of a noise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Channel {
    /// The only one.
    Only,
    /// The one with the driven entry's index.
    Own,
    /// This one.
    Number(Numbers),
    /// All whose numbers begin so, each for the entry that has its other numbers.
    Block(Numbers),
    /// All of them.
    All,
}

/// The numbers of an entry of a table, outermost first, or of all entries that begin so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Numbers {
    at: [u64; Self::MOST],
    count: usize,
}

impl Numbers {
    /// So many are followed.
    const MOST: usize = 4;

    /// With one more number; nothing where there are too many.
    pub(crate) fn then(mut self, number: u64) -> Option<Self> {
        *self.at.get_mut(self.count)? = number;
        self.count += 1;
        Some(self)
    }

    fn known(&self) -> &[u64] {
        &self.at[..self.count]
    }

    /// Whether an entry can begin with both.
    fn meets(&self, other: &Self) -> bool {
        self.known().iter().zip(other.known()).all(|(a, b)| a == b)
    }
}

/// How an entry of a state is read or driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    /// The state is one number.
    Scalar,
    /// The entry with the channel's index.
    Own,
    /// This entry, or one whose numbers begin so.
    Number(Numbers),
    /// Any entry.
    Any,
}

/// A step into a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// By the channel's own index of this axis.
    Own(usize),
    /// To this entry.
    Number(u64),
    /// To some entry.
    Some,
}

/// A term as the classification sees it.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// The noise.
    pub(crate) noise: LocalId,
    /// Its channels.
    pub(crate) channel: Channel,
    /// What they drive.
    pub(crate) drives: (LocalId, Access),
    /// What their coefficient reads.
    pub(crate) reads: BTreeSet<(LocalId, Access)>,
    /// The term.
    pub(crate) span: Span,
}

impl Checker<'_> {
    /// Finds the class of the noise and why it is no better one.
    pub(crate) fn classify(&mut self, model: &mut Model, terms: &Terms) {
        let seen = see(&self.hir, &model.lets, terms);
        let (class, reason) = class(&self.hir, &seen);
        model.class = class;
        model.class_reason = reason;
        model.unpaired = unpaired(&self.hir, &seen);
    }
}

/// What each term drives and reads.
pub(crate) fn see(program: &Program, lets: &[ModelLet], terms: &Terms) -> Vec<Seen> {
    let reader = Reader { program, lets };
    let see_one = |term: &Term| {
        let rank = rank(program, term.state);
        let drives = match (&term.entry, term.channel) {
            _ if rank == 0 => Access::Scalar,
            (Entry::Number(k), _) => Access::Number(*k),
            (_, Channel::Own) => Access::Own,
            _ => Access::Any,
        };
        let mut env = BTreeMap::new();
        let mut path = Vec::new();
        for (axis, &binder) in term.binders.iter().enumerate() {
            let own = term.channel == Channel::Own;
            env.insert(binder, if own { Step::Own(axis) } else { Step::Some });
        }
        // A whole-state coefficient acts entry by entry where its channels are the state's own.
        if term.binders.is_empty() && term.channel == Channel::Own {
            path = (0..rank).map(Step::Own).collect();
        }
        let mut reads = BTreeSet::new();
        if let Some(coefficient) = &term.coefficient {
            reader.reads(coefficient, &path, &env, &mut reads);
        }
        Seen {
            noise: term.noise,
            channel: term.channel,
            drives: (term.state, drives),
            reads,
            span: term.span,
        }
    };
    terms.iter().map(see_one).collect()
}

/// How many axes a state has; a record counts as having one, whose entries are its fields.
fn rank(program: &Program, state: LocalId) -> usize {
    use sdec_hir::Ty;
    let mut ty = &program.locals[state].ty;
    let mut rank = 0;
    loop {
        match ty {
            Ty::Table(_, of) => (ty, rank) = (of, rank + 1),
            Ty::Record(_) | Ty::Tuple(_) => return rank + 1,
            _ => return rank,
        }
    }
}

type Env = BTreeMap<LocalId, Step>;

struct Reader<'a> {
    program: &'a Program,
    lets: &'a [ModelLet],
}

impl Reader<'_> {
    /// The states that `expr[path]` reads; `env` says what index names stand for.
    fn reads(&self, expr: &Expr, path: &[Step], env: &Env, out: &mut BTreeSet<(LocalId, Access)>) {
        let whole = |e: &Expr, out: &mut BTreeSet<(LocalId, Access)>| self.reads(e, &[], env, out);
        // A part whose type is a table is read at the path; a number goes to every entry.
        let part = |e: &Expr, out: &mut BTreeSet<(LocalId, Access)>| match &e.ty {
            sdec_hir::Ty::Float => self.reads(e, &[], env, out),
            _ => self.reads(e, path, env, out),
        };
        match &expr.kind {
            ExprKind::Local(local) => self.local(*local, path, out),
            ExprKind::Index(table, index) => {
                let step = match &index.kind {
                    ExprKind::Local(local) => env.get(local).copied().unwrap_or(Step::Some),
                    ExprKind::IndexElement(k) => Step::Number(*k),
                    _ => {
                        whole(index, out);
                        Step::Some
                    }
                };
                let deeper: Vec<Step> = [step].into_iter().chain(path.iter().copied()).collect();
                self.reads(table, &deeper, env, out);
            }
            ExprKind::For(Pattern::Bind(index), _, body) => {
                let mut env = env.clone();
                let (step, rest) = match path.split_first() {
                    Some((step, rest)) => (*step, rest),
                    None => (Step::Some, path),
                };
                env.insert(*index, step);
                self.reads(body, rest, &env, out);
            }
            ExprKind::Arith(_, a, b) => {
                part(a, out);
                part(b, out);
            }
            ExprKind::Neg(a) => part(a, out),
            ExprKind::Lift(f, a) => {
                whole(f, out);
                part(a, out);
            }
            ExprKind::If(condition, a, b) => {
                whole(condition, out);
                part(a, out);
                part(b, out);
            }
            ExprKind::List(entries) => match path.split_first() {
                Some((Step::Number(k), rest)) if (*k as usize) < entries.len() => {
                    self.reads(&entries[*k as usize], rest, env, out);
                }
                _ => entries.iter().for_each(|entry| whole(entry, out)),
            },
            ExprKind::Def(def, _) => whole(&self.program.defs[*def].body, out),
            _ => expr.for_each_child(&mut |child| whole(child, out)),
        }
    }

    fn local(&self, local: LocalId, path: &[Step], out: &mut BTreeSet<(LocalId, Access)>) {
        match self.program.locals[local].kind {
            LocalKind::State => {
                let rank = rank(self.program, local);
                let own = path.len() == rank
                    && path.iter().enumerate().all(|(axis, step)| *step == Step::Own(axis));
                let mut numbers = path.iter().map_while(|step| match step {
                    Step::Number(k) => Some(*k),
                    Step::Own(_) | Step::Some => None,
                });
                let begin = numbers.try_fold(Numbers::default(), Numbers::then);
                let access = match begin {
                    _ if rank == 0 => Access::Scalar,
                    _ if own => Access::Own,
                    Some(begin) if begin.count > 0 => Access::Number(begin),
                    _ => Access::Any,
                };
                out.insert((local, access));
            }
            LocalKind::ModelLet => {
                let stmt = self.lets.iter().find(|stmt| stmt.pattern.binds(local));
                if let Some(stmt) = stmt {
                    let path = if matches!(stmt.pattern, Pattern::Bind(_)) { path } else { &[] };
                    self.reads(&stmt.value, path, &Env::new(), out);
                }
            }
            LocalKind::Bound
            | LocalKind::Param
            | LocalKind::Input
            | LocalKind::Increment
            | LocalKind::Time
            | LocalKind::End => {}
        }
    }
}

/// Whether two channels can be different ones.
fn can_differ(a: &Seen, b: &Seen) -> bool {
    a.noise != b.noise
        || match (a.channel, b.channel) {
            (Channel::Only, Channel::Only) => false,
            (Channel::Number(k), Channel::Number(l)) => k != l,
            _ => true,
        }
}

/// Whether two terms can be about the same channel.
fn can_be_same(a: &Seen, b: &Seen) -> bool {
    a.noise == b.noise
        && match (a.channel, b.channel) {
            (Channel::Own | Channel::All, _) | (_, Channel::Own | Channel::All) => true,
            (Channel::Number(k) | Channel::Block(k), Channel::Number(l) | Channel::Block(l)) => {
                k.meets(&l)
            }
            (x, y) => x == y,
        }
}

/// Whether what `a` reads can be what another channel's term `b` drives.
fn reads_driven(a: &Seen, b: &Seen) -> Option<LocalId> {
    let (state, driven) = b.drives;
    let hit = a.reads.iter().any(|&(read, access)| {
        read == state
            && match (access, driven) {
                (Access::Scalar, _) | (_, Access::Scalar) => true,
                (Access::Number(k), Access::Number(l)) => k.meets(&l),
                // Channel i reads entry i, and channel j ≠ i drives entry j.
                (Access::Own, Access::Own) => a.noise != b.noise,
                (Access::Own, Access::Number(k)) => {
                    let paired = [Channel::Number(k), Channel::Block(k)].contains(&b.channel);
                    a.noise != b.noise || !paired
                }
                (Access::Number(k), Access::Own) => {
                    a.noise != b.noise || a.channel != Channel::Number(k)
                }
                (Access::Any, _) | (_, Access::Any) => true,
            }
    });
    (hit && can_differ(a, b)).then_some(state)
}

/// What the term `b`, which drives what `a` reads, has to do with `a`.
fn back(program: &Program, a: &Seen, b: &Seen) -> String {
    let other = channel_name(program, b);
    match reads_driven(b, a) {
        Some(state) => {
            let (state, this) = (&program.locals[state].name, channel_name(program, a));
            format!("and that of {other} on {state}, which {this} drives")
        }
        None => format!("driven by {other} here"),
    }
}

fn class(program: &Program, seen: &[Seen]) -> (NoiseClass, Vec<(String, Span)>) {
    let name = |local: LocalId| program.locals[local].name.clone();
    if seen.is_empty() {
        return (NoiseClass::None, Vec::new());
    }
    let Some(reader) = seen.iter().find(|term| !term.reads.is_empty()) else {
        return (NoiseClass::Additive, Vec::new());
    };
    for a in seen {
        for b in seen {
            if let Some(state) = reads_driven(a, b) {
                let why = if a.noise == b.noise && a.channel == b.channel {
                    let (noise, state) = (channel_name(program, a), name(state));
                    format!("the coefficient of {noise} reads other entries of {state}")
                } else {
                    let (this, other) = (channel_name(program, a), channel_name(program, b));
                    format!(
                        "the coefficient of {this} depends on {}, which {other} drives",
                        name(state)
                    )
                };
                let mut reason = vec![(why, a.span)];
                if b.span != a.span {
                    reason.push((back(program, a, b), b.span));
                }
                return (NoiseClass::General, reason);
            }
        }
    }
    if let Some((why, span)) = not_diagonal(program, seen) {
        return (NoiseClass::Commutative, vec![(why, span)]);
    }
    let read = reader.reads.first().map(|&(state, _)| name(state)).unwrap_or_default();
    let why = format!("the coefficient of {} reads {read}", channel_name(program, reader));
    (NoiseClass::Diagonal, vec![(why, reader.span)])
}

/// Why channels and the entries that they drive are not one to one, where they are not.
fn unpaired(program: &Program, seen: &[Seen]) -> Option<(String, Span)> {
    let name = |state: LocalId| &program.locals[state].name;
    for (k, a) in seen.iter().enumerate() {
        let noise = channel_name(program, a);
        if let Some(why) = drives_several(program, a) {
            return Some((why, a.span));
        }
        for b in &seen[..k] {
            if let Some(why) = drives_both(program, a, b) {
                return Some((why, a.span));
            }
            let same_entry = can_be_same_entry(a.drives, b.drives);
            if same_entry && (a.noise, a.channel) != (b.noise, b.channel) {
                let (other, state) = (channel_name(program, b), name(a.drives.0));
                return Some((format!("{other} and {noise} both drive {state}"), a.span));
            }
        }
    }
    None
}

/// That one term puts a channel into several entries, where it does.
fn drives_several(program: &Program, a: &Seen) -> Option<String> {
    let (state, driven) = a.drives;
    let part = matches!(driven, Access::Number(begin) if begin.count < rank(program, state));
    let several = driven == Access::Any
        || a.channel == Channel::All
        || part && matches!(a.channel, Channel::Only | Channel::Number(_));
    let (noise, state) = (channel_name(program, a), &program.locals[state].name);
    several.then(|| format!("{noise} drives several entries of {state}"))
}

/// That two terms put one channel into two entries, where they do.
fn drives_both(program: &Program, a: &Seen, b: &Seen) -> Option<String> {
    if !can_be_same(a, b) || a.drives == b.drives {
        return None;
    }
    let noise = channel_name(program, a);
    let [x, y] = [b, a].map(|term| &program.locals[term.drives.0].name);
    Some(if x == y {
        format!("{noise} drives several entries of {x}")
    } else {
        format!("{noise} drives both {x} and {y}")
    })
}

/// Whether two driven entries can be the same one.
fn can_be_same_entry(a: (LocalId, Access), b: (LocalId, Access)) -> bool {
    a.0 == b.0
        && match (a.1, b.1) {
            (Access::Number(k), Access::Number(l)) => k.meets(&l),
            _ => true,
        }
}

/// Why a commutative noise is not diagonal.
fn not_diagonal(program: &Program, seen: &[Seen]) -> Option<(String, Span)> {
    let name = |local: LocalId| &program.locals[local].name;
    for (k, a) in seen.iter().enumerate() {
        let noise = channel_name(program, a);
        let both = || seen[..k].iter().find_map(|b| drives_both(program, a, b));
        if let Some(why) = drives_several(program, a).or_else(both) {
            return Some((why, a.span));
        }
        let noisy = |state: LocalId| seen.iter().any(|term| term.drives.0 == state);
        let other = a.reads.iter().find(|&&read| read != a.drives && noisy(read.0));
        if let Some(&(read, _)) = other {
            return Some((format!("the coefficient of {noise} reads {}", name(read)), a.span));
        }
    }
    None
}

/// `dW`, `dW[0]`, `dW[i]`
pub(crate) fn channel_name(program: &Program, term: &Seen) -> String {
    let noise = &program.locals[term.noise].name;
    match term.channel {
        Channel::Only | Channel::All => format!("d{noise}"),
        Channel::Own => format!("d{noise}[i]"),
        Channel::Number(at) | Channel::Block(at) => {
            let at: Vec<String> = at.known().iter().map(u64::to_string).collect();
            format!("d{noise}[{}]", at.join(", "))
        }
    }
}
