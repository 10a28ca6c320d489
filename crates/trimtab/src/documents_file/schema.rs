//! Checks a tree against the JSON Schema of [`Document`], with messages for people.
//!
//! Only the part of JSON Schema that our types derive: objects, tagged and external enums,
//! words, lists, optional values, numbers.

use super::Finding;
use super::node::{Node, Place};
use crate::near::nearest;
use serde_json::Value;
use std::collections::BTreeMap;
use trimtab_domain::documents::Document;

/// The schema that documents must follow.
pub(super) struct Rules {
    root: Value,
}

/// What the schema says about the fields of one object.
#[derive(Default)]
struct Fields<'a> {
    properties: BTreeMap<&'a str, &'a Value>,
    required: Vec<&'a str>,
}

impl Rules {
    pub(super) fn of_documents() -> Self {
        Self {
            root: schemars::schema_for!(Document).to_value(),
        }
    }

    pub(super) fn check(&self, document: &Place<Node>) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.node(document, &self.root, "the document", &mut findings);
        findings
    }

    fn resolve<'a>(&'a self, mut schema: &'a Value) -> &'a Value {
        while let Some(reference) = schema["$ref"].as_str() {
            // A tagged variant has its own properties beside the reference.
            if schema.get("properties").is_some() {
                break;
            }
            let Some(target) = self.root.pointer(reference.trim_start_matches('#')) else {
                break;
            };
            schema = target;
        }
        schema
    }

    fn node<'a>(
        &'a self,
        place: &Place<Node>,
        schema: &'a Value,
        what: &str,
        findings: &mut Vec<Finding>,
    ) {
        let schema = self.without_null(self.resolve(schema), &place.value);
        if place.value == Node::Null && allows_null(schema) {
            return;
        }
        let words = self.words(schema);
        if !words.is_empty() {
            check_word(place, &words, what, findings);
            return;
        }
        if is_object(schema) {
            match &place.value {
                Node::Map(entries) => self.object(place, entries, schema, what, findings),
                other => findings.push(finding(
                    place,
                    format!(
                        "{what} must be fields (`name: value`), found {}",
                        other.describe()
                    ),
                    None,
                )),
            }
            return;
        }
        if let Some(items) = schema.get("items") {
            match &place.value {
                Node::List(list) => {
                    for item in list {
                        self.node(item, items, &format!("an entry of {what}"), findings);
                    }
                }
                other => findings.push(finding(
                    place,
                    format!("{what} must be a list, found {}", other.describe()),
                    Some("write each entry on a line of its own, beginning with `- `".to_owned()),
                )),
            }
            return;
        }
        check_plain(place, schema, what, findings);
    }

    /// For an optional value: the schema of the value.
    fn without_null<'a>(&'a self, schema: &'a Value, node: &Node) -> &'a Value {
        let Some(choices) = schema["anyOf"].as_array() else {
            return schema;
        };
        let is_null = |choice: &Value| choice["type"] == "null";
        if *node == Node::Null && choices.iter().any(is_null) {
            return choices
                .iter()
                .find(|choice| is_null(choice))
                .unwrap_or(schema);
        }
        choices
            .iter()
            .find(|choice| !is_null(choice))
            .map_or(schema, |choice| self.resolve(choice))
    }

    /// The words a plain enum allows; empty for anything else.
    fn words<'a>(&'a self, schema: &'a Value) -> Vec<&'a str> {
        if let Some(words) = schema["enum"].as_array() {
            return words.iter().filter_map(Value::as_str).collect();
        }
        if let Some(word) = schema["const"].as_str() {
            return vec![word];
        }
        let Some(choices) = schema["oneOf"].as_array() else {
            return Vec::new();
        };
        let mut words = Vec::new();
        for choice in choices {
            let found = self.words(self.resolve(choice));
            if found.is_empty() {
                return Vec::new();
            }
            words.extend(found);
        }
        words
    }

    fn object<'a>(
        &'a self,
        place: &Place<Node>,
        entries: &[(Place<String>, Place<Node>)],
        schema: &'a Value,
        what: &str,
        findings: &mut Vec<Finding>,
    ) {
        let mut fields = Fields::default();
        let n_before = findings.len();
        self.collect(place, schema, what, &mut fields, findings);
        if findings.len() > n_before {
            return;
        }
        // Names of the writer's own, such as the parameters of a job.
        let free = schema
            .get("additionalProperties")
            .filter(|free| free.is_object());
        for (key, value) in entries {
            match fields.properties.get(key.value.as_str()).copied().or(free) {
                Some(schema) => {
                    self.node(value, schema, &format!("`{}`", key.value), findings);
                }
                None => findings.push(unknown_field(key, entries, &fields, what)),
            }
        }
        for name in &fields.required {
            let is_there = entries.iter().any(|(key, _)| key.value == *name);
            // A misspelt field was reported above; saying that it is missing adds nothing.
            if !is_there && findings.len() == n_before {
                findings.push(finding(
                    place,
                    format!("{what} has no `{name}`"),
                    fields.properties[name]["description"]
                        .as_str()
                        .map(|text| format!("add `{name}:` ({})", first_sentence(text))),
                ));
            }
        }
    }

    /// Gathers the fields of an object over references, combinations and the variant that the
    /// tree chose.
    fn collect<'a>(
        &'a self,
        place: &Place<Node>,
        schema: &'a Value,
        what: &str,
        fields: &mut Fields<'a>,
        findings: &mut Vec<Finding>,
    ) {
        if let Some(properties) = schema["properties"].as_object() {
            for (name, property) in properties {
                fields.properties.insert(name, property);
            }
        }
        if let Some(required) = schema["required"].as_array() {
            let names = required.iter().filter_map(Value::as_str);
            fields.required.extend(names);
        }
        if let Some(reference) = schema["$ref"].as_str()
            && let Some(target) = self.root.pointer(reference.trim_start_matches('#'))
        {
            self.collect(place, target, what, fields, findings);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            for part in parts {
                self.collect(place, part, what, fields, findings);
            }
        }
        if let Some(variants) = schema["oneOf"].as_array() {
            match variant(place, variants, what) {
                Ok(variant) => self.collect(place, variant, what, fields, findings),
                Err(finding) => findings.push(finding),
            }
        }
    }
}

