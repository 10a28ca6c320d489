//! `/api/docs`: the OpenAPI document as one page, without scripts and without anything from
//! elsewhere.

use crate::problem::Code;
use crate::routes;
use std::fmt::Write;
use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, RefOr};

/// Nothing may be loaded; the page's own style is in it.
pub(crate) const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#d4d8dd;--soft:#5b6570;--code:#f2f4f6}\
@media(prefers-color-scheme:dark){:root{--line:#3a424b;--soft:#a3adb8;--code:#22272e}}\
body{font:16px/1.5 system-ui,sans-serif;max-width:56rem;margin:2rem auto;padding:0 1rem}\
code{font:0.9em ui-monospace,monospace;background:var(--code);padding:.1em .3em;border-radius:3px;\
overflow-wrap:anywhere}\
h2{margin-top:2.5rem;text-transform:capitalize}\
article{border-top:1px solid var(--line);padding:.75rem 0}\
h3{margin:0;font-size:1rem}small,dt{color:var(--soft)}dd{margin:0 0 .4rem 1.5rem}p{margin:.4rem 0}\
b.method{display:inline-block;min-width:4.5em}";

/// Renders the page.
pub(crate) fn render(api: &OpenApi) -> String {
    let mut page = String::new();
    let title = escape(&api.info.title);
    put(
        &mut page,
        format_args!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
             <title>{title} API</title><style>{STYLE}</style></head><body><main>\
             <h1>{title} API</h1>"
        ),
    );
    for paragraph in api.info.description.as_deref().unwrap_or_default().lines() {
        put(&mut page, format_args!("<p>{}</p>", prose(paragraph)));
    }
    page.push_str("<p>For machines: <a href=\"/api/v1/openapi.json\">openapi.json</a></p>");
    let mut last_tag = String::new();
    let mut listed: Vec<(String, &str, &str, &Operation)> = Vec::new();
    for (path, item) in &api.paths.paths {
        for (method, operation) in [
            ("GET", &item.get),
            ("PUT", &item.put),
            ("POST", &item.post),
            ("DELETE", &item.delete),
        ] {
            if let Some(operation) = operation {
                listed.push((tag(operation), path, method, operation));
            }
        }
    }
    listed.sort_by(|a, b| a.0.cmp(&b.0));
    for (tag, path, method, operation) in listed {
        if tag != last_tag {
            put(&mut page, format_args!("<h2>{}</h2>", escape(&tag)));
            last_tag = tag;
        }
        article(&mut page, path, method, operation);
    }
    codes(&mut page);
    page.push_str("</main></body></html>");
    page
}

fn tag(operation: &Operation) -> String {
    operation
        .tags
        .iter()
        .flatten()
        .next()
        .cloned()
        .unwrap_or_default()
}

fn article(page: &mut String, path: &str, method: &str, operation: &Operation) {
    let requires = routes::requires(operation);
    let id = operation.operation_id.as_deref().unwrap_or_default();
    put(
        page,
        format_args!(
            "<article id=\"{}\"><h3><b class=\"method\">{method}</b> <code>{}</code></h3>\
             <p>{} <small>requires {}</small></p>",
            escape(id),
            escape(path),
            prose(operation.summary.as_deref().unwrap_or_default()),
            escape(requires)
        ),
    );
    if let Some(description) = &operation.description {
        put(page, format_args!("<p>{}</p>", prose(description)));
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
        page.push_str("<dl>");
        for parameter in parameters {
            put(
                page,
                format_args!(
                    "<dt><code>{}</code></dt><dd>{}</dd>",
                    escape(&parameter.name),
                    prose(parameter.description.as_deref().unwrap_or_default())
                ),
            );
        }
        page.push_str("</dl>");
    }
    page.push_str("</article>");
}

fn codes(page: &mut String) {
    page.push_str("<h2>Codes of refusals</h2><dl>");
    for code in Code::ALL {
        put(
            page,
            format_args!(
                "<dt id=\"{word}\"><code>{word}</code> {status}</dt><dd>{remedy}</dd>",
                word = code.as_str(),
                status = code.status().as_u16(),
                remedy = prose(code.remedy())
            ),
        );
    }
    page.push_str("</dl>");
}

fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a string cannot fail.
    page.write_fmt(text).unwrap_or_default();
}

/// Text with its `code` marked.
fn prose(text: &str) -> String {
    text.split('`')
        .enumerate()
        .map(|(idx, part)| {
            if idx % 2 == 1 {
                format!("<code>{}</code>", escape(part))
            } else {
                escape(part)
            }
        })
        .collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}
