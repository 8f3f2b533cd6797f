//! Which values patterns take (Maranget 2007, *Warnings for pattern matching*, §3): whether several take
//! every value, and whether one is reached behind others.
//!
//! Patterns are rows of a matrix, of which a column is split by the constructors of its type. What remains of
//! the rows after the first constructor of a value is known are rows again.

use sdec_base::Span;
use sdec_hir::{AdtId, Pattern};

use crate::checker::Checker;

/// A value, as far as it matters, that no pattern takes.
#[derive(Clone, Debug)]
pub(crate) struct Missed {
    /// As a pattern.
    pub(crate) pattern: String,
    /// Where its alternative is declared, if it is one whose arguments do not matter.
    pub(crate) alternative: Option<Span>,
}

/// So many patterns are looked at, at most: some can be written that make them double with every column.
const LOOKS: usize = 1_000_000;

/// A value of which only some of the constructors are known.
#[derive(Clone)]
enum Value {
    Any,
    Tuple(Vec<Value>),
    Made(AdtId, usize, Vec<Value>),
}

/// A pattern that takes every value.
const WILD: &Pattern = &Pattern::Wild;

/// How the values of a column are taken apart.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Parts {
    /// As tuples of so many parts.
    Tuple(usize),
    /// By the constructors of a type.
    Alternatives(AdtId),
}

/// How many patterns may still be looked at.
struct Budget(usize);

type Row<'p> = Vec<&'p Pattern>;

