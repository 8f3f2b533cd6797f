//! The arguments of a net where it is used: sizes and functions, by place or by name.

use sdec_base::Span;
use sdec_grammar::ast::{Name, Type, TypeArgument, TypeKind};
use sdec_hir::{Expr, ExprKind, IndexSet, Leaf, Size, Substitution, Ty};

use super::{NetId, NetUse, Setting, SettingKind};
use crate::checker::{Checker, node};
use crate::error::NetArgumentError;
use crate::items::Declared;
use crate::scope::Meaning;
use crate::suggest::nearest;
use crate::text::quote_type;

impl<'a> Checker<'a> {
    /// A net with its arguments; `None` where they are wrong, which has been said.
    pub(crate) fn use_net(
        &mut self,
        net: NetId,
        args: &'a [TypeArgument],
        span: Span,
    ) -> Option<NetUse> {
        let net = self.nets[net].clone();
        let given = self.by_setting(&net.name, &net.settings, args, span)?;
        let mut substitution = Substitution::default();
        let mut functions = Vec::new();
        let mut whole = true;
        let mut missing = Vec::new();
        for (setting, arg) in net.settings.iter().zip(given) {
            match &setting.kind {
                SettingKind::Size(var, default) => {
                    let set = match (arg, default) {
                        (Some(arg), _) => self.size_argument(&net.name, setting, arg),
                        (None, Some(default)) => {
                            Some(IndexSet::Size(self.substitute_size(default, &substitution)))
                        }
                        (None, None) => {
                            missing.push(setting.name.clone());
                            None
                        }
                    };
                    whole &= set.is_some();
                    substitution.sizes.extend(set.map(|set| (*var, set)));
                }
                SettingKind::Function(ty, default) => {
                    let function = match arg {
                        Some(arg) => self.function_argument(&net.name, setting, ty, arg),
                        None => Some((**default).clone()),
                    };
                    whole &= function.is_some();
                    functions.extend(function);
                }
            }
        }
        if !missing.is_empty() {
            let signature = self.signature(&net.name, &net.settings);
            self.report(NetArgumentError::Missing { settings: missing, signature, span });
        }
        if !whole {
            return None;
        }
        let leaf =
            |leaf: &Leaf| Leaf { ty: self.substitute(&leaf.ty, &substitution), ..leaf.clone() };
        let used = NetUse {
            function: self.substitute(&net.function, &substitution),
            storage: self.substitute(&net.storage, &substitution),
            leaves: net.leaves.iter().map(leaf).collect(),
            laws: net.laws,
            apply: net.apply,
            start: net.start,
            name: net.name,
            substitution,
            functions,
        };
        let fits = used.leaves.iter().all(|leaf| self.check_extent_of(leaf, span));
        fits.then_some(used)
    }

    /// The argument of each setting, if any.
    fn by_setting(
        &mut self,
        net: &str,
        settings: &[Setting],
        args: &'a [TypeArgument],
        span: Span,
    ) -> Option<Vec<Option<&'a Type>>> {
        let mut given: Vec<Option<(&'a Type, Span)>> = vec![None; settings.len()];
        let mut fits = true;
        for (k, arg) in args.iter().enumerate() {
            let at = arg.name.as_ref().map_or(arg.value.span, |name| name.span);
            let place = match &arg.name {
                Some(name) => settings.iter().position(|setting| setting.name == name.text),
                None => Some(k).filter(|&k| k < settings.len()),
            };
            let error = match (place, &arg.name) {
                (None, Some(name)) => {
                    let names = settings.iter().map(|setting| setting.name.as_str());
                    Some(NetArgumentError::UnknownSetting {
                        net: net.to_owned(),
                        written: name.text.clone(),
                        similar: nearest(&name.text, names).map(str::to_owned),
                        signature: self.signature(net, settings),
                        span: at,
                    })
                }
                (None, None) => Some(NetArgumentError::TooMany {
                    net: net.to_owned(),
                    wanted: settings.len(),
                    signature: self.signature(net, settings),
                    span: at,
                }),
                (Some(place), _) if given[place].is_some() => {
                    let first = given[place].map_or(span, |(_, first)| first);
                    let setting = settings[place].name.clone();
                    Some(NetArgumentError::Twice { setting, first, second: at })
                }
                (Some(_), None) if args[..k].iter().any(|earlier| earlier.name.is_some()) => {
                    let name = settings[k].name.clone();
                    let written = quote_type(&arg.value);
                    Some(NetArgumentError::PlaceAfterName { name, written, span: at })
                }
                (Some(place), _) => {
                    given[place] = Some((&arg.value, at));
                    None
                }
            };
            fits &= error.is_none();
            if let Some(error) = error {
                self.report(error);
            }
        }
        fits.then(|| given.into_iter().map(|arg| arg.map(|(value, _)| value)).collect())
    }

