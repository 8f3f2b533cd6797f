//! Numbers as written.

use sdec_base::Span;
use sdec_grammar::ast::Literal;
use sdec_hir::{Expr, ExprKind, IndexSet, Ty};

use crate::checker::{Checker, Obligation, node, wrong};
use crate::error::SizeError;

impl Checker<'_> {
    /// A whole number: a `Nat` or `Int` where one is wanted, else a `Float`.
    pub(super) fn number(&mut self, literal: &Literal, hint: Option<&Ty>, negative: bool) -> Expr {
        let ty = hint.map(|ty| self.unifier.shallow(ty));
        match ty {
            Some(ty @ (Ty::Nat | Ty::Int)) => {
                let Ok(value) = literal.text.parse::<i64>() else {
                    self.report(SizeError::TooLarge { span: literal.span, what: self.show(&ty) });
                    return wrong(literal.span);
                };
                let value = if negative { -value } else { value };
                node(ExprKind::Int(value), ty, literal.span)
            }
            _ => self.float(literal, negative),
        }
    }

    /// A number of type `Float`.
    pub(super) fn float(&mut self, literal: &Literal, negative: bool) -> Expr {
        match literal.text.parse::<f64>() {
            Ok(value) if value.is_finite() => {
                let value = if negative { -value } else { value };
                node(ExprKind::Float(value), Ty::Float, literal.span)
            }
            _ => {
                self.report(SizeError::TooLarge { span: literal.span, what: "Float".to_owned() });
                wrong(literal.span)
            }
        }
    }

    /// A number as an index of `set`, which it must lie in.
    pub(super) fn literal_index(
        &mut self,
        literal: &Literal,
        set: IndexSet,
        table: String,
        span: Span,
    ) -> Expr {
        let Ok(index) = literal.text.parse::<u64>() else {
            self.report(SizeError::TooLarge { span, what: "index".to_owned() });
            return wrong(span);
        };
        let declared = self.here.scope.get(&table).map(|binding| binding.span);
        self.oblige(Obligation::InRange { index, span, set: set.clone(), table, declared });
        node(ExprKind::IndexElement(index), Ty::Ix(set), span)
    }
}