/// The variant of an enum that the tree means: by its tag, or by its only field.
fn variant<'a>(
    place: &Place<Node>,
    variants: &'a [Value],
    what: &str,
) -> Result<&'a Value, Finding> {
    if let Some(tag) = tag_of(variants) {
        let words: Vec<_> = variants
            .iter()
            .filter_map(|variant| variant["properties"][tag]["const"].as_str())
            .collect();
        let Some(value) = place.value.get(tag) else {
            return Err(finding(
                place,
                format!("{what} has no `{tag}`"),
                Some(format!("say which one: {}", listed(&words))),
            ));
        };
        let mut wrong = Vec::new();
        check_word(value, &words, &format!("`{tag}`"), &mut wrong);
        if let Some(wrong) = wrong.pop() {
            return Err(wrong);
        }
        let chosen = variants.iter().find(|variant| {
            let word = &variant["properties"][tag]["const"];
            matches!(&value.value, Node::Text(text) if word == text)
        });
        return chosen.ok_or_else(|| finding(place, format!("{what} is unknown"), None));
    }
    let names: Vec<_> = variants.iter().filter_map(only_field).collect();
    let Node::Map(entries) = &place.value else {
        return Err(finding(place, format!("{what} must be fields"), None));
    };
    let chosen = variants.iter().find(|variant| {
        only_field(variant).is_some_and(|name| entries.iter().any(|(key, _)| key.value == name))
    });
    chosen.ok_or_else(|| {
        let allowed = format!("{what} needs one of {}", listed(&names));
        match entries.first() {
            Some((key, _)) => Finding {
                line: key.referenced.line().max(1),
                column: key.referenced.column().max(1),
                message: format!("unknown field `{}` in {what}", key.value),
                hint: Some(
                    nearest(&key.value, names.iter().copied())
                        .map_or(allowed, |near| format!("did you mean `{near}`?")),
                ),
            },
            None => finding(place, allowed, None),
        }
    })
}

