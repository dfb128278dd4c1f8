//! Expected directions beside those found, and the prototype's figures beside these.

use super::read::{Sweep, Trouble, cell_name, effect};
use super::words::{self, Metric, direction, head, row, signed};
use das_analysis::compare::Comparison;
use std::fmt::Write as _;

/// Where the expectations stand.
const PAGE: &str = include_str!("../../../../docs/src/concepts/expectations.md");

/// Measures that directions are expected of.
const MEASURES: [Metric; 3] = [words::TOXICITY, words::HARM, words::TRUE_WELFARE];

/// A row of the page: what is expected of a configuration in `thin` and in `roomy`, and the prototype's figures.
struct Expectation {
    name: String,
    directions: [[String; 2]; 3],
    prototype: Vec<f64>,
}

fn expectations() -> Result<Vec<Expectation>, Trouble> {
    let rows = PAGE
        .lines()
        .skip_while(|line| !line.starts_with("| configuration |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    rows.map(|line| {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let [_, name, toxicity, harm, welfare, prototype, ..] = fields.as_slice() else {
            return Err(format!("expectations.md: `{line}` is no row of expectations").into());
        };
        let both = |text: &str| {
            let mut parts = text.split('/').map(|part| part.trim().to_owned());
            let thin = parts.next().unwrap_or_default();
            let roomy = parts.next().unwrap_or_else(|| thin.clone());
            [thin, roomy]
        };
        let numbers = prototype.split(',').map(|text| {
            let text = text.trim().replace('−', "-");
            text.parse::<f64>()
        });
        Ok(Expectation {
            name: (*name).to_owned(),
            directions: [both(toxicity), both(harm), both(welfare)],
            prototype: numbers.collect::<Result<_, _>>()?,
        })
    })
    .collect()
}

/// Both tables, of a sweep with axes regime and horizon.
pub(crate) fn table(sweep: &Sweep) -> Result<String, Trouble> {
    let expected = expectations()?;
    let configs = sweep.compared_configs();
    let first = |text: &str| text.split([' ', ',']).next().unwrap_or_default().to_owned();
    let alike = expected
        .iter()
        .zip(&configs)
        .all(|(e, config)| first(&e.name) == first(config));
    if expected.len() != configs.len() || !alike {
        return Err("expectations.md and the sweep do not list the same configurations".into());
    }
    let cells = sweep.cells();
    let compared: Vec<Comparison> = cells
        .iter()
        .map(|axes| sweep.compared(axes, &MEASURES))
        .collect::<Result<_, _>>()?;
    let mut out = String::from("## Expected and found\n\n");
    let order: Vec<String> = cells.iter().map(|axes| cell_name(axes)).collect();
    let _ = writeln!(
        out,
        "Expected (thin / roomy where they differ), then found, by which side of 0 the 95 % interval lies on, in {}. \
         **Bold**: another than expected.\n",
        order.join("; ")
    );
    let mut heads = vec!["configuration".to_owned()];
    heads.extend(
        MEASURES
            .iter()
            .map(|m| m.head.split(" ×").next().unwrap_or(m.head).to_owned()),
    );
    out += &head(&heads.iter().map(String::as_str).collect::<Vec<_>>());
    let (mut asked, mut met) = (vec![0; cells.len()], vec![0; cells.len()]);
    for (expectation, config) in expected.iter().zip(&configs) {
        let mut fields = vec![(*config).to_owned()];
        for (metric, [thin, roomy]) in MEASURES.iter().zip(&expectation.directions) {
            let mut found = Vec::new();
            for (at, axes) in cells.iter().enumerate() {
                let wanted = if axes[0] == "roomy" { roomy } else { thin };
                let way = direction(effect(&compared[at], config, *metric));
                if wanted == "?" {
                    found.push(way.to_owned());
                    continue;
                }
                asked[at] += 1;
                if wanted == way {
                    met[at] += 1;
                    found.push(way.to_owned());
                } else {
                    found.push(format!("**{way}**"));
                }
            }
            let wanted = if thin == roomy {
                thin.clone()
            } else {
                format!("{thin} / {roomy}")
            };
            fields.push(format!("{wanted} : {}", found.join(" ")));
        }
        out += &row(&fields);
    }
    let counts: Vec<String> = (order.iter().zip(met.iter().zip(&asked)))
        .map(|(cell, (met, asked))| format!("{met} of {asked} ({cell})"))
        .collect();
    let _ = writeln!(out, "\nCame true: {}.\n", counts.join(", "));
    out += &soft(sweep)?;
    out += &prototype(sweep, &expected, &configs)?;
    Ok(out)
}

/// Soft welfare was expected to fall under every lever but two.
fn soft(sweep: &Sweep) -> Result<String, Trouble> {
    let mut lines = Vec::new();
    for axes in sweep.cells() {
        let compared = sweep.compared(&axes, &[words::WELFARE])?;
        let (mut fell, mut others) = (0, Vec::new());
        let configs = sweep.compared_configs().into_iter();
        let expected =
            configs.filter(|c| !c.starts_with("vote cap") && !c.starts_with("admission"));
        for config in expected {
            match direction(effect(&compared, config, words::WELFARE)) {
                "↓" => fell += 1,
                way => others.push(format!("{config} {way}")),
            }
        }
        let rest = if others.is_empty() {
            String::new()
        } else {
            format!(", not under {}", others.join(", "))
        };
        lines.push(format!("- {}: falls under {fell}{rest}.", cell_name(&axes)));
    }
    Ok(format!(
        "Soft welfare, expected to fall under every configuration but vote cap and bond:\n\n{}\n\n",
        lines.join("\n")
    ))
}

/// The first cell (thin, 30 epochs) beside the prototype.
fn prototype(sweep: &Sweep, expected: &[Expectation], configs: &[&str]) -> Result<String, Trouble> {
    let cells = sweep.cells();
    let Some(axes) = cells.first() else {
        return Ok(String::new());
    };
    let compared = sweep.compared(axes, &MEASURES)?;
    let mut out = format!(
        "## Beside the prototype\n\nChanges in {}: the prototype's figure, this model's, and their ratio. **Bold**: another sign, or \
         more than three times as much or as little, where this model's interval does not hold 0.\n\n",
        cell_name(axes)
    );
    let mut heads = vec!["configuration"];
    heads.extend(MEASURES.iter().map(|m| m.head));
    out += &head(&heads);
    for (expectation, config) in expected.iter().zip(configs) {
        let mut fields = vec![(*config).to_owned()];
        for (metric, theirs) in MEASURES.iter().zip(&expectation.prototype) {
            let found = effect(&compared, config, *metric);
            let Some(d) = found.and_then(|e| e.difference.as_ref()) else {
                fields.push("–".to_owned());
                continue;
            };
            let ours = d.bca.mean * metric.scale;
            let ratio = ours / theirs;
            let text = format!(
                "{} → {} ({})",
                signed(*theirs, metric.decimals),
                signed(ours, metric.decimals),
                if theirs.abs() > 0.0 {
                    format!("×{}", signed(ratio, 1).trim_start_matches('+'))
                } else {
                    "–".to_owned()
                }
            );
            let known = d.bca.low > 0.0 || d.bca.high < 0.0;
            let far = !(1.0 / 3.0..=3.0).contains(&ratio);
            fields.push(if known && far {
                format!("**{text}**")
            } else {
                text
            });
        }
        out += &row(&fields);
    }
    out.push('\n');
    Ok(out)
}
