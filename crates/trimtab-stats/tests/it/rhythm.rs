//! Traffic with a weekly rhythm: windows against their own weekday.

use trimtab_stats::{
    ColumnGrid, ColumnProfile, NumericGrid, NumericProfile, Random, WeeklyRhythm, compare_column,
    fit_window_null,
};

/// Rows around a level that days inherit from each other, and that weekends change.
struct Traffic {
    level: f64,
    inherited: f64,
    weekend: f64,
}

impl Traffic {
    fn pass(&mut self, random: &mut Random) {
        let new = (1.0 - self.inherited * self.inherited).sqrt() / 3.0;
        self.level = self.inherited * self.level + new * random.normal();
    }

    fn rows(&self, day: usize, shift: f64, random: &mut Random) -> Vec<f64> {
        let weekend = if day % 7 >= 5 { self.weekend } else { 0.0 };
        let mean = self.level + weekend + shift;
        (0..100).map(|_| random.normal() + mean).collect()
    }
}

/// Window-aware p-values of one later day, by all days and by its own weekday, and whether the
/// rhythm was seen.
fn p_values(
    traffic: &mut Traffic,
    (n_days, day, shift): (usize, usize, f64),
    random: &mut Random,
) -> ([f64; 2], bool) {
    traffic.level = random.normal() / 3.0;
    let mut rows = Vec::with_capacity(n_days);
    for day in 0..n_days {
        traffic.pass(random);
        rows.push(traffic.rows(day, 0.0, random));
    }
    (0..30).for_each(|_| traffic.pass(random));
    let current = traffic.rows(day, shift, random);
    let grid = NumericGrid::from_sample(&mut rows.concat(), 64).unwrap();
    let profile = |rows: &Vec<f64>| {
        let mut profile = NumericProfile::empty(&grid);
        profile.add_values(&grid, rows);
        ColumnProfile::Numeric(profile)
    };
    let windows: Vec<ColumnProfile> = rows.iter().map(profile).collect();
    let current = profile(&current);
    let grid = ColumnGrid::Numeric(grid.clone());
    let mut total = ColumnProfile::empty(&grid);
    for window in &windows {
        total.merge(window).unwrap();
    }
    let law = fit_window_null(&grid, &windows, &total, 1);
    let mut evidence = compare_column("x", &grid, &total, &current, Some(&law));
    let by_all = evidence.p_value_window.unwrap();
    let weekdays: Vec<u8> = (0..n_days).map(|day| (day % 7) as u8).collect();
    let rhythm = WeeklyRhythm::find(&grid, &windows, &weekdays, &total, 1);
    if let Some(rhythm) = &rhythm {
        rhythm.judge(&mut evidence, &grid, (day % 7) as u8, &current);
    }
    ([by_all, evidence.p_value_window.unwrap()], rhythm.is_some())
}

/// Shares of window-aware p-values at most 5 %, by all days and by the weekday, and of rhythms seen.
fn shares(weekend: f64, (n_days, day, shift): (usize, usize, f64)) -> ([f64; 2], f64) {
    let runs = 120;
    let mut random = Random::from_seed(11 * n_days as u64 + day as u64);
    let (mut small, mut seen) = ([0.0; 2], 0.0);
    for _ in 0..runs {
        let mut traffic = Traffic {
            level: 0.0,
            inherited: 0.5,
            weekend,
        };
        let (found, is_seen) = p_values(&mut traffic, (n_days, day, shift), &mut random);
        for (small, p_value) in small.iter_mut().zip(found) {
            *small += f64::from(u8::from(p_value <= 0.05)) / f64::from(runs);
        }
        seen += f64::from(u8::from(is_seen)) / f64::from(runs);
    }
    (small, seen)
}

/// `docs/statistics/decision/weekly_rhythm.md` has the table.
#[test]
fn working_days_and_weekends_keep_their_rate_and_show_what_moves() {
    const TUESDAY: usize = 1;
    const SUNDAY: usize = 6;
    // 5 % of 120, exceeded by chance once in 1,000 cells.
    for day in [TUESDAY, SUNDAY] {
        let ([_, like], seen) = shares(1.0, (35, day, 0.0));
        assert!(like <= 0.125, "{day}: {like}");
        assert!(seen > 0.9, "{day}: {seen}");
    }
    // A working day like a weekend, and a weekend like a working day: quiet for all days.
    for (day, shift) in [(TUESDAY, 1.0), (SUNDAY, -1.0)] {
        let ([by_all, like], _) = shares(1.0, (35, day, shift));
        assert!(by_all < 0.25 && like > 0.35, "{day}: {by_all} {like}");
    }
}

#[test]
fn without_a_rhythm_nothing_changes() {
    let (_, seen) = shares(0.0, (35, 1, 0.0));
    assert!(seen <= 0.05, "{seen}");
    // Three weeks show none.
    let (_, seen) = shares(2.0, (21, 1, 0.0));
    assert_eq!(seen, 0.0);
}
