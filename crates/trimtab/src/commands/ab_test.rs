//! `ab-test`: two versions side by side.

use super::{instant, told};
use crate::cli::{AbPlanArgs, AbStartArgs, AbTestArgs, AbTestCommand, Output};
use crate::client::{Client, escape};
use crate::terminal;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use trimtab_app::ab_test::{AbPlanRequest, plan_ab_test};

pub(crate) async fn run(args: AbTestArgs, token: Option<String>) -> Result<()> {
    match args.command {
        AbTestCommand::List {
            model,
            output,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            let found: Value = client.get(&tests_of(&model)).await?;
            list(&found, &model, output)
        }
        AbTestCommand::Show {
            model,
            test,
            output,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            let test = match test {
                Some(test) => test,
                None => newest(&client, &model).await?,
            };
            let path = format!("{}/{}", tests_of(&model), escape(&test));
            let found: Value = client.get(&path).await?;
            show(&found, output)
        }
        AbTestCommand::Start(args) => start(args, token).await,
        AbTestCommand::Plan(args) => plan(&args),
        AbTestCommand::Stop {
            model,
            test,
            reason,
            server,
        } => {
            let client = Client::new(&server.server, token)?;
            let path = format!("{}/{}/stop", tests_of(&model), escape(&test));
            let _stopped: Value = client.post(&path, &json!({"reason": reason})).await?;
            terminal::line(&format!("Stopped {test}."))
        }
    }
}

fn tests_of(model: &str) -> String {
    format!("/api/v1/models/{}/ab-tests", escape(model))
}

async fn newest(client: &Client, model: &str) -> Result<String> {
    let found: Value = client.get(&format!("{}?limit=1", tests_of(model))).await?;
    let id = found["items"][0]["id"].as_str();
    id.map(str::to_owned)
        .with_context(|| format!("model `{model}` has no A/B test yet"))
}

async fn start(args: AbStartArgs, token: Option<String>) -> Result<()> {
    let client = Client::new(&args.server.server, token)?;
    let since = args.since.as_deref().map(instant).transpose()?;
    let body = json!({
        "test": args.test, "champion": args.champion, "challenger": args.challenger,
        "challenger_share": args.share, "since": since,
    });
    let test: Value = client.post(&tests_of(&args.model), &body).await?;
    terminal::line(&format!(
        "Began {}: {} against {} by {}, from {}.",
        text(&test["id"]),
        text(&test["challenger"]),
        text(&test["champion"]),
        text(&test["primary_metric"]),
        text(&test["since"]),
    ))
}

fn list(found: &Value, model: &str, output: Output) -> Result<()> {
    if output == Output::Json {
        return terminal::line(&serde_json::to_string_pretty(&found["items"])?);
    }
    let items = found["items"].as_array().map_or(&[][..], Vec::as_slice);
    if items.is_empty() {
        return terminal::line(&format!("Model {model} has no A/B tests."));
    }
    let header = [
        "id",
        "champion",
        "challenger",
        "by",
        "since",
        "state",
        "verdict",
    ];
    let mut table = terminal::table(&header);
    for test in items {
        table.add_row([
            text(&test["id"]),
            text(&test["champion"]),
            text(&test["challenger"]),
            text(&test["primary_metric"]),
            text(&test["since"]),
            words(&test["state"]),
            words(&test["verdict"]),
        ]);
    }
    terminal::line(&terminal::rendered(&table))
}

fn show(test: &Value, output: Output) -> Result<()> {
    if output == Output::Json {
        return terminal::line(&serde_json::to_string_pretty(test)?);
    }
    terminal::line(&format!(
        "{}: {} against {}, {} ({})",
        text(&test["id"]),
        text(&test["challenger"]),
        text(&test["champion"]),
        words(&test["verdict"]),
        words(&test["state"]),
    ))?;
    let looks = test["looks"].as_array();
    let Some(look) = looks.and_then(|looks| looks.last()) else {
        return terminal::line("Not looked at yet: its first window is still open.");
    };
    let reason = match &test["decision"]["reason"] {
        Value::String(reason) => reason.clone(),
        _ => text(&look["reason"]),
    };
    terminal::line(&reason)?;
    terminal::line(&format!(
        "\nLook {} at {}: {} and {} units, {} and {} rows",
        text(&test["n_looks"]),
        text(&look["at"]),
        text(&look["n_units"]["champion"]),
        text(&look["n_units"]["challenger"]),
        text(&look["n_rows"]["champion"]),
        text(&look["n_rows"]["challenger"]),
    ))?;
    if let Some(p_value) = look["sample_ratio"]["p_value"].as_f64() {
        let word = if look["sample_ratio"]["holds"] == json!(true) {
            "as promised"
        } else {
            "NOT as promised"
        };
        terminal::line(&format!("Split {word} (p = {})", number(p_value)))?;
    }
    terminal::line("")?;
    let header = [
        "metric",
        "champion",
        "challenger",
        "difference",
        "from",
        "to",
        "",
    ];
    let mut table = terminal::table(&header);
    table.add_row(row(&look["primary"], "decides"));
    for guardrail in look["guardrails"].as_array().into_iter().flatten() {
        table.add_row(row(&guardrail["comparison"], &words(&guardrail["state"])));
    }
    for segment in look["segments"].as_array().into_iter().flatten() {
        let word = if segment["differs"] == json!(true) {
            "differs"
        } else {
            ""
        };
        let mut cells = row(&segment["comparison"], word);
        cells[0] = format!("  {}", text(&segment["segment"]));
        table.add_row(cells);
    }
    terminal::line(&terminal::rendered(&table))
}