/// The field that tells the variants apart, if each has it with a word of its own.
fn tag_of(variants: &[Value]) -> Option<&str> {
    let first = variants.first()?["properties"].as_object()?;
    first
        .keys()
        .find(|name| {
            variants
                .iter()
                .all(|variant| variant["properties"][name.as_str()]["const"].is_string())
        })
        .map(String::as_str)
}

fn only_field(variant: &Value) -> Option<&str> {
    let properties = variant["properties"].as_object()?;
    (properties.len() == 1)
        .then(|| properties.keys().next().map(String::as_str))
        .flatten()
}

fn is_object(schema: &Value) -> bool {
    schema.get("properties").is_some()
        || schema.get("oneOf").is_some()
        || schema.get("allOf").is_some()
        || schema["type"] == "object"
}

fn has_type(schema: &Value, name: &str) -> bool {
    match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(several) => several.iter().any(|one| one == name),
        _ => false,
    }
}

fn allows_null(schema: &Value) -> bool {
    has_type(schema, "null")
}

fn check_word(place: &Place<Node>, words: &[&str], what: &str, findings: &mut Vec<Finding>) {
    let given = match &place.value {
        Node::Text(text) => text.clone(),
        other => {
            findings.push(finding(
                place,
                format!("{what} must be a word, found {}", other.describe()),
                Some(format!("use {}", listed(words))),
            ));
            return;
        }
    };
    if words.contains(&given.as_str()) {
        return;
    }
    let hint = match nearest(&given, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use {}", listed(words)),
    };
    findings.push(finding(
        place,
        format!("{what} cannot be `{given}`"),
        Some(hint),
    ));
}

fn check_plain(place: &Place<Node>, schema: &Value, what: &str, findings: &mut Vec<Finding>) {
    let fits = match &place.value {
        Node::Text(_) => has_type(schema, "string"),
        Node::Bool(_) => has_type(schema, "boolean"),
        Node::Number(number) => {
            let is_whole = number.is_i64() || number.is_u64();
            let is_negative = number.as_f64().is_some_and(|value| value < 0.0);
            has_type(schema, "number")
                || has_type(schema, "integer")
                    && is_whole
                    && !(is_negative && schema["minimum"] == 0)
        }
        Node::Null | Node::List(_) | Node::Map(_) => false,
    };
    if fits || schema.get("type").is_none() {
        return;
    }
    let (expected, hint) = if has_type(schema, "string") {
        let hint = match &place.value {
            Node::Number(_) | Node::Bool(_) => Some("put it in quotes".to_owned()),
            _ => None,
        };
        ("a text", hint)
    } else if has_type(schema, "boolean") {
        ("`true` or `false`", None)
    } else if has_type(schema, "integer") {
        ("a whole number of 0 or more", None)
    } else {
        ("a number", None)
    };
    findings.push(finding(
        place,
        format!(
            "{what} must be {expected}, found {}",
            place.value.describe()
        ),
        hint,
    ));
}

fn unknown_field(
    key: &Place<String>,
    entries: &[(Place<String>, Place<Node>)],
    fields: &Fields<'_>,
    what: &str,
) -> Finding {
    let is_absent = |name: &&str| !entries.iter().any(|(key, _)| key.value == *name);
    let names = || fields.properties.keys().copied();
    // What is needed and not there is what was probably meant.
    let near = nearest(
        &key.value,
        fields.required.iter().copied().filter(is_absent),
    )
    .or_else(|| nearest(&key.value, names().filter(is_absent)));
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("fields here: {}", listed(&names().collect::<Vec<_>>())),
    };
    Finding {
        line: key.referenced.line().max(1),
        column: key.referenced.column().max(1),
        message: format!("unknown field `{}` in {what}", key.value),
        hint: Some(hint),
    }
}

fn finding(place: &Place<Node>, message: String, hint: Option<String>) -> Finding {
    Finding {
        line: place.referenced.line().max(1),
        column: place.referenced.column().max(1),
        message,
        hint,
    }
}

fn listed(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

fn first_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.split_once(". ") {
        Some((first, _)) => first.to_owned(),
        None => line.trim_end_matches('.').to_owned(),
    }
}
