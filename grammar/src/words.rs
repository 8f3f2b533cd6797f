//! Words that mean something everywhere or where a declaration begins: for completion.

/// In alphabetical order.
pub const KEYWORDS: &[&str] = &[
    "all",
    "and",
    "any",
    "argmax",
    "argmin",
    "as",
    "at",
    "by",
    "case",
    "data",
    "def",
    "dt",
    "during",
    "else",
    "estimate",
    "false",
    "fit",
    "for",
    "from",
    "given",
    "if",
    "import",
    "index",
    "init",
    "input",
    "let",
    "like",
    "logsumexp",
    "mark",
    "max",
    "mean",
    "method",
    "min",
    "model",
    "net",
    "next",
    "noise",
    "not",
    "objective",
    "observe",
    "of",
    "or",
    "param",
    "per",
    "posterior",
    "precision",
    "prod",
    "repeat",
    "sample",
    "size",
    "state",
    "sum",
    "then",
    "to",
    "true",
    "type",
    "when",
    "with",
];

#[cfg(test)]
mod tests {
    use logos::Logos;

    use super::*;
    use crate::token::Token;

    #[test]
    fn a_keyword_is_no_name() {
        let name = Token::lexer("volatility").next();
        assert!(KEYWORDS.is_sorted());
        for word in KEYWORDS {
            let token = Token::lexer(word).next();
            assert!(matches!(token, Some(Ok(_))), "{word}");
            assert_ne!(format!("{token:?}"), format!("{name:?}"), "{word}");
        }
    }
}
