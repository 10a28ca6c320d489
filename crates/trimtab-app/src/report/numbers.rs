//! Numbers as people read them: the rules of the dashboard, in one place.

/// A count with three significant digits and k, M, B.
#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
pub fn count(n: u64) -> String {
    if n < 1_000 {
        return n.to_string();
    }
    let mut value = n as f64;
    for unit in ["k", "M", "B"] {
        value /= 1_000.0;
        let text = significant(value, 3);
        if unit == "B" || text.parse::<f64>().is_ok_and(|shown| shown < 1_000.0) {
            return format!("{text}{unit}");
        }
    }
    n.to_string()
}

/// A count in full, with thousands apart.
pub fn full_count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A value with so many significant digits; never in scientific notation.
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    let rounded: f64 = format!("{value:.*e}", digits.saturating_sub(1))
        .parse()
        .unwrap_or(value);
    // Digits after the point: what is left of the wanted digits after those before it.
    let mut n_before = 0_usize;
    let mut rest = rounded.abs();
    while rest >= 1.0 && n_before < 30 {
        rest /= 10.0;
        n_before += 1;
    }
    let n_after = if n_before > 0 {
        digits.saturating_sub(n_before)
    } else {
        let mut n_zeros = 0;
        let mut rest = rounded.abs();
        while rest < 0.1 && n_zeros < 30 {
            rest *= 10.0;
            n_zeros += 1;
        }
        digits + n_zeros
    };
    minus(&format!("{rounded:.n_after$}"))
}

/// As [`significant`], without zeros at the end: for numbers that people chose.
pub fn chosen(value: f64) -> String {
    let text = significant(value, 4);
    if text.contains('.') {
        let text = text.trim_end_matches('0').trim_end_matches('.');
        return text.to_owned();
    }
    text
}

/// A share of 1 as percent with one digit.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_owned();
    }
    format!("{}%", minus(&format!("{:.1}", share * 100.0)))
}

/// A metric between 0 and 1, or a distance, with three digits.
pub fn metric(value: f64) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    minus(&format!("{value:.3}"))
}

/// A p-value.
pub fn p_value(p: f64) -> String {
    if !p.is_finite() {
        "–".to_owned()
    } else if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("{p:.3}")
    }
}

/// A change with its sign.
pub fn change(value: f64) -> String {
    let text = metric(value);
    if value > 0.0 {
        format!("+{text}")
    } else {
        text
    }
}

/// The true minus sign; no sign before zero.
fn minus(text: &str) -> String {
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| matches!(c, '0' | '.')) => digits.to_owned(),
        Some(digits) => format!("−{digits}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_three_digits_and_a_unit() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1.00k"),
            (20_152, "20.2k"),
            (864_000, "864k"),
            (999_600, "1.00M"),
            (4_180_000, "4.18M"),
            (2_000_000_000_000, "2000B"),
        ];
        for (n, text) in cases {
            assert_eq!(count(n), text);
        }
    }

    #[test]
    fn values_are_rounded_once() {
        assert_eq!(significant(0.000_123_45, 3), "0.000123");
        assert_eq!(significant(-12.345, 3), "−12.3");
        assert_eq!(significant(99.96, 3), "100");
        assert_eq!(significant(0.099_96, 3), "0.100");
        assert_eq!(significant(f64::NAN, 3), "–");
        assert_eq!(chosen(0.05), "0.05");
        assert_eq!(chosen(10.0), "10");
        assert_eq!(metric(-0.000_01), "0.000");
        assert_eq!(change(0.0123), "+0.012");
        assert_eq!(change(-0.0123), "−0.012");
        assert_eq!(p_value(1e-9), "< 0.001");
        assert_eq!(percent(0.116_2), "11.6%");
    }

    #[test]
    fn counts_are_readable() {
        assert_eq!(full_count(999), "999");
        assert_eq!(full_count(1_234_567), "1,234,567");
    }
}