    fn size_argument(&mut self, net: &str, setting: &Setting, arg: &'a Type) -> Option<IndexSet> {
        if let TypeKind::Name(name) = &arg.kind
            && self.function_named(name).is_some()
        {
            let error = NetArgumentError::SizeWanted {
                net: net.to_owned(),
                setting: setting.name.clone(),
                function: name.text.clone(),
                declared: self.is_users(setting.span).then_some(setting.span),
                span: arg.span,
            };
            self.report(error);
            return None;
        }
        let before = self.errors();
        let set = self.set(arg);
        (self.errors() == before).then_some(set)
    }

    fn function_argument(
        &mut self,
        net: &str,
        setting: &Setting,
        wanted: &Ty,
        arg: &'a Type,
    ) -> Option<Expr> {
        let function =
            if let TypeKind::Name(name) = &arg.kind { self.function_named(name) } else { None };
        let fits = |this: &mut Self, function: &Expr| {
            this.unifier.unify(wanted, &function.ty, arg.span).is_ok()
        };
        match function {
            Some(function) if fits(self, &function) => Some(function),
            function => {
                let error = NetArgumentError::FunctionWanted {
                    net: net.to_owned(),
                    setting: setting.name.clone(),
                    wanted: self.show(wanted),
                    written: quote_type(arg),
                    found: function.map(|function| self.show(&function.ty)),
                    span: arg.span,
                };
                self.report(error);
                None
            }
        }
    }

    /// A function by its name: a setting of the net around, one of its functions, or any in sight.
    pub(super) fn function_named(&mut self, name: &'a Name) -> Option<Expr> {
        if let Some(binding) = self.here.scope.get(&name.text) {
            return match binding.meaning.clone() {
                Meaning::Def(def) => Some(self.def_name(def, name.span)),
                Meaning::Local(local) => {
                    let ty = self.hir.locals[local].ty.clone();
                    matches!(ty, Ty::Function(..))
                        .then(|| node(ExprKind::Local(local), ty, name.span))
                }
                Meaning::Size(_)
                | Meaning::Ty(_)
                | Meaning::Set(_)
                | Meaning::Path(_)
                | Meaning::Drawn(_)
                | Meaning::Later(_)
                | Meaning::Other(_)
                | Meaning::Mark
                | Meaning::Failed => None,
            };
        }
        let at = self.find_item(&name.text)?;
        if !matches!(self.item(at).kind, sdec_grammar::ast::ItemKind::Def(_)) {
            return None;
        }
        let Declared::Def(def) = self.demand(at, Some(name)) else { return None };
        Some(self.def_name(def, name.span))
    }

    /// `MLP(i, o, width = 64)`
    fn signature(&self, net: &str, settings: &[Setting]) -> String {
        let show = |setting: &Setting| {
            let default = match &setting.kind {
                SettingKind::Size(_, default) => {
                    default.as_ref().map(|size: &Size| self.hir.show_size(size))
                }
                SettingKind::Function(_, default) => Some(self.hir.show_expr(default)),
            };
            let default = default.map(|default| format!(" = {default}"));
            setting.name.clone() + &default.unwrap_or_default()
        };
        format!("{net}({})", settings.iter().map(show).collect::<Vec<_>>().join(", "))
    }
}