impl Checker<'_> {
    /// A value that none of the patterns takes.
    pub(super) fn uncovered(&self, patterns: &[&Pattern]) -> Option<Missed> {
        if patterns.iter().any(|pattern| takes_all(pattern)) {
            return None;
        }
        let rows = patterns.iter().map(|pattern| vec![*pattern]).collect();
        let mut missed = match self.missed(rows, 1, &mut Budget(LOOKS)) {
            Ok(missed) => missed?,
            // So entangled that it is not known: an arm for the rest is never wrong.
            Err(Unknown::TooMany) => vec![Value::Any],
            Err(Unknown::Unlike) => return None,
        };
        let value = missed.pop()?;
        let alternative = match &value {
            Value::Made(adt, k, args) if args.iter().all(|arg| matches!(arg, Value::Any)) => {
                Some(self.hir.adts[*adt].constructors[*k].span)
            }
            Value::Any | Value::Tuple(_) | Value::Made(..) => None,
        };
        Some(Missed { pattern: self.value_as_pattern(&value), alternative })
    }

    /// The first pattern that takes nothing which those before it do not.
    pub(super) fn unreachable(&self, patterns: &[&Pattern]) -> Option<usize> {
        let mut budget = Budget(LOOKS);
        (1..patterns.len()).find(|&k| {
            let rows = patterns[..k].iter().map(|pattern| vec![*pattern]).collect();
            matches!(self.reaches(rows, vec![patterns[k]], &mut budget), Ok(false))
        })
    }

    /// Values of `columns` columns that none of the rows takes.
    fn missed(
        &self,
        rows: Vec<Row<'_>>,
        columns: usize,
        budget: &mut Budget,
    ) -> Result<Option<Vec<Value>>, Unknown> {
        if rows.is_empty() {
            return Ok(Some(vec![Value::Any; columns]));
        }
        let Some((at, parts)) = first_parts(&rows, columns) else { return Ok(None) };
        for (alternative, arity) in self.alternatives(parts) {
            budget.spend(rows.len() * columns)?;
            let split = split(&rows, at, parts, (alternative, arity))?;
            let missed = self.missed(split, arity + columns - at - 1, budget)?;
            if let Some(mut args) = missed {
                let rest = args.split_off(arity);
                let here = match parts {
                    Parts::Tuple(_) => Value::Tuple(args),
                    Parts::Alternatives(adt) => Value::Made(adt, alternative, args),
                };
                return Ok(Some([vec![Value::Any; at], vec![here], rest].concat()));
            }
        }
        Ok(None)
    }

    /// Whether `last` takes a value that none of the rows takes.
    fn reaches(
        &self,
        rows: Vec<Row<'_>>,
        last: Row<'_>,
        budget: &mut Budget,
    ) -> Result<bool, Unknown> {
        if rows.is_empty() {
            return Ok(true);
        }
        // Where only `last` names an alternative, it takes no more than the rows do.
        let Some((at, parts)) = first_parts(&rows, last.len()) else { return Ok(false) };
        for (alternative, arity) in self.alternatives(parts) {
            budget.spend(rows.len() * last.len())?;
            let Some(last) = specialised(&last[at..], parts, (alternative, arity))? else {
                continue;
            };
            let split = split(&rows, at, parts, (alternative, arity))?;
            if self.reaches(split, last, budget)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Numbers of the alternatives, each with the number of its arguments.
    fn alternatives(&self, parts: Parts) -> Vec<(usize, usize)> {
        match parts {
            Parts::Tuple(n) => vec![(0, n)],
            Parts::Alternatives(adt) => {
                let constructors = self.hir.adts[adt].constructors.iter();
                constructors.map(|constructor| constructor.args.len()).enumerate().collect()
            }
        }
    }

    fn value_as_pattern(&self, value: &Value) -> String {
        let list = |values: &[Value]| {
            values.iter().map(|value| self.value_as_pattern(value)).collect::<Vec<_>>().join(", ")
        };
        match value {
            Value::Any => "_".to_owned(),
            Value::Tuple(parts) => format!("({})", list(parts)),
            Value::Made(adt, k, args) => {
                let name = &self.hir.adts[*adt].constructors[*k].name;
                if args.is_empty() { name.clone() } else { format!("{name}({})", list(args)) }
            }
        }
    }
}

/// Why it is not known what patterns take.
enum Unknown {
    /// More splits than are allowed.
    TooMany,
    /// Patterns of different types in a column, which another message is about.
    Unlike,
}

impl Budget {
    fn spend(&mut self, looks: usize) -> Result<(), Unknown> {
        self.0 = self.0.checked_sub(looks).ok_or(Unknown::TooMany)?;
        Ok(())
    }
}

/// How a pattern takes values apart, if it does.
fn parts_of(pattern: &Pattern) -> Option<Parts> {
    match pattern {
        Pattern::Tuple(parts) => Some(Parts::Tuple(parts.len())),
        Pattern::Constructor(adt, ..) => Some(Parts::Alternatives(*adt)),
        Pattern::Bind(_) | Pattern::Wild | Pattern::Record(_) => None,
    }
}

/// The first column in which some row takes values apart, and how.
fn first_parts(rows: &[Row<'_>], columns: usize) -> Option<(usize, Parts)> {
    (0..columns).find_map(|at| Some((at, rows.iter().find_map(|row| parts_of(row[at]))?)))
}

fn takes_all(pattern: &Pattern) -> bool {
    match pattern {
        Pattern::Bind(_) | Pattern::Wild | Pattern::Record(_) => true,
        Pattern::Tuple(parts) => parts.iter().all(takes_all),
        Pattern::Constructor(..) => false,
    }
}

/// What each row asks, from a column on, of the arguments of an alternative of its type and of the columns
/// behind it; without the rows that do not take it.
fn split<'p>(
    rows: &[Row<'p>],
    at: usize,
    parts: Parts,
    alternative: (usize, usize),
) -> Result<Vec<Row<'p>>, Unknown> {
    rows.iter().filter_map(|row| specialised(&row[at..], parts, alternative).transpose()).collect()
}

/// What a row asks of the arguments of an alternative and of the other columns; nothing if its first pattern
/// does not take it.
fn specialised<'p>(
    row: &[&'p Pattern],
    parts: Parts,
    (alternative, arity): (usize, usize),
) -> Result<Option<Row<'p>>, Unknown> {
    let Some((first, rest)) = row.split_first() else { return Ok(None) };
    if parts_of(first).is_some_and(|found| found != parts) {
        return Err(Unknown::Unlike);
    }
    let mut split: Row<'p> = match first {
        Pattern::Bind(_) | Pattern::Wild | Pattern::Record(_) => vec![WILD; arity],
        Pattern::Tuple(parts) => parts.iter().collect(),
        Pattern::Constructor(_, k, args) if *k == alternative => args.iter().collect(),
        Pattern::Constructor(..) => return Ok(None),
    };
    split.extend(rest);
    Ok(Some(split))
}
