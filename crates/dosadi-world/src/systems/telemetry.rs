//! Stage 16, telemetry: what happened at the borders today flows into the means that offices decide by.
//!
//! `mean ← mean + (today − mean)/days`, so that `mean·days` is a sum that fades over the window. Also fades what wards still feel
//! of crackdowns (2 % a day, fed with 0.02·i: about the mean intensity of the last fifty days) and of bribes (3 % a day).
//! Source: model page, sections 1 and 3. The fading of crackdowns is not on the page. Not here: who reads it.

use crate::world::Dosadi;

/// Days of the mean that planners and auditors read.
pub(crate) const WINDOW: f64 = 14.0;
/// Days of the mean by which the busiest border is chosen.
const SEASON: f64 = 90.0;
/// Days of the mean of bribes that audits found, and of a post's income.
pub(crate) const MONTH: f64 = 30.0;
/// Fading of crackdown pressure, a day.
const CRACKDOWN_FADE: f64 = 0.02;
/// Fading of bribe pressure, a day.
const BRIBE_FADE: f64 = 0.03;

fn follow(mean: &mut f64, today: u32, days: f64) {
    *mean += (f64::from(today) - *mean) / days;
}

/// Closes the day's counts.
pub(crate) fn run(world: &mut Dosadi) {
    let state = &mut world.state;
    let borders = &mut state.borders;
    for b in 0..borders.len() {
        follow(&mut borders.traffic14[b], borders.passes_today[b], WINDOW);
        follow(&mut borders.traffic90[b], borders.passes_today[b], SEASON);
        follow(
            &mut borders.seizures14[b],
            borders.seizures_today[b],
            WINDOW,
        );
        follow(&mut borders.found30[b], borders.found_today[b], MONTH);
        borders.passes_today[b] = 0;
        borders.seizures_today[b] = 0;
        borders.found_today[b] = 0;
    }
    for pressure in &mut state.wards.crackdown_pressure {
        *pressure *= 1.0 - CRACKDOWN_FADE;
    }
    for pressure in &mut state.wards.bribe_pressure {
        *pressure *= 1.0 - BRIBE_FADE;
    }
    for b in 0..state.borders.len() {
        let intensity = state.borders.intensity(b);
        if intensity > 0.0 {
            let corridor = state.map.corridors[state.map.borders[b] as usize];
            for ward in [corridor.a, corridor.b] {
                state.wards.crackdown_pressure[ward as usize] += CRACKDOWN_FADE * intensity;
            }
        }
    }
    for post in 0..state.posts.len() {
        state.posts.income30[post] *= 1.0 - 1.0 / MONTH;
        state.posts.tolerance_sum[post] += state.posts.tolerance[post];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_follows_and_fades() {
        // A constant 2 a day is the mean in the end; silence brings it back to nothing.
        let mut mean = 0.0;
        (0..500).for_each(|_| follow(&mut mean, 2, WINDOW));
        assert!((mean - 2.0).abs() < 1e-9, "{mean}");
        (0..500).for_each(|_| follow(&mut mean, 0, WINDOW));
        assert!(mean < 1e-9, "{mean}");
    }
}
