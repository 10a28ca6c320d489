//! Words of the search language.

use crate::error::{Error, Result};

/// One word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    /// A bare word: keyword, attribute, or `prefix.key`.
    Word(String),
    /// `prefix.` with its key in back-ticks or double quotes.
    Quoted { prefix: String, key: String },
    /// A text in single or double quotes, or a bare key in back-ticks.
    Text(String),
    /// A number.
    Number(f64),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `(`, `)`, `,`
    Sign(&'static str),
}

const SIGNS: [&str; 11] = ["!=", "<>", "<=", ">=", "==", "=", "<", ">", "(", ")", ","];

/// Longest filter that is read.
const LENGTH_MAX: usize = 64 * 1024;

/// Cuts a text into words.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>> {
    if text.len() > LENGTH_MAX {
        return Err(Error::invalid(format!(
            "Invalid filter string: it is longer than {LENGTH_MAX} bytes"
        )));
    }
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, after) = token(first, rest, text)?;
        found.push(token);
        rest = after.trim_start();
    }
    Ok(found)
}

fn token<'a>(first: char, rest: &'a str, whole: &str) -> Result<(Token, &'a str)> {
    if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
        let after = &rest[sign.len()..];
        let sign = match sign {
            "<>" => "!=",
            "==" => "=",
            sign => sign,
        };
        return Ok((Token::Sign(sign), after));
    }
    if matches!(first, '\'' | '"' | '`') {
        let (inner, after) = quoted(rest, first, whole)?;
        return Ok((Token::Text(inner), after));
    }
    let is_numeric = first.is_ascii_digit() || (matches!(first, '-' | '+' | '.') && rest.len() > 1);
    if is_numeric {
        let end = rest
            .char_indices()
            .find(|(at, c)| {
                let is_exponent_sign =
                    matches!(c, '-' | '+') && (*at == 0 || rest[..*at].ends_with(['e', 'E']));
                !(c.is_ascii_alphanumeric() || *c == '.' || is_exponent_sign)
            })
            .map_or(rest.len(), |(at, _)| at);
        return match rest[..end].parse() {
            Ok(number) => Ok((Token::Number(number), &rest[end..])),
            Err(_) => Err(unreadable(whole, &rest[..end])),
        };
    }
    let end = rest
        .char_indices()
        .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | ':' | '@')))
        .map_or(rest.len(), |(at, _)| at);
    if end == 0 {
        return Err(unreadable(whole, &first.to_string()));
    }
    let (word, after) = rest.split_at(end);
    match (word.strip_suffix('.'), after.chars().next()) {
        (Some(prefix), Some(quote @ ('`' | '"'))) => {
            let (key, after) = quoted(after, quote, whole)?;
            let prefix = prefix.to_owned();
            Ok((Token::Quoted { prefix, key }, after))
        }
        _ => Ok((Token::Word(word.to_owned()), after)),
    }
}

/// The inside of a quoted text; a doubled quote stands for one.
fn quoted<'a>(rest: &'a str, quote: char, whole: &str) -> Result<(String, &'a str)> {
    let mut inner = String::new();
    let mut letters = rest[quote.len_utf8()..].char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != quote {
            inner.push(letter);
        } else if letters.next_if(|(_, next)| *next == quote).is_some() {
            inner.push(quote);
        } else {
            return Ok((inner, &rest[quote.len_utf8() + at + quote.len_utf8()..]));
        }
    }
    Err(unreadable(whole, rest))
}

pub(super) fn unreadable(whole: &str, part: &str) -> Error {
    let shown: String = part.chars().take(80).collect();
    let whole: String = whole.chars().take(200).collect();
    Error::invalid(format!(
        "Invalid clause(s) in filter string: '{shown}' in '{whole}'"
    ))
}