fn row(comparison: &Value, word: &str) -> [String; 7] {
    let shown = |value: &Value| value.as_f64().map_or_else(|| "–".to_owned(), number);
    [
        text(&comparison["metric"]),
        shown(&comparison["values"]["champion"]),
        shown(&comparison["values"]["challenger"]),
        shown(&comparison["difference"]),
        shown(&comparison["low"]),
        shown(&comparison["high"]),
        word.to_owned(),
    ]
}

fn plan(args: &AbPlanArgs) -> Result<()> {
    let (minimum_effect, is_relative) = effect(&args.minimum_effect)?;
    let plan = plan_ab_test(&AbPlanRequest {
        champion: args.champion,
        standard_deviation: args.standard_deviation,
        minimum_effect,
        is_relative,
        challenger_share: args.share,
        alpha: args.alpha,
        power: args.power,
        units_per_day: args.units_per_day,
    })
    .map_err(|err| told(&err))?;
    if args.output == Output::Json {
        return terminal::line(&serde_json::to_string_pretty(&plan)?);
    }
    terminal::line(&format!(
        "To find a difference of {} with a chance of {} %, both versions together:\n",
        number(plan.minimum_effect),
        number(100.0 * args.power)
    ))?;
    let mut table = terminal::table(&["looking", "units", "days"]);
    let days = |days: Option<f64>| days.map_or_else(|| "–".to_owned(), |days| format!("{days:.1}"));
    for (name, n, time) in [
        (
            "whenever, in the median",
            plan.n_sequential_median,
            plan.days_sequential_median,
        ),
        ("once, at the end", plan.n_fixed, plan.days_fixed),
        (
            "whenever, at most",
            plan.n_sequential_max,
            plan.days_sequential_max,
        ),
    ] {
        table.add_row([name.to_owned(), n.to_string(), days(time)]);
    }
    terminal::align_right(&mut table, 1);
    terminal::align_right(&mut table, 2);
    terminal::line(&terminal::rendered(&table))
}

/// `0.01`, or `5%` of the champion's value.
fn effect(sent: &str) -> Result<(f64, bool)> {
    let (number, is_relative) = match sent.strip_suffix('%') {
        Some(percent) => (percent, true),
        None => (sent, false),
    };
    match number.trim().parse::<f64>() {
        Ok(size) if is_relative => Ok((size / 100.0, true)),
        Ok(size) => Ok((size, false)),
        Err(_) => bail!(
            "`--minimum-effect {sent}` is no size\n  hint: write 0.01, or 5% of the champion's value"
        ),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => "–".to_owned(),
        other => other.to_string(),
    }
}

fn words(value: &Value) -> String {
    text(value).replace('_', " ")
}

/// Four figures that count.
fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && size < 1e-4 {
        return format!("{value:.2e}");
    }
    let places = match size {
        size if size >= 1_000.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 4,
        _ => 5,
    };
    let text = format!("{value:.places$}");
    if text.contains('.') {
        let text = text.trim_end_matches('0').trim_end_matches('.');
        return text.to_owned();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read() {
        assert_eq!(effect("0.01").unwrap(), (0.01, false));
        assert_eq!(effect("5%").unwrap(), (0.05, true));
        assert!(effect("much").unwrap_err().to_string().contains("5%"));
    }

    #[test]
    fn numbers_are_short() {
        let shown = [0.0, 0.000_012, 0.161_23, -0.004_5, 12.34, 12_345.6].map(number);
        assert_eq!(
            shown,
            ["0", "1.20e-5", "0.1612", "-0.0045", "12.3", "12346"]
        );
    }
}
