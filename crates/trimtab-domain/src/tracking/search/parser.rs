//! From words to a filter.

use super::grammar::{Attribute, Grammar};
use super::lexer::{Token, tokens, unreadable};
use super::{Comparison, Field, Filter, OrderBy, Test};
use crate::error::{Error, Result};

/// Deepest nesting of parentheses and `NOT`.
const DEPTH_MAX: usize = 64;
/// Most comparisons in one filter.
const CLAUSES_MAX: usize = 500;

/// Reads a filter; an empty text is one that everything passes.
///
/// # Errors
///
/// `Invalid`, with the part that cannot be read.
pub fn parse(grammar: &Grammar, text: &str) -> Result<Filter> {
    let mut parser = Parser {
        grammar,
        text,
        tokens: tokens(text)?,
        at: 0,
        n_clauses: 0,
    };
    if parser.tokens.is_empty() {
        return Ok(Filter::all());
    }
    let filter = parser.any(0)?;
    match parser.peek() {
        None => Ok(filter),
        Some(_) => Err(parser.stuck()),
    }
}

/// Reads `order_by`: each `field [ASC|DESC]`.
///
/// # Errors
///
/// `Invalid` for a field that nothing is sorted by, or one that comes twice.
pub fn parse_order<S: AsRef<str>>(grammar: &Grammar, clauses: &[S]) -> Result<Vec<OrderBy>> {
    let mut order: Vec<OrderBy> = Vec::new();
    for clause in clauses {
        let clause = clause.as_ref();
        let wrong = || Error::invalid(format!("Invalid order_by clause '{clause}'"));
        let words = tokens(clause).map_err(|_| wrong())?;
        let (name, direction) = match words.as_slice() {
            [name] => (name, None),
            [name, Token::Word(direction)] => (name, Some(direction)),
            _ => return Err(wrong()),
        };
        let is_descending = match direction {
            None => false,
            Some(word) if word.eq_ignore_ascii_case("asc") => false,
            Some(word) if word.eq_ignore_ascii_case("desc") => true,
            Some(_) => return Err(wrong()),
        };
        let (field, attribute) = field(grammar, name).ok_or_else(wrong)??;
        if attribute.is_some_and(|attribute| !attribute.can_order)
            || matches!(field, Field::Dataset(_))
        {
            return Err(wrong());
        }
        if order.iter().any(|before| before.field == field) {
            return Err(Error::invalid(format!(
                "`order_by` contains duplicate fields: '{clause}'"
            )));
        }
        order.push(OrderBy {
            field,
            is_descending,
            dataset: None,
        });
    }
    Ok(order)
}

