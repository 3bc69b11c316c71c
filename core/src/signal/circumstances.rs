//! The signals of circumstance: the languages that are known, the place, and the time.

use super::Pair;
use crate::snapshot::{Common, NO_DAY, NONE};

impl Pair<'_> {
    /// The share of the challenge's languages that the person knows, each in part where the level falls short.
    pub(crate) fn language(&self) -> Option<f64> {
        let (p, c) = (&self.profiles.common, &self.challenges.common);
        let (has, wants) = (p.skill_lists.range(self.p), c.skill_lists.range(self.c));
        if has.is_empty() || wants.is_empty() {
            return None;
        }
        #[expect(clippy::cast_precision_loss, reason = "a handful of languages")]
        let count = wants.len() as f64;
        let mut met = 0.0;
        for w in wants {
            let known = has.clone().find(|&h| p.skill_codes[h] == c.skill_codes[w]);
            let level = known.map_or(0, |h| p.skill_levels[h]);
            met += (f64::from(level) / f64::from(c.skill_levels[w])).min(1.0);
        }
        Some(met / count)
    }

    /// 1 for remote work that both accept and within the radius, falling to 0 at twice the radius; by name where there
    /// are no coordinates, and unknown where the names differ: they may be neighbours.
    pub(crate) fn place(&self) -> Option<f64> {
        let (p, c) = (&self.profiles.common, &self.challenges.common);
        if self.both_remote() {
            return Some(1.0);
        }
        let Some(km) = self.distance_km() else {
            let (a, b) = (p.places[self.p], c.places[self.c]);
            return (a != NONE && a == b).then_some(1.0);
        };
        let radius = p.radii[self.p];
        Some(if km <= radius { 1.0 } else { (2.0 - km / radius).max(0.0) })
    }

    /// Both accept remote work.
    pub(crate) fn both_remote(&self) -> bool {
        self.profiles.common.remote[self.p] == 2 && self.challenges.common.remote[self.c] == 2
    }

    /// Between the two places; unknown where one has no coordinates.
    pub(crate) fn distance_km(&self) -> Option<f64> {
        let point = |common: &Common, i: usize| [0, 1, 2].map(|axis| common.points[3 * i + axis]);
        let (a, b) = (point(&self.profiles.common, self.p), point(&self.challenges.common, self.c));
        let d = [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
        // The chord is shorter than the arc by less than 0.1 % up to 1,000 km. Mean radius of the Earth: IUGG.
        let km = 6371.0 * (d[0] * d[0] + d[1] * d[1] + d[2] * d[2]).sqrt();
        (!km.is_nan()).then_some(km)
    }

    /// Days that the two have in common, and days of the challenge; unknown where it has no two dates, or the person
    /// none.
    pub(crate) fn overlap_days(&self) -> Option<(i32, i32)> {
        let (p, c) = (&self.profiles.common, &self.challenges.common);
        let (from, until) = (c.from[self.c], c.until[self.c]);
        let (first, last) = (p.from[self.p], p.until[self.p]);
        if from == NO_DAY || until == NO_DAY || (first == NO_DAY && last == NO_DAY) {
            return None;
        }
        let first = first.max(from);
        let last = if last == NO_DAY { until } else { last.min(until) };
        Some(((last - first + 1).max(0), until - from + 1))
    }

    /// The share of the challenge's days, or of its weekly hours, that the person has; the less of both.
    pub(crate) fn time(&self) -> Option<f64> {
        match (self.days(), self.hours()) {
            (Some(d), Some(h)) => Some(d.min(h)),
            (d, h) => d.or(h),
        }
    }

    /// The share of the challenge's days that the person has.
    pub(crate) fn days(&self) -> Option<f64> {
        self.overlap_days().map(|(common, all)| f64::from(common) / f64::from(all))
    }

    /// The share of its weekly hours.
    pub(crate) fn hours(&self) -> Option<f64> {
        let (has, wants) = (self.profiles.common.hours[self.p], self.challenges.common.hours[self.c]);
        (!has.is_nan() && !wants.is_nan()).then(|| (has / wants).min(1.0))
    }
}
