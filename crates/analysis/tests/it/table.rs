//! Tables: what they take, and their three written forms.

use das_analysis::table::{Cell, Column, Kind, Table, TableError};

fn table() -> Table {
    let mut table = Table::new(vec![
        Column::new("config", Kind::Text),
        Column::new("n", Kind::Integer),
        Column::new("toxicity", Kind::Estimate { decimals: 2 }),
        Column::new("d", Kind::Number { decimals: 1 }),
        Column::new("p", Kind::Probability),
    ]);
    let estimate = |value, low, high| Cell::Estimate { value, low, high };
    let rows = [
        vec![
            "tax|audit".into(),
            Cell::from(30),
            estimate(-0.004, -0.1, 0.25),
            Cell::Number(-1.25),
            Cell::Number(0.0004),
        ],
        vec![
            "für \"alle\", x".into(),
            Cell::Missing,
            Cell::Missing,
            Cell::Number(1e-7),
            Cell::Number(0.05),
        ],
    ];
    for row in rows {
        table.push(row).unwrap();
    }
    table
}

#[test]
fn text_is_aligned() {
    // Words to the left, numbers to the right, what rounds to zero without a sign, a small p as a bound.
    let expected = "\
config          n            toxicity     d       p
─────────────  ──  ──────────────────  ────  ──────
tax|audit      30  0.00 [-0.10, 0.25]  -1.2  <0.001
für \"alle\", x   –                   –   0.0   0.050
";
    assert_eq!(table().to_text(), expected);
}

#[test]
fn markdown_is_a_table() {
    // Bars are escaped, numbers are right-aligned, every line has the same number of columns.
    let expected = "\
| config        |   n |           toxicity |    d |      p |
| ------------- | --: | -----------------: | ---: | -----: |
| tax\\|audit    |  30 | 0.00 [-0.10, 0.25] | -1.2 | <0.001 |
| für \"alle\", x |   – |                  – |  0.0 |  0.050 |
";
    assert_eq!(table().to_markdown(), expected);
}

#[test]
fn csv_has_full_digits() {
    // An estimate is three columns; missing is empty; quotes are doubled; every number reads back to the same double.
    let expected = "\
config,n,toxicity,toxicity_low,toxicity_high,d,p
tax|audit,30,-0.004,-0.1,0.25,-1.25,0.0004
\"für \"\"alle\"\", x\",,,,,1e-7,0.05
";
    assert_eq!(table().to_csv().unwrap(), expected);
    for x in [0.1 + 0.2, 1e300, 5e-324, -1.0 / 3.0, 1e16, 123_456_789.125] {
        let mut one = Table::new(vec![Column::new("x", Kind::Number { decimals: 0 })]);
        one.push(vec![Cell::Number(x)]).unwrap();
        let csv = one.to_csv().unwrap();
        assert_eq!(csv.lines().nth(1).unwrap().parse(), Ok(x), "{csv}");
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    // Another width, another kind, NaN, a p of 1.1, an interval upside down; the table stays as it was.
    let mut table = Table::new(vec![Column::new("x", Kind::Number { decimals: 2 })]);
    assert!(matches!(
        table.push(vec![]),
        Err(TableError::Width {
            cells: 0,
            columns: 1
        })
    ));
    for cell in [Cell::Number(f64::NAN), Cell::Integer(1), "1".into()] {
        assert!(matches!(
            table.push(vec![cell]),
            Err(TableError::Cell { .. })
        ));
    }
    assert!(table.rows().is_empty());
    let mut table = Table::new(vec![Column::new("p", Kind::Probability)]);
    assert!(table.push(vec![Cell::Number(1.1)]).is_err());
    let mut table = Table::new(vec![Column::new("e", Kind::Estimate { decimals: 2 })]);
    let upside_down = Cell::Estimate {
        value: 0.0,
        low: 1.0,
        high: -1.0,
    };
    assert!(table.push(vec![upside_down]).is_err());
}
