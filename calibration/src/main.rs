mod logs;
use trimtab_stats::RowLevelTest;
fn main() {
    for name in ["flights", "elec2", "bank", "bike"] {
        let log = logs::Log::read(std::path::Path::new(&format!(
            "/work/target/calibration-logs/{name}.txt"
        )))
        .unwrap();
        for test in [RowLevelTest::Ks, RowLevelTest::Combined] {
            let j = logs::judge(&log, test);
            let n = |d: &Vec<Vec<String>>| d.iter().filter(|x| !x.is_empty()).count();
            println!(
                "{name} {} ref {}/{} rows {}  later {}/{}",
                test.name(),
                n(&j.reference),
                log.n_reference,
                n(&j.reference_by_rows),
                n(&j.later),
                j.later.len()
            );
            for (d, c) in log.days.iter().zip(&j.reference) {
                if !c.is_empty() {
                    println!("   {d} {c:?}");
                }
            }
            let mut months: std::collections::BTreeMap<&str, (usize, usize)> = Default::default();
            let mut cols: std::collections::BTreeMap<String, usize> = Default::default();
            for (d, c) in log.days[log.n_reference..].iter().zip(&j.later) {
                let e = months.entry(&d[..7]).or_default();
                e.1 += 1;
                e.0 += usize::from(!c.is_empty());
                for x in c {
                    *cols.entry(x.clone()).or_default() += 1;
                }
            }
            println!("   {months:?}\n   {cols:?}");
        }
    }
}