struct Parser<'a> {
    grammar: &'a Grammar,
    text: &'a str,
    tokens: Vec<Token>,
    at: usize,
    n_clauses: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// The words from here on cannot be read.
    fn stuck(&self) -> Error {
        let part = match self.tokens.get(self.at).or(self.tokens.last()) {
            Some(Token::Word(word) | Token::Text(word)) => word.clone(),
            Some(Token::Quoted { prefix, key }) => format!("{prefix}.`{key}`"),
            Some(Token::Number(number)) => number.to_string(),
            Some(Token::Sign(sign)) => (*sign).to_owned(),
            None => String::new(),
        };
        unreadable(self.text, &part)
    }

    fn takes_keyword(&mut self, keyword: &str) -> bool {
        let is_next =
            matches!(self.peek(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(keyword));
        if is_next {
            self.at += 1;
        }
        is_next
    }

    fn takes_sign(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Sign(found)) if *found == sign);
        if is_next {
            self.at += 1;
        }
        is_next
    }

    fn any(&mut self, depth: usize) -> Result<Filter> {
        let mut parts = vec![self.every(depth)?];
        while self.takes_keyword("or") {
            parts.push(self.every(depth)?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn every(&mut self, depth: usize) -> Result<Filter> {
        let mut parts = vec![self.one(depth)?];
        while self.takes_keyword("and") {
            parts.push(self.one(depth)?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn one(&mut self, depth: usize) -> Result<Filter> {
        if depth > DEPTH_MAX {
            return Err(Error::invalid(format!(
                "Invalid filter string: it is nested deeper than {DEPTH_MAX}"
            )));
        }
        if self.takes_keyword("not") {
            return Ok(Filter::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.takes_sign("(") {
            let inner = self.any(depth + 1)?;
            return if self.takes_sign(")") {
                Ok(inner)
            } else {
                Err(self.stuck())
            };
        }
        self.clause()
    }

    fn clause(&mut self) -> Result<Filter> {
        self.n_clauses += 1;
        if self.n_clauses > CLAUSES_MAX {
            return Err(Error::invalid(format!(
                "Invalid filter string: it has more than {CLAUSES_MAX} comparisons"
            )));
        }
        let Some(name) = self.peek().cloned() else {
            return Err(self.stuck());
        };
        let (field, attribute) = field(self.grammar, &name).ok_or_else(|| self.stuck())??;
        self.at += 1;
        let is_number =
            matches!(field, Field::Metric(_)) || attribute.is_some_and(|it| it.is_number);
        if is_number {
            self.number_test(field)
        } else {
            self.text_test(field)
        }
    }

    fn number_test(&mut self, field: Field) -> Result<Filter> {
        let is_negated = self.takes_keyword("not");
        if self.takes_keyword("between") {
            let low = self.number(&field)?;
            if !self.takes_keyword("and") {
                return Err(self.stuck());
            }
            let high = self.number(&field)?;
            let between = Filter::And(vec![
                Filter::Clause(field.clone(), Test::Number(Comparison::GreaterOrEqual, low)),
                Filter::Clause(field, Test::Number(Comparison::LessOrEqual, high)),
            ]);
            return Ok(negated_if(is_negated, between));
        }
        if self.takes_keyword("in") {
            let mut any = Vec::new();
            for value in self.list()? {
                let Token::Number(number) = value else {
                    return Err(expected_number(&field));
                };
                let equal = Test::Number(Comparison::Equal, number);
                any.push(Filter::Clause(field.clone(), equal));
            }
            return Ok(negated_if(is_negated, Filter::Or(any)));
        }
        if is_negated {
            return Err(self.stuck());
        }
        if self.takes_keyword("is") {
            return self.null_test(field);
        }
        let comparison = self.comparison(&field)?;
        let number = self.number(&field)?;
        Ok(Filter::Clause(field, Test::Number(comparison, number)))
    }

    fn number(&mut self, field: &Field) -> Result<f64> {
        match self.next() {
            Some(Token::Number(number)) => Ok(number),
            // MLflow takes identifiers of experiments in quotes.
            Some(Token::Text(text)) if matches!(field, Field::Attribute(_)) => {
                text.parse().map_err(|_| expected_number(field))
            }
            Some(_) => Err(expected_number(field)),
            None => Err(self.stuck()),
        }
    }

    fn text_test(&mut self, field: Field) -> Result<Filter> {
        let is_negated = self.takes_keyword("not");
        if self.takes_keyword("in") {
            let values = self
                .list()?
                .into_iter()
                .map(|value| match value {
                    Token::Text(text) => Ok(text),
                    _ => Err(expected_text(&field)),
                })
                .collect::<Result<Vec<_>>>()?;
            return Ok(Filter::Clause(field, Test::In { values, is_negated }));
        }
        for (keyword, ignores_case) in [("like", false), ("ilike", true)] {
            if self.takes_keyword(keyword) {
                let pattern = self.text_value(&field)?;
                let like = Test::Like {
                    pattern,
                    ignores_case,
                };
                return Ok(negated_if(is_negated, Filter::Clause(field, like)));
            }
        }
        if is_negated {
            return Err(self.stuck());
        }
        if self.takes_keyword("is") {
            return self.null_test(field);
        }
        let comparison = self.comparison(&field)?;
        let text = self.text_value(&field)?;
        Ok(Filter::Clause(field, Test::Text(comparison, text)))
    }

    fn null_test(&mut self, field: Field) -> Result<Filter> {
        let is_negated = self.takes_keyword("not");
        if !self.takes_keyword("null") {
            return Err(self.stuck());
        }
        let test = if is_negated {
            Test::IsNotNull
        } else {
            Test::IsNull
        };
        Ok(Filter::Clause(field, test))
    }

    fn text_value(&mut self, field: &Field) -> Result<String> {
        match self.next() {
            Some(Token::Text(text)) => Ok(text),
            Some(_) => Err(expected_text(field)),
            None => Err(self.stuck()),
        }
    }

    /// `('a', 'b')`, not empty.
    fn list(&mut self) -> Result<Vec<Token>> {
        if !self.takes_sign("(") {
            return Err(self.stuck());
        }
        let mut values = Vec::new();
        loop {
            let Some(value @ (Token::Text(_) | Token::Number(_))) = self.next() else {
                self.at -= 1;
                return Err(self.stuck());
            };
            values.push(value);
            if self.takes_sign(")") {
                return Ok(values);
            }
            if !self.takes_sign(",") {
                return Err(self.stuck());
            }
        }
    }

    fn comparison(&mut self, field: &Field) -> Result<Comparison> {
        let comparison = match self.peek() {
            Some(Token::Sign("=")) => Comparison::Equal,
            Some(Token::Sign("!=")) => Comparison::NotEqual,
            Some(Token::Sign("<")) => Comparison::Less,
            Some(Token::Sign("<=")) => Comparison::LessOrEqual,
            Some(Token::Sign(">")) => Comparison::Greater,
            Some(Token::Sign(">=")) => Comparison::GreaterOrEqual,
            _ => return Err(self.stuck()),
        };
        let is_text = matches!(field, Field::Param(_) | Field::Tag(_) | Field::Dataset(_));
        let is_order = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if is_text && is_order {
            return Err(Error::invalid(format!(
                "Invalid comparator for {}: use =, !=, LIKE, ILIKE, IN, IS NULL",
                described(field)
            )));
        }
        self.at += 1;
        Ok(comparison)
    }
}

fn one_or(mut parts: Vec<Filter>, several: impl FnOnce(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        several(parts)
    }
}

fn negated_if(is_negated: bool, filter: Filter) -> Filter {
    if is_negated {
        Filter::Not(Box::new(filter))
    } else {
        filter
    }
}

fn described(field: &Field) -> String {
    match field {
        Field::Attribute(name) => format!("attribute '{name}'"),
        Field::Metric(key) => format!("metric '{key}'"),
        Field::Param(key) => format!("param '{key}'"),
        Field::Tag(key) => format!("tag '{key}'"),
        Field::Dataset(name) => format!("dataset {name}"),
    }
}

fn expected_number(field: &Field) -> Error {
    Error::invalid(format!(
        "Expected numeric value type for {}",
        described(field)
    ))
}

fn expected_text(field: &Field) -> Error {
    Error::invalid(format!(
        "Expected a quoted string value for {} (e.g. 'my-value')",
        described(field)
    ))
}

/// What a name means; `None` if it is no name at all.
fn field(grammar: &Grammar, name: &Token) -> Option<Result<(Field, Option<&'static Attribute>)>> {
    match name {
        Token::Word(word) => Some(match word.split_once('.') {
            Some((prefix, key)) if !key.is_empty() => prefixed(grammar, prefix, key),
            _ => attribute(grammar, word),
        }),
        Token::Quoted { prefix, key } => Some(prefixed(grammar, prefix, key)),
        // `Run name` in back-ticks.
        Token::Text(word) => Some(attribute(grammar, word)),
        Token::Number(_) | Token::Sign(_) => None,
    }
}

fn prefixed(
    grammar: &Grammar,
    prefix: &str,
    key: &str,
) -> Result<(Field, Option<&'static Attribute>)> {
    let lower = prefix.to_ascii_lowercase();
    let field = match lower.as_str() {
        "attribute" | "attributes" | "attr" => return attribute(grammar, key),
        "run" if grammar.noun == "run" => return attribute(grammar, key),
        "tag" | "tags" => Field::Tag(key.to_owned()),
        "metric" | "metrics" if grammar.has_metrics => Field::Metric(key.to_owned()),
        "param" | "params" | "parameter" | "parameters" if grammar.has_metrics => {
            Field::Param(key.to_owned())
        }
        "dataset" | "datasets" if grammar.has_datasets => {
            let known = ["name", "digest", "context"];
            match known.into_iter().find(|name| *name == key) {
                Some(name) => Field::Dataset(name),
                None => {
                    return Err(Error::invalid(format!(
                        "Invalid dataset key '{key}' specified. Valid keys are '{}'",
                        known.join("', '")
                    )));
                }
            }
        }
        _ => {
            let mut valid = vec!["attribute", "tag"];
            if grammar.has_metrics {
                valid.extend(["metric", "parameter"]);
            }
            if grammar.has_datasets {
                valid.push("dataset");
            }
            return Err(Error::invalid(format!(
                "Invalid entity type '{prefix}'. Valid values are {}",
                valid.join(", ")
            )));
        }
    };
    Ok((field, None))
}

fn attribute(grammar: &Grammar, name: &str) -> Result<(Field, Option<&'static Attribute>)> {
    grammar
        .attributes
        .iter()
        .find(|attribute| attribute.name == name || attribute.aliases.contains(&name))
        .map(|attribute| (Field::Attribute(attribute.name), Some(attribute)))
        .ok_or_else(|| {
            let names: Vec<_> = grammar.attributes.iter().map(|it| it.name).collect();
            Error::invalid(format!(
                "Invalid attribute key '{name}' specified. Valid keys are '{}'",
                names.join("', '")
            ))
        })
}
