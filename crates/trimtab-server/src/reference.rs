//! `docs/reference/api.md`: every operation with what it requires, and every code of refusal.

use crate::problem::Code;
use crate::routes;
use std::collections::BTreeMap;
use std::fmt::Write;
use utoipa::openapi::RefOr;
use utoipa::openapi::path::Operation;

/// Renders the reference page of the HTTP API as Markdown.
pub fn api_reference() -> String {
    let mut sections: BTreeMap<String, Vec<(String, &'static str, Operation)>> = BTreeMap::new();
    for (path, item) in routes::openapi().paths.paths {
        for (method, operation) in [
            ("GET", item.get),
            ("PUT", item.put),
            ("POST", item.post),
            ("DELETE", item.delete),
        ] {
            let Some(operation) = operation else { continue };
            let tag = operation.tags.iter().flatten().next().cloned();
            let section = sections.entry(tag.unwrap_or_default()).or_default();
            section.push((path.clone(), method, operation));
        }
    }
    let mut page = String::from(
        "# The HTTP API\n\n\
         <!-- Generated from the handlers: `cargo x gen`. -->\n\n\
         Shapes are in [api/openapi.json](../../api/openapi.json); a running server shows them at \
         `/api/docs`.\n\
         What all endpoints have in common is in [api-style.md](api-style.md).\n",
    );
    for (tag, operations) in sections {
        put(&mut page, format_args!("\n## {}\n", capital(&tag)));
        for (path, method, operation) in operations {
            entry(&mut page, &path, method, &operation);
        }
    }
    page.push_str(
        "\n## Codes of refusals\n\n| code | status | what to do |\n| --- | --- | --- |\n",
    );
    for code in Code::ALL {
        put(
            &mut page,
            format_args!(
                "| `{}` | {} | {} |\n",
                code.as_str(),
                code.status().as_u16(),
                code.remedy()
            ),
        );
    }
    page
}

fn entry(page: &mut String, path: &str, method: &str, operation: &Operation) {
    put(page, format_args!("\n### `{method} {path}`\n\n"));
    let summary = operation.summary.as_deref().unwrap_or_default();
    let stop = if summary.ends_with('?') { "" } else { "." };
    put(
        page,
        format_args!(
            "{summary}{stop} Requires {}.\n",
            match routes::requires(operation) {
                "nothing" => "nothing".to_owned(),
                "login" => "any token".to_owned(),
                permission => format!("`{permission}`"),
            }
        ),
    );
    if let Some(description) = &operation.description {
        put(page, format_args!("\n{description}\n"));
    }
    let parameters: Vec<_> = operation
        .parameters
        .iter()
        .flatten()
        .filter_map(|parameter| match parameter {
            RefOr::T(parameter) => Some(parameter),
            RefOr::Ref(_) => None,
        })
        .collect();
    if !parameters.is_empty() {
        page.push('\n');
    }
    for parameter in parameters {
        let description = parameter.description.as_deref().unwrap_or_default();
        put(
            page,
            format_args!(
                "- `{}`: {}\n",
                parameter.name,
                description.replace('\n', " ")
            ),
        );
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}

fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    page.write_fmt(text).unwrap_or_default();
}
