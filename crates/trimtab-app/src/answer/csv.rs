//! Records as CSV (RFC 4180).

use serde_json::Value;
use std::collections::BTreeMap;

/// One row a record under one header.
///
/// Fields of nested objects become columns named `outer.inner`; lists stay JSON text; null and
/// absent fields are empty. Columns are in the order of their first appearance.
pub fn csv(records: &[Value]) -> String {
    let mut header: Vec<String> = Vec::new();
    let mut index: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows: Vec<Vec<(usize, String)>> = Vec::new();
    for record in records {
        let mut fields = Vec::new();
        flatten("", record, &mut fields);
        let row = fields
            .into_iter()
            .map(|(name, text)| {
                let at = *index.entry(name.clone()).or_insert_with(|| {
                    header.push(name);
                    header.len() - 1
                });
                (at, text)
            })
            .collect();
        rows.push(row);
    }
    let mut text = line(&header);
    for row in rows {
        let mut cells = vec![String::new(); header.len()];
        for (at, cell) in row {
            if let Some(place) = cells.get_mut(at) {
                *place = cell;
            }
        }
        text.push_str(&line(&cells));
    }
    text
}

fn flatten(name: &str, value: &Value, fields: &mut Vec<(String, String)>) {
    let text = match value {
        Value::Object(object) => {
            for (key, inner) in object {
                let name = if name.is_empty() {
                    key.clone()
                } else {
                    format!("{name}.{key}")
                };
                flatten(&name, inner, fields);
            }
            return;
        }
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    fields.push((name.to_owned(), text));
}

fn line(cells: &[String]) -> String {
    let quoted: Vec<String> = cells
        .iter()
        .map(|cell| {
            if cell.contains(['"', ',', '\n', '\r']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell.clone()
            }
        })
        .collect();
    quoted.join(",") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_become_rows_under_one_header() {
        let records = [
            json!({"name": "a,b", "effect": {"value": 0.5, "floor": null}, "n": 3}),
            json!({"name": "say \"hi\"", "late": [1, 2]}),
        ];
        assert_eq!(
            csv(&records),
            "name,effect.value,effect.floor,n,late\n\"a,b\",0.5,,3,\n\"say \"\"hi\"\"\",,,,\"[1,2]\"\n"
        );
    }

    #[test]
    fn no_record_is_an_empty_line() {
        assert_eq!(csv(&[]), "\n");
    }
}
